import { useEffect, useState } from 'preact/hooks';
import type { RunDetail } from '../../api.js';
import { runUrl } from '../ask.js';
import { formatCount } from '../parts/words.js';

/** The pictures that runs left, with a slider over time. */
export function Samples({ runs }: { readonly runs: readonly RunDetail[] }) {
  const steps = [...new Set(runs.flatMap((r) => r.samples))].sort((a, b) => a - b);
  // Undefined: the newest there is.
  const [chosen, choose] = useState<number>();
  const [playing, play] = useState(false);
  const index = chosen === undefined ? steps.length - 1 : Math.max(0, steps.indexOf(chosen));
  useEffect(() => {
    if (!playing) return;
    const timer = setTimeout(() => choose(steps[(index + 1) % steps.length]), 700);
    return () => clearTimeout(timer);
  });
  if (steps.length === 0) {
    return (
      <section aria-labelledby="samples">
        <h2 id="samples">Samples</h2>
        <p class="muted">
          {runs.some((r) => r.state === 'training')
            ? 'The first picture comes after train.sampleEvery steps.'
            : 'There are none: a training makes them every train.sampleEvery steps and at its end, and keeps them in its run.'}
        </p>
      </section>
    );
  }
  const step = steps[index]!;
  return (
    <section aria-labelledby="samples">
      <div class="bar">
        <h2 id="samples">Samples</h2>
        <label class="field grow">
          After {formatCount(step)} steps
          <input
            type="range"
            min="0"
            max={steps.length - 1}
            step="1"
            value={index}
            aria-valuetext={`${formatCount(step)} steps`}
            onInput={(e) => {
              const at = Number(e.currentTarget.value);
              choose(at === steps.length - 1 ? undefined : steps[at]);
            }}
          />
        </label>
        {steps.length > 1 && (
          <button type="button" class="quiet" aria-pressed={playing} onClick={() => play(!playing)}>
            {playing ? 'Stop' : 'Play through'}
          </button>
        )}
      </div>
      <div class="samples">
        {runs.map((run) => {
          const own = run.samples.findLast((s) => s <= step) ?? run.samples[0];
          return own === undefined ? null : (
            <figure key={run.id}>
              {runs.length > 1 && <figcaption>{run.id}</figcaption>}
              <img
                src={runUrl(run.id, `samples/step-${own}.png`)}
                alt={`What ${run.id} makes of a few sequences after ${own} steps: sources, reconstructions, swaps and samples`}
                loading="lazy"
              />
            </figure>
          );
        })}
      </div>
    </section>
  );
}
