import { useMemo } from 'preact/hooks';
import type { Factor } from '../../../browser.js';
import { robustRange } from '../../../picture/frames.js';
import type { Device, Loaded } from '../workers/model-calls.js';
import type { ModelClient } from '../workers/model-client.js';
import { Between } from './between.js';
import type { ClipSource } from './clips.js';
import { ClockControls } from './clock-controls.js';
import { CopyLink } from './copy-link.js';
import { Hand } from './hand.js';
import { Sound } from './listen.js';
import { ContentMap } from './map.js';
import { Matrix } from './matrix.js';
import { Sampling } from './sampling.js';
import { useClips } from './use-clips.js';
import type { ChangeView } from './use-view.js';
import type { View } from './view.js';

interface PlayingProps {
  readonly id: string;
  readonly step: number;
  readonly client: ModelClient;
  readonly loaded: Loaded;
  readonly source: ClipSource | undefined;
  readonly view: View;
  readonly onView: ChangeView;
  readonly device: Device;
  readonly onDevice: (device: Device) => void;
}

/** A loaded model at play: the clips in hand, and all that is made of them. */
export function Playing({ id, step, client, loaded, source, view, onView, device, onDevice }: PlayingProps) {
  const { config } = loaded;
  const { clips, problem } = useClips(client, source, view.clips, id, step);
  const range = useMemo(() => {
    const found = clips.flatMap((c) => (c?.source?.kind === 'features' ? [c.source] : []));
    return found.length > 0 ? robustRange(found) : loaded.description.data.range;
  }, [clips, loaded]);
  const shared = { client, clips, range, name: id.replace(/[^\w.-]+/g, '-'), video: config.frame.kind === 'video' };
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
          onChange={(change) => onView(({ clips }) => ({ clips: change(clips) }))}
        />
        <Matrix {...shared} />
        <Between
          {...shared}
          content={view.content}
          motion={view.motion}
          onContent={(content) => onView(() => ({ content }))}
          onMotion={(motion) => onView(() => ({ motion }))}
        />
      </div>
      <Sampling {...shared} frames={config.frames} seed={view.seed} onSeed={(seed) => onView(() => ({ seed }))} />
      {source && (
        <ContentMap
          client={client}
          source={source}
          step={step}
          range={range}
          method={view.method}
          factor={colouring(source.set.info.factors, view.factor)}
          onView={(part) => onView(() => part)}
          onTake={(slot, index) => onView(({ clips }) => ({ clips: clips.map((c, i) => (i === slot ? index : c)) }))}
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
