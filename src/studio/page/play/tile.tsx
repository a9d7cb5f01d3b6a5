import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Frames } from '../../../browser.js';
import { heatMap } from '../../../picture/frames.js';
import { imageOf } from '../rgba.js';
import { clock } from './clock.js';
import { Listen } from './listen.js';

interface TileProps {
  /** Undefined while it is being made. */
  readonly frames: Frames | undefined;
  /** What it shows, for those who do not see it. */
  readonly label: string;
  /** Values of the darkest and lightest colour of feature frames. */
  readonly range: readonly [number, number];
  readonly large?: boolean;
}

/** A clip that plays, or a heat map of features over time. */
export function Tile({ frames, label, range, large = false }: TileProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [low, high] = range;
  // Drawn with the frame of the page that shows it, not one later.
  useLayoutEffect(() => {
    const element = canvas.current!;
    if (!frames) return;
    const context = element.getContext('2d')!;
    if (frames.kind === 'features') {
      const picture = heatMap(frames, [low, high], { up: 2, down: 1 }, { up: 1, down: 1 }, 'magma');
      element.width = picture.width;
      element.height = picture.height;
      context.putImageData(imageOf(picture.data, picture.width, picture.height), 0, 0);
      return;
    }
    const [t, h, w, c] = frames.shape;
    element.width = w;
    element.height = h;
    const image = new ImageData(w, h);
    const draw = () => {
      const from = (clock.tick % t) * h * w * c;
      const { data } = image;
      for (let i = 0; i < h * w; i++) {
        for (let k = 0; k < 3; k++) data[4 * i + k] = frames.data[from + i * c + (c === 1 ? 0 : k)]!;
        data[4 * i + 3] = 255;
      }
      context.putImageData(image, 0, 0);
    };
    draw();
    return clock.follow(draw);
  }, [frames, low, high]);
  const picture = (
    <canvas
      ref={canvas}
      role="img"
      aria-label={label}
      aria-busy={frames === undefined}
      class={`tile ${frames?.kind ?? 'video'} ${large ? 'large' : ''} ${frames ? '' : 'busy'}`}
    />
  );
  if (frames?.kind !== 'features' || label === '') return picture;
  return (
    <div class="heard">
      {picture}
      <Listen frames={frames} label={label} />
    </div>
  );
}
