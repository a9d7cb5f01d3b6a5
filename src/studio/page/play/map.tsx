import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Factors } from '../../../browser.js';
import { type ModelClient, Priority } from '../workers/model-client.js';
import type { Embedding } from '../workers/tools-calls.js';
import { embed } from '../workers/tools-client.js';
import { CLASS_COLOURS } from './class-colours.js';
import { type ClipSource, factorsAt, fetchMap, type MapFactors } from './clips.js';
import { mix } from './mix.js';
import { Scatter } from './scatter.js';
import { Tile } from './tile.js';
import { useDecoded } from './use-model.js';

interface MapProps {
  readonly client: ModelClient;
  readonly source: ClipSource;
  readonly step: number;
  readonly range: readonly [number, number];
  readonly method: Embedding;
  readonly factor: number;
  readonly onView: (view: { method?: Embedding; factor?: number }) => void;
  /** Puts a clip of the map into hand. */
  readonly onTake: (slot: number, index: number) => void;
}

/** Where the data's clips lie by their content; a click plays one, a second one goes from the first to it. */
export function ContentMap(props: MapProps) {
  const { client, source, step, range, method, factor } = props;
  const section = useRef<HTMLElement>(null);
  const reached = useSeen(section);
  const [map, setMap] = useState<MapFactors>();
  const [places, setPlaces] = useState<Float32Array>();
  const [problem, setProblem] = useState('');
  const [chosen, choose] = useState<readonly number[]>([]);
  const [between, setBetween] = useState(0.5);
  const { set } = source;

  useEffect(() => {
    if (!reached) return;
    return unlessOver(fetchMap(source.run, step), setMap, setProblem);
  }, [reached, source, step]);
  useEffect(() => {
    if (!map) return;
    return unlessOver(embed(map.s, map.info.count, method), setPlaces, setProblem);
  }, [map, method]);

  const [first, second] = chosen;
  const factors = useMemo<Factors | undefined>(() => {
    if (!map || first === undefined) return undefined;
    const a = factorsAt(map, first);
    if (second === undefined) return a;
    return { s: mix([a.s, factorsAt(map, second).s], [1 - between, between]), z: a.z };
  }, [map, first, second, between]);
  const { seen: frames } = useDecoded(client, factors, Priority.Hand);
  const classes = set.info.factors[factor]?.classes ?? [];
  const labels = set.labels.map((row) => row[factor] ?? -1);
  return (
    <section ref={section} aria-labelledby="map" class="map">
      <div class="bar">
        <h2 id="map">Map of content</h2>
        <label class="field">
          Place by
          <select value={method} onChange={(e) => props.onView({ method: e.currentTarget.value as Embedding })}>
            <option value="pca">PCA</option>
            <option value="umap">UMAP</option>
          </select>
        </label>
        {set.info.factors.length > 0 && (
          <label class="field">
            Colour by
            <select value={factor} onChange={(e) => props.onView({ factor: Number(e.currentTarget.value) })}>
              {set.info.factors.map((f, i) => (
                <option key={f.name} value={i}>
                  {f.name}
                </option>
              ))}
            </select>
          </label>
        )}
        <span class="muted hint">Click a point to play it, another to go from one to the other</span>
      </div>
      {problem && (
        <p class="note" role="alert">
          {problem}
        </p>
      )}
      <div class="map-body">
        {places ? (
          <Scatter
            places={places}
            labels={labels}
            names={(i) => source.name(i)}
            chosen={chosen}
            onChoose={(index) => {
              choose(chosen.length === 1 && chosen[0] !== index ? [chosen[0]!, index] : [index]);
              setBetween(0.5);
            }}
          />
        ) : (
          <p class="scatter waiting" role="status">
            {problem ? '' : map ? 'Placing the points…' : `Encoding ${set.count} clips…`}
          </p>
        )}
        <div class="map-side">
          <Tile frames={frames} label="The chosen point" range={range} large />
          {first === undefined ? (
            <p class="muted">No point chosen</p>
          ) : (
            <>
              <p class="map-names">
                {source.name(first)}
                {second !== undefined && <> → {source.name(second)}</>}
              </p>
              {second !== undefined && (
                <input
                  type="range"
                  min="0"
                  max="1"
                  step="0.01"
                  value={between}
                  aria-label="Content from the first point to the second"
                  onInput={(e) => setBetween(Number(e.currentTarget.value))}
                />
              )}
              <div class="field">
                <button type="button" class="quiet" onClick={() => props.onTake(0, first)}>
                  Take as A
                </button>
                <button type="button" class="quiet" onClick={() => props.onTake(1, second ?? first)}>
                  Take as B
                </button>
              </div>
            </>
          )}
          {classes.length > 0 && (
            <ul class="legend" aria-label={set.info.factors[factor]?.name}>
              {classes.slice(0, 24).map((name, i) => (
                <li key={name}>
                  <i class="dot" style={{ background: `var(--class-${i % CLASS_COLOURS})` }} /> {name}
                </li>
              ))}
            </ul>
          )}
        </div>
      </div>
    </section>
  );
}

/** Waits for what was asked for, in an effect: hands it on, or says why it did not come, until the effect is over. */
function unlessOver<T>(asked: Promise<T>, come: (found: T) => void, problem: (why: string) => void): () => void {
  let over = false;
  asked.then(
    (found) => {
      if (over) return;
      come(found);
      problem('');
    },
    (error) => !over && problem(error.message),
  );
  return () => {
    over = true;
  };
}

/** Whether an element has come into sight once. */
function useSeen(element: { readonly current: Element | null }): boolean {
  const [seen, set] = useState(false);
  useEffect(() => {
    if (seen || !element.current) return;
    const observer = new IntersectionObserver((entries) => entries.some((e) => e.isIntersecting) && set(true), {
      rootMargin: '200px',
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [seen, element]);
  return seen;
}
