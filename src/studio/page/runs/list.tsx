import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { RunSummary } from '../../api.js';
import { Ago } from '../parts/ago.js';
import { Message } from '../parts/message.js';
import { formatCount, formatDuration, formatRate, formatValue } from '../parts/words.js';
import { formatRoute } from '../route.js';
import { MOST_RUNS } from './colours.js';

interface RunListProps {
  readonly runs: readonly RunSummary[];
  readonly folder: string;
  /** What can be played with already. */
  readonly play: string | undefined;
}

/** All runs of the folder; several can be taken to be seen side by side. */
export function RunList({ runs, folder, play }: RunListProps) {
  const [chosen, choose] = useState<readonly string[]>([]);
  if (runs.length === 0) {
    return (
      <Message kind="empty" title="No runs yet">
        <p>
          There is no run in <code>{folder}</code>. This trains one on moving digits, in minutes:
        </p>
        <pre>cdsvae train sm-mnist</pre>
        <p>
          It will appear here by itself. Runs elsewhere: <code>cdsvae studio FOLDER</code>
        </p>
        {play !== undefined && (
          <p>
            Until then, <a href={formatRoute('play', [play])}>play with the model that comes with cdsvae</a>.
          </p>
        )}
      </Message>
    );
  }
  const toggle = (id: string) => choose(chosen.includes(id) ? chosen.filter((c) => c !== id) : [...chosen, id]);
  const newest = [...runs].sort((a, b) => b.updated - a.updated);
  return (
    <>
      <div class="title">
        <h1>Runs</h1>
        <p class="muted">
          <code>{folder}</code>
        </p>
        {chosen.length > 1 && (
          <a class="button" href={formatRoute('runs', chosen)}>
            Compare {chosen.length} runs
          </a>
        )}
        {chosen.length === 1 && <span class="muted">Tick another run to compare</span>}
        {chosen.length >= MOST_RUNS && <span class="muted">At most {MOST_RUNS} runs can be compared</span>}
      </div>
      <ul class="runs">
        {newest.map((run) => (
          <li key={run.id} class="run">
            <input
              type="checkbox"
              aria-label={`Compare ${run.id}`}
              checked={chosen.includes(run.id)}
              disabled={chosen.length >= MOST_RUNS && !chosen.includes(run.id)}
              onChange={() => toggle(run.id)}
            />
            <div class="run-name">
              <a href={formatRoute('runs', [run.id])}>{run.id}</a>
              <State run={run} />
            </div>
            {run.state === 'damaged' ? (
              <p class="run-problem">{run.problem}</p>
            ) : (
              <>
                <p class="run-about">{[run.data, run.objective, run.preset].filter(Boolean).join(' · ')}</p>
                <Progress run={run} />
                <dl class="run-facts">
                  <Fact name="loss" value={formatValue(run.terms.loss)} />
                  <Fact name="validation" value={formatValue(run.validation.loss)} />
                  {run.state === 'training' ? (
                    <Fact name="left" value={formatDuration(run.secondsLeft)} />
                  ) : (
                    <Fact name="changed" value={<Ago time={run.updated} />} />
                  )}
                  <Fact name="rate" value={formatRate(run.stepsPerSecond)} />
                </dl>
                {run.model !== null && (
                  <a class="quiet play" href={formatRoute('play', [run.id])} aria-label={`Play with ${run.id}`}>
                    Play
                  </a>
                )}
              </>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

/** What a run is doing, as a word with a dot. */
export function State({ run }: { readonly run: RunSummary }) {
  return <span class={`state ${run.state}`}>{run.state}</span>;
}

/** How far a run has come. */
export function Progress({ run }: { readonly run: RunSummary }) {
  const { step, steps } = run;
  const words = steps === null ? `${formatCount(step)} steps` : `${formatCount(step)} of ${formatCount(steps)} steps`;
  return (
    <div class="progress">
      {steps !== null && run.state !== 'finished' && (
        <progress value={step} max={Math.max(1, steps)} aria-label={words} />
      )}
      <span>{run.state === 'finished' ? `${formatCount(step)} steps` : words}</span>
    </div>
  );
}

export function Fact({ name, value }: { readonly name: string; readonly value: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
