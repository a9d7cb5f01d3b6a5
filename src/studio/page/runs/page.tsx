import type { RunDetail, RunSummary } from '../../api.js';
import { runUrl, useAsked } from '../ask.js';
import { Message } from '../parts/message.js';
import { formatDuration, formatRate, formatValue } from '../parts/words.js';
import { formatRoute } from '../route.js';
import { Evaluations } from './evaluation.js';
import { Fact, Progress, State } from './list.js';
import { Plots } from './plots.js';
import { Samples } from './samples.js';

interface RunPageProps {
  readonly ids: readonly string[];
  readonly all: readonly RunSummary[];
  readonly exported: boolean;
}

/** One run, or several side by side. */
export function RunPage({ ids, all, exported }: RunPageProps) {
  const known = ids.filter((id) => all.some((r) => r.id === id));
  const summaries = known.map((id) => all.find((r) => r.id === id)!);
  const live = summaries.some((r) => r.state === 'training');
  const details = useDetails(known, live);
  if (known.length === 0) {
    return (
      <Message kind="problem" title="No such run">
        <p>
          {ids.join(', ')} is not among the runs. <a href={formatRoute('runs')}>See all runs</a>
        </p>
      </Message>
    );
  }
  const readable = summaries.filter((r) => r.state !== 'damaged');
  return (
    <>
      <div class="title">
        {!exported && (
          <a class="back" href={formatRoute('runs')}>
            All runs
          </a>
        )}
        <h1>{known.length === 1 ? known[0] : `${known.length} runs`}</h1>
      </div>
      <div class="cards">
        {summaries.map((run, i) => (
          <article key={run.id} class="card">
            <header>
              {known.length > 1 && (
                <h2>
                  <i class={`dot colour-${i % 6}`} /> {run.id}
                </h2>
              )}
              <State run={run} />
              <span class="muted">{[run.data, run.objective, run.preset].filter(Boolean).join(' · ')}</span>
              {run.model !== null && (
                <a class="button" href={formatRoute('play', [run.id])}>
                  Play with it
                </a>
              )}
            </header>
            {run.state === 'damaged' ? (
              <Message kind="problem" title="This run cannot be read">
                {run.problem}
              </Message>
            ) : (
              <>
                <Progress run={run} />
                <dl class="facts">
                  <Fact name="loss" value={formatValue(run.terms.loss)} />
                  <Fact name="validation loss" value={formatValue(run.validation.loss)} />
                  <Fact name="rate" value={formatRate(run.stepsPerSecond)} />
                  {run.state === 'training' && <Fact name="time left" value={formatDuration(run.secondsLeft)} />}
                </dl>
                {run.state === 'diverged' && (
                  <p class="run-problem">
                    A value was no longer finite. diverged.json in the run says where; try a lower learning rate.
                  </p>
                )}
              </>
            )}
          </article>
        ))}
      </div>
      {readable.length > 0 && (
        <>
          <Plots ids={readable.map((r) => r.id)} live={live} detailed={!exported} />
          <Samples runs={details} />
          <Evaluations runs={details} />
          <section aria-labelledby="settings">
            <h2 id="settings">Settings</h2>
            {details.map((run) => (
              <details key={run.id}>
                <summary>{run.id}/config.yaml</summary>
                {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
                <pre tabIndex={0}>{run.settings}</pre>
              </details>
            ))}
          </section>
        </>
      )}
    </>
  );
}

/** Hooks cannot be called in a loop of changing length: at most so many runs are compared. */
const MOST = 6;

function useDetails(ids: readonly string[], live: boolean): RunDetail[] {
  const found: RunDetail[] = [];
  for (let i = 0; i < MOST; i++) {
    const { value } = useAsked<RunDetail>(ids[i] === undefined ? undefined : runUrl(ids[i], 'run.json'), live ? 4 : 0);
    if (value && ids[i] !== undefined) found.push(value);
  }
  return found;
}
