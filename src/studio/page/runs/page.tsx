import type { RunDetail, RunSummary } from '../../api.js';
import { type Asked, runUrl, useAsked } from '../ask.js';
import { Message } from '../parts/message.js';
import { formatDuration, formatRate, formatValue } from '../parts/words.js';
import { formatRoute } from '../route.js';
import { type ColouredRun, MOST_RUNS } from './colours.js';
import { Evaluations } from './evaluation.js';
import { Fact, Progress, State } from './list.js';
import { NoSuchRun } from './no-such-run.js';
import { Plots } from './plots.js';
import { Samples } from './samples.js';

/** Seconds between two looks at what a run has left: while it is trained, and afterwards, when it may be evaluated. */
const LIVE = 4;
const STILL = 15;

interface RunPageProps {
  readonly ids: readonly string[];
  readonly all: readonly RunSummary[];
  readonly exported: boolean;
}

/** One run, or several side by side. */
export function RunPage({ ids, all, exported }: RunPageProps) {
  const known = ids.flatMap((id) => all.find((r) => r.id === id) ?? []);
  const summaries = known.slice(0, MOST_RUNS).map((run, colour): ColouredRun => ({ ...run, colour }));
  const missing = ids.filter((id) => !known.some((r) => r.id === id));
  const over = known.slice(MOST_RUNS).map((r) => r.id);
  const live = summaries.some((r) => r.state === 'training');
  const details = useDetails(
    summaries.map((r) => r.id),
    exported ? 0 : live ? LIVE : STILL,
  );
  if (summaries.length === 0) return <NoSuchRun ids={ids} />;
  const found = details.flatMap((d) => d.value ?? []);
  const waiting = details.some((d) => d.value === undefined && d.problem === undefined);
  const readable = summaries.filter((r) => r.state !== 'damaged');
  return (
    <>
      <div class="title">
        {!exported && (
          <a class="back" href={formatRoute('runs')}>
            All runs
          </a>
        )}
        <h1>{summaries.length === 1 ? summaries[0]!.id : `${summaries.length} runs`}</h1>
        {missing.length > 0 && <p class="note">Not among the runs: {missing.join(', ')}</p>}
        {over.length > 0 && (
          <p class="note">
            At most {MOST_RUNS} runs are compared; left out: {over.join(', ')}
          </p>
        )}
      </div>
      <div class="cards">
        {summaries.map((run) => (
          <article key={run.id} class="card">
            <header>
              {summaries.length > 1 && (
                <h2>
                  <i class="dot" style={{ background: `var(--run-${run.colour})` }} /> {run.id}
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
          <Plots runs={readable} live={live} detailed={!exported} />
          {waiting && (
            <p class="waiting" role="status">
              Loading pictures, evaluation and settings…
            </p>
          )}
          {summaries.map(({ id, state }, i) => {
            const { value, problem } = details[i] ?? {};
            return value === undefined && problem !== undefined && state !== 'damaged' ? (
              <Message key={id} kind="problem" title={`No pictures, evaluation and settings of ${id}`}>
                {problem}
              </Message>
            ) : null;
          })}
          {found.length > 0 && (
            <>
              <Samples runs={found} />
              <Evaluations runs={found} />
              <SettingsOf runs={found.filter((run) => run.settings !== '')} />
            </>
          )}
        </>
      )}
    </>
  );
}

/** What the runs were told; of a model without its run there is nothing. */
function SettingsOf({ runs }: { readonly runs: readonly RunDetail[] }) {
  if (runs.length === 0) return null;
  return (
    <section aria-labelledby="settings">
      <h2 id="settings">Settings</h2>
      {runs.map((run) => (
        <details key={run.id}>
          <summary>{run.id}/config.yaml</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
          <pre tabIndex={0}>{run.settings}</pre>
        </details>
      ))}
    </section>
  );
}

function useDetails(ids: readonly string[], every: number): Asked<RunDetail>[] {
  const asked: Asked<RunDetail>[] = [];
  // Hooks cannot be called in a loop of changing length.
  for (let i = 0; i < MOST_RUNS; i++) {
    const id = ids[i];
    const answer = useAsked<RunDetail>(id === undefined ? undefined : runUrl(id, 'run.json'), every);
    if (id !== undefined) asked.push(answer);
  }
  return asked;
}
