import { useEffect, useRef, useState } from 'preact/hooks';
import { themeColour, useTheme } from '../parts/theme.js';
import { CLASS_COLOURS } from './class-colours.js';

interface ScatterProps {
  /** `[N, 2]` */
  readonly places: Float32Array;
  /** Class of each point, −1 unknown. */
  readonly labels: readonly number[];
  readonly names: (index: number) => string;
  readonly chosen: readonly number[];
  readonly onChoose: (index: number) => void;
}

/** CSS pixels around the points, and how near a pointer must be. */
const MARGIN = 18;
const NEAR = 16;

/** Points in the plane. Arrow keys go from point to point, Enter chooses. */
export function Scatter({ places, labels, names, chosen, onChoose }: ScatterProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState<readonly [number, number]>([0, 0]);
  const [under, setUnder] = useState<number>();
  const theme = useTheme();
  const count = places.length / 2;
  const points = layOut(places, size);

  useEffect(() => {
    const element = canvas.current!;
    const observer = new ResizeObserver(() => setSize([element.clientWidth, element.clientHeight]));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const element = canvas.current!;
    const ratio = devicePixelRatio || 1;
    element.width = size[0] * ratio;
    element.height = size[1] * ratio;
    const context = element.getContext('2d')!;
    context.scale(ratio, ratio);
    const ink = themeColour('ink');
    const unknown = themeColour('muted');
    const colours = Array.from({ length: CLASS_COLOURS }, (_, k) => themeColour(`class-${k}`));
    const disc = (i: number, radius: number) => {
      context.beginPath();
      context.arc(points[2 * i]!, points[2 * i + 1]!, radius, 0, 2 * Math.PI);
    };
    for (let i = 0; i < count; i++) {
      const label = labels[i] ?? -1;
      context.fillStyle = label < 0 ? unknown : colours[label % CLASS_COLOURS]!;
      context.globalAlpha = 0.8;
      disc(i, 4);
      context.fill();
    }
    context.globalAlpha = 1;
    context.strokeStyle = ink;
    context.lineWidth = 2;
    if (chosen.length === 2) {
      context.beginPath();
      context.moveTo(points[2 * chosen[0]!]!, points[2 * chosen[0]! + 1]!);
      context.lineTo(points[2 * chosen[1]!]!, points[2 * chosen[1]! + 1]!);
      context.stroke();
    }
    for (const i of [...chosen, ...(under === undefined ? [] : [under])]) {
      disc(i, 7);
      context.stroke();
    }
  }, [places, labels, chosen, under, size, theme]);

  const nearest = (x: number, y: number, within: number, allowed: (i: number) => boolean = () => true) => {
    let best: number | undefined;
    let least = within * within;
    for (let i = 0; i < count; i++) {
      const d = (points[2 * i]! - x) ** 2 + (points[2 * i + 1]! - y) ** 2;
      if (d < least && allowed(i)) [best, least] = [i, d];
    }
    return best;
  };
  const at = (event: PointerEvent | MouseEvent) => nearest(event.offsetX, event.offsetY, NEAR);
  /** The point from which keys go on. */
  const from = under ?? chosen.at(-1) ?? 0;
  const onKey = (event: KeyboardEvent) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way) {
      const [x, y] = [points[2 * from]!, points[2 * from + 1]!];
      const ahead = (i: number) => {
        const [dx, dy] = [points[2 * i]! - x, points[2 * i + 1]! - y];
        const along = dx * way[0]! + dy * way[1]!;
        return i !== from && along > 0 && along >= Math.abs(dx * way[1]! + dy * way[0]!);
      };
      setUnder(nearest(x, y, Number.POSITIVE_INFINITY, ahead) ?? from);
    } else if (event.key === 'Enter' || event.key === ' ') {
      // A pointer may have taken the mark away: none is chosen unseen.
      if (under === undefined) setUnder(from);
      else onChoose(under);
    } else return;
    event.preventDefault();
  };
  return (
    <div class="scatter">
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it is driven by keys of its own */}
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-label={`Map of ${count} clips. Arrow keys go from point to point, Enter chooses.`}
        onPointerMove={(e) => setUnder(at(e))}
        onPointerLeave={() => setUnder(undefined)}
        onClick={(e) => {
          const index = at(e);
          if (index !== undefined) onChoose(index);
        }}
        onFocus={() => setUnder(from)}
        onBlur={() => setUnder(undefined)}
        onKeyDown={onKey}
      />
      <p class="scatter-name" role="status">
        {under === undefined ? '' : names(under)}
      </p>
    </div>
  );
}

/** Places in CSS pixels, filling the canvas. */
function layOut(places: Float32Array, [width, height]: readonly [number, number]): Float32Array {
  const out = new Float32Array(places.length);
  for (const [k, room] of [width, height].entries()) {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = k; i < places.length; i += 2) {
      low = Math.min(low, places[i]!);
      high = Math.max(high, places[i]!);
    }
    const span = high - low || 1;
    for (let i = k; i < places.length; i += 2) out[i] = MARGIN + ((places[i]! - low) / span) * (room - 2 * MARGIN);
  }
  return out;
}
