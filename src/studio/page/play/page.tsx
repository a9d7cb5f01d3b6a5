import { useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import type { Factor } from '../../../browser.js';
import { robustRange } from '../../../picture/frames.js';
import type { RunSummary } from '../../api.js';
import { keepOffline } from '../offline.js';
import { Message } from '../parts/message.js';
import { formatCount } from '../parts/words.js';
import { formatRoute, rewriteRoute } from '../route.js';
import type { Device, Loaded } from '../workers/model-calls.js';
import type { ModelClient } from '../workers/model-client.js';
import { Between } from './between.js';
import { type Clip, type ClipRef, ClipSource, factorsAt, fetchMap, framesOf } from './clips.js';
import { ClockControls } from './clock-controls.js';
import { Hand } from './hand.js';
import { Sound } from './listen.js';
import { ContentMap } from './map.js';
import { Matrix } from './matrix.js';
import { Sampling } from './sampling.js';
import { useModel } from './use-model.js';
import { formatView, parseView, type View } from './view.js';

interface PlayPageProps {
  readonly id: string;
  readonly runs: readonly RunSummary[];
  readonly query: URLSearchParams;
  readonly exported: boolean;
}

/** A model to play with: loads it, then shows it. */
export function PlayPage({ id, runs, query, exported }: PlayPageProps) {
  const run = runs.find((r) => r.id === id);
  const newest = run?.model ?? null;
  // A run that goes on has a newer model every few minutes; one that is played with stays until it is asked for.
  const [step, setStep] = useState(newest);
  const [device, setDevice] = useState<Device>('auto');
  useEffect(() => {
    if (step === null && newest !== null) setStep(newest);
  }, [step, newest]);
  if (!run || step === null) {
    return (
      <Message kind="problem" title="Nothing to play with yet">
        <p>
          {id} has no model. A run has one after its first checkpoint. <a href={formatRoute('runs')}>See all runs</a>
        </p>
      </Message>
    );
  }
  return (
    <>
      <div class="title">
        <h1>{id}</h1>
        <span class="muted">
          {run.data}, after {formatCount(step)} steps
        </span>
        {newest !== null && newest !== step && (
          <button type="button" class="quiet" onClick={() => setStep(newest)}>
            Load step {formatCount(newest)}
          </button>
        )}
        {!exported && runs.length > 1 && (
          <label class="field">
            Run
            <select
              value={id}
              onChange={(e) => {
                location.hash = formatRoute('play', [e.currentTarget.value]);
              }}
            >
              {runs.map((r) => (
                <option key={r.id}>{r.id}</option>
              ))}
            </select>
          </label>
        )}
      </div>
      <WithModel
        key={`${step} ${device}`}
        id={id}
        step={step}
        query={query}
        device={device}
        onDevice={setDevice}
        exported={exported}
      />
    </>
  );
}

interface WithModelProps {
  readonly id: string;
  readonly step: number;
  readonly query: URLSearchParams;
  readonly device: Device;
  readonly onDevice: (device: Device) => void;
  readonly exported: boolean;
}

function WithModel({ id, step, query, device, onDevice, exported }: WithModelProps) {
  const { client, loaded, problem } = useModel(id, step, device);
  const [source, setSource] = useState<ClipSource>();
  const [sourceProblem, setSourceProblem] = useState<string>();
  useEffect(() => {
    ClipSource.open(id).then(setSource, (error) => setSourceProblem(error.message));
  }, [id]);
  useEffect(() => {
    if (exported && loaded) keepOffline();
  }, [exported, loaded]);
  if (problem !== undefined) {
    return (
      <Message kind="problem" title="The model cannot be loaded">
        {problem}
      </Message>
    );
  }
  if (!client || !loaded || (!source && sourceProblem === undefined)) {
    return (
      <p class="waiting" role="status">
        Loading the model…
      </p>
    );
  }
  return (
    <>
      {sourceProblem !== undefined && (
        <p class="note" role="alert">
          Its data cannot be opened: {sourceProblem}
        </p>
      )}
      {loaded.fallback && (
        <p class="note" role="status">
          {loaded.fallback}; WebAssembly is used.
        </p>
      )}
      <Playing
        // Another link to the same model; our own changes of the address are not told of.
        key={query.toString()}
        id={id}
        step={step}
        client={client}
        loaded={loaded}
        source={source}
        query={query}
        device={device}
        onDevice={onDevice}
      />
    </>
  );
}

interface PlayingProps extends Omit<WithModelProps, 'exported'> {
  readonly client: ModelClient;
  readonly loaded: Loaded;
  readonly source: ClipSource | undefined;
}

function Playing({ id, step, client, loaded, source, query, device, onDevice }: PlayingProps) {
  const [view, setView] = useState<View>(() => parseView(query));
  const { config } = loaded;
  const change = (part: Partial<View>) => setView((before) => ({ ...before, ...part }));
  useEffect(() => rewriteRoute(formatRoute('play', [id], formatView(view))), [id, view]);
  const { clips, problem } = useClips(client, source, view.clips, id, step);
  const range = useMemo(() => {
    const found = clips.flatMap((c) => (c?.source?.kind === 'features' ? [c.source] : []));
    return found.length > 0 ? robustRange(found) : loaded.description.data.range;
  }, [clips, loaded]);
  const shared = { client, clips, range, name: id.replace(/[^\w.-]+/g, '-') };
  return (
    <Sound.Provider value={loaded.description.data.audio}>
      <div class="bar controls">
        <ClockControls frames={config.frames} />
        <label class="field">
          Runs on
          <select value={device} onChange={(e) => onDevice(e.currentTarget.value as Device)}>
            <option value="auto">{`automatic (${loaded.device === 'webgpu' ? 'WebGPU' : 'WebAssembly'})`}</option>
            <option value="wasm">WebAssembly</option>
            <option value="webgpu">WebGPU</option>
          </select>
        </label>
        <CopyLink whole={view.clips.every((c) => typeof c === 'number')} />
      </div>
      {problem && (
        <p class="note" role="alert">
          {problem}
        </p>
      )}
      <div class="stage">
        <Hand
          refs={view.clips}
          clips={clips}
          source={source}
          config={config}
          range={range}
          onChange={(refs) => change({ clips: refs })}
        />
        <Matrix {...shared} />
        <Between
          {...shared}
          content={view.content}
          motion={view.motion}
          onContent={(content) => change({ content })}
          onMotion={(motion) => change({ motion })}
        />
      </div>
      <Sampling {...shared} frames={config.frames} seed={view.seed} onSeed={(seed) => change({ seed })} />
      {source && (
        <ContentMap
          client={client}
          source={source}
          step={step}
          range={range}
          method={view.method}
          factor={colouring(source.set.info.factors, view.factor)}
          onView={(part) => change(part)}
          onTake={(slot, index) => change({ clips: view.clips.map((c, i) => (i === slot ? index : c)) })}
        />
      )}
    </Sound.Provider>
  );
}

/** The label to colour a map of content by: the one asked for, or the first that stays. */
function colouring(factors: readonly Factor[], asked: number | undefined): number {
  if (asked !== undefined && asked < factors.length) return asked;
  return Math.max(
    0,
    factors.findIndex((f) => f.type === 'static'),
  );
}

/** Copies the address, which says what is seen. */
function CopyLink({ whole }: { readonly whole: boolean }) {
  const [note, set] = useState('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      set(whole ? 'Copied' : 'Copied; files that were dropped are not in it');
    } catch {
      set('Copy it from the address bar');
    }
  };
  return (
    <span class="field">
      <button type="button" class="quiet" onClick={copy}>
        Copy link to this view
      </button>
      <span class="muted" role="status">
        {note}
      </span>
    </span>
  );
}

/** The clips in hand, each encoded once. */
function useClips(
  client: ModelClient,
  source: ClipSource | undefined,
  refs: readonly ClipRef[],
  run: string,
  step: number,
): { readonly clips: readonly (Clip | undefined)[]; readonly problem: string } {
  const [known, setKnown] = useState<ReadonlyMap<string, Clip>>(new Map());
  const [problem, setProblem] = useState('');
  const keys = refs.map(keyOf);
  const key = keys.join('|');
  useLayoutEffect(() => {
    let over = false;
    const go = async () => {
      for (const [i, ref] of refs.entries()) {
        if (known.has(keys[i]!)) continue;
        const clip = await readClip(client, source, ref, keys[i]!, run, step);
        if (over) return;
        setKnown((before) => new Map(before).set(clip.key, clip));
      }
      setProblem('');
    };
    go().catch((error) => !over && setProblem(error.message));
    return () => {
      over = true;
    };
  }, [client, source, key]);
  const clips = useMemo(() => key.split('|').map((k) => known.get(k)), [key, known]);
  return { clips, problem };
}

async function readClip(
  client: ModelClient,
  source: ClipSource | undefined,
  ref: ClipRef,
  key: string,
  run: string,
  step: number,
): Promise<Clip> {
  if (typeof ref !== 'number')
    return { key, name: ref.file, source: framesOf(ref.x), factors: await client.encode(ref.x) };
  if (!source) throw new Error('Open files to play with: the data is not there');
  if (ref >= source.set.count) throw new Error(`The link asks for clip ${ref + 1}; there are ${source.set.count}`);
  if (!source.has(ref))
    return { key, name: source.name(ref), source: undefined, factors: factorsAt(await fetchMap(run, step), ref) };
  const x = await source.read(ref);
  return { key, name: source.name(ref), source: framesOf(x), factors: await client.encode(x) };
}

let dropped = 0;
const droppedKeys = new WeakMap<object, string>();

/** A file may be dropped twice with other content. */
function keyOf(ref: ClipRef): string {
  if (typeof ref === 'number') return String(ref);
  const known = droppedKeys.get(ref) ?? `file ${++dropped}`;
  droppedKeys.set(ref, known);
  return known;
}
