import { useEffect, useState } from 'preact/hooks';
import { clock } from './clock.js';

/** Start, stop, step by step and speed. */
export function ClockControls({ frames }: { readonly frames: number }) {
  const [, redraw] = useState(0);
  useEffect(() => clock.onChange(() => redraw((n) => n + 1)), []);
  const step = (by: number) => clock.set({ playing: false, tick: Math.max(0, clock.tick + by) });
  return (
    <fieldset class="field clock" aria-label="Playing">
      <button type="button" class="quiet" onClick={() => clock.set({ playing: !clock.playing })}>
        {clock.playing ? 'Pause' : 'Play'}
      </button>
      <button type="button" class="quiet" aria-label="Frame before" onClick={() => step(frames - 1)}>
        ‹
      </button>
      <button type="button" class="quiet" aria-label="Next frame" onClick={() => step(1)}>
        ›
      </button>
      <label class="field">
        Speed
        <input
          type="range"
          min="1"
          max="30"
          value={clock.framesPerSecond}
          aria-valuetext={`${clock.framesPerSecond} frames a second`}
          onInput={(e) => clock.set({ framesPerSecond: Number(e.currentTarget.value) })}
        />
        <span class="speed" aria-hidden="true">
          {clock.framesPerSecond} fps
        </span>
      </label>
    </fieldset>
  );
}
