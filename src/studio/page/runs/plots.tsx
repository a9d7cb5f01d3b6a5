import { useEffect, useMemo, useState } from 'preact/hooks';
import type { RunState, Series } from '../../api.js';
import { askJson, runUrl, Unanswered } from '../ask.js';
import { Message } from '../parts/message.js';
import type { ColouredRun } from './colours.js';
import { Plot } from './plot.js';
import type { PlotView } from './plot-table.js';
import { groupTerms } from './terms.js';

interface PlotsProps {
  readonly runs: readonly ColouredRun[];
  /** Whether to look for new values. */
  readonly live: boolean;
  /** Whether a part can be asked for in full resolution. */
  readonly detailed: boolean;
}

/** The curves of one or several runs. */
export function Plots({ runs: shown, live, detailed }: PlotsProps) {
  const ids = shown.map((r) => r.id);
  const [log, setLog] = useState(false);
  const [smoothing, setSmoothing] = useState(3);
  const [range, setRange] = useState<readonly [number, number]>();
  const { series, problems } = useSeries(ids, detailed ? range : undefined, live);
  const spans = ids.flatMap((id) => series.get(id)?.span ?? []);
  const [first, last] = spans.length > 0 ? [Math.min(...spans), Math.max(...spans)] : [0, 1];
  const view: PlotView = {
    log,
    // From nothing to a fifth of the run.
    halfLife: smoothing === 0 ? 0 : ((last - first) * 2 ** smoothing) / 5000,
    range,
  };
  // The same runs until there are other curves: what is drawn of them is then not made again.
  const runs = useMemo(
    () =>
      shown.flatMap(({ id, colour }) => {
        const found = series.get(id);
        return found ? [{ id, colour, train: found.train, validation: found.validation }] : [];
      }),
    [series, shown.map((r) => `${r.colour} ${r.id}`).join()],
  );
  const groups = groupTerms(runs.flatMap((r) => Object.keys(r.train.terms)));
  const bound = (k: 0 | 1) => Math.round(range?.[k] ?? [first, last][k]!);
  const setBound = (k: 0 | 1, text: string) => {
    const next: [number, number] = [bound(0), bound(1)];
    next[k] = Number(text);
    if (Number.isFinite(next[k]) && next[0] < next[1]) setRange(next);
  };
  return (
    <section aria-labelledby="curves">
      <div class="bar">
        <h2 id="curves">Curves</h2>
        {groups.length > 0 && (
          <>
            <label class="field">
              Smoothing
              <input
                type="range"
                min="0"
                max="10"
                step="1"
                value={smoothing}
                onInput={(e) => setSmoothing(Number(e.currentTarget.value))}
              />
            </label>
            <label class="field">
              <input type="checkbox" checked={log} onChange={(e) => setLog(e.currentTarget.checked)} /> Logarithmic
            </label>
            <span class="field">
              Steps
              <input
                type="number"
                aria-label="First step seen"
                value={bound(0)}
                onChange={(e) => setBound(0, e.currentTarget.value)}
              />
              to
              <input
                type="number"
                aria-label="Last step seen"
                value={bound(1)}
                onChange={(e) => setBound(1, e.currentTarget.value)}
              />
            </span>
            {range ? (
              <button type="button" class="quiet" onClick={() => setRange(undefined)}>
                Show all
              </button>
            ) : (
              <span class="muted hint">
                Dots: validation, on whole sequences. Drag across a plot to zoom, double-click to go back
              </span>
            )}
          </>
        )}
      </div>
      {[...problems].map(([id, text]) => (
        <Message key={id} kind="problem" title={`No curves of ${id}`}>
          {text}
        </Message>
      ))}
      {shown.map(({ id, state }) => {
        const found = series.get(id);
        if (!found) return problems.has(id) ? null : <Waiting key={id} id={id} />;
        return found.train.steps.length > 0 || range ? null : (
          <Message key={id} kind="empty" title={state === 'training' ? 'No steps yet' : `No curves of ${id}`}>
            {NO_STEPS[state]}
          </Message>
        );
      })}
      {groups.map((group) => (
        <section key={group.name} class="plot-group">
          <h3>{group.name}</h3>
          <div class="plots">
            {group.terms.map((term) => (
              <Plot key={term.key} term={term} runs={runs} view={view} onZoom={setRange} />
            ))}
          </div>
        </section>
      ))}
    </section>
  );
}

/** Why a run has no curves. */
const NO_STEPS: Readonly<Record<RunState, string>> = {
  training: 'The first step takes a moment: its graph is being made.',
  finished: 'It is a model without the log of its training.',
  stopped: 'It was stopped before its first step.',
  diverged: 'A value was not finite in its first step.',
  damaged: 'It cannot be read.',
};

function Waiting({ id }: { readonly id: string }) {
  return (
    <p class="muted" role="status">
      Loading the curves of {id}…
    </p>
  );
}

/** Curves by run, asked for again while a run goes on; those of a part are kept until those of another are there. */
function useSeries(ids: readonly string[], range: readonly [number, number] | undefined, live: boolean) {
  const [state, set] = useState<{ series: ReadonlyMap<string, Series>; problems: ReadonlyMap<string, string> }>({
    series: new Map(),
    problems: new Map(),
  });
  const key = ids.join();
  const query = range ? `?from=${range[0]}&to=${range[1]}` : '';
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const versions = new Map<string, string>();
    const once = async () => {
      for (const id of ids) {
        if (document.visibilityState === 'hidden' && versions.has(id)) continue;
        try {
          const found = await askJson<Series>(runUrl(id, `series.json${query}`));
          if (over) return;
          if (versions.get(id) === found.version) continue;
          versions.set(id, found.version);
          set(({ series, problems }) => ({ series: new Map(series).set(id, found), problems: without(problems, id) }));
        } catch (error) {
          if (over) return;
          // That the studio is gone is said at the top of the page; the curves stay.
          if (error instanceof Unanswered && versions.has(id)) continue;
          versions.delete(id);
          set(({ series, problems }) => ({ series, problems: new Map(problems).set(id, (error as Error).message) }));
        }
      }
      if (live && !over) timer = setTimeout(once, 2000);
    };
    void once();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [key, query, live]);
  return state;
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}
