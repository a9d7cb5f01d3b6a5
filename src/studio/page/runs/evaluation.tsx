import type { RunDetail } from '../../api.js';
import { Message } from '../parts/message.js';
import { type Evaluated, evaluationSubject, evaluationTables, type Figures } from './evaluation-tables.js';

/** What `cdsvae evaluate` has found, beside the paper. */
export function Evaluations({ runs }: { readonly runs: readonly RunDetail[] }) {
  const evaluated = runs.flatMap(({ id, evaluation }): Evaluated[] =>
    evaluation && 'found' in evaluation ? [{ id, evaluation: evaluation.found }] : [],
  );
  const notes = evaluated.flatMap(({ id, evaluation: e }) =>
    [...e.warnings, ...e.leftOut].map((text) => `${id}: ${text}`),
  );
  return (
    <section aria-labelledby="evaluation">
      <h2 id="evaluation">Evaluation</h2>
      {runs.map(({ id, evaluation }) =>
        evaluation && 'problem' in evaluation ? (
          <Message key={id} kind="problem" title={`The evaluation of ${id} cannot be shown`}>
            <p>{evaluation.problem}</p>
            <p>
              Evaluate it again: <code>cdsvae evaluate RUN</code>
            </p>
          </Message>
        ) : null,
      )}
      {runs.every((r) => r.evaluation === null) && (
        <p class="muted">
          Not evaluated yet: <code>cdsvae evaluate RUN</code>
        </p>
      )}
      {runs.map(
        ({ id, model, evaluation }) =>
          evaluation &&
          'found' in evaluation && (
            <p key={id} class="muted hint">
              {id}: {evaluationSubject(evaluation.found, model)}
            </p>
          ),
      )}
      <div class="figures">
        {evaluationTables(evaluated).map((table) => (
          <FiguresTable key={table.title} {...table} />
        ))}
      </div>
      {notes.length > 0 && (
        <ul class="muted notes">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function FiguresTable({ title, about, columns, rows }: Figures) {
  return (
    <section class="card" aria-label={title}>
      <h3>{title}</h3>
      <p class="hint">{about}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <div class="scroll" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <td />
              {columns.map((c) => (
                <th key={c} scope="col">
                  {c}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.name} class={row.paper ? 'muted' : ''}>
                <th scope="row">{row.name}</th>
                {row.cells.map((cell, i) => (
                  <td key={columns[i]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
