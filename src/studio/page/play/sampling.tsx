import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Factors, Frames, SheetRow } from '../../../browser.js';
import { type ModelClient, Priority } from '../workers/model-client.js';
import type { Clip } from './clips.js';
import { Chip, LETTERS } from './matrix.js';
import { Save } from './save.js';
import { Tile } from './tile.js';
import { useDecoded } from './use-model.js';

interface SamplingProps {
  readonly client: ModelClient;
  readonly clips: readonly (Clip | undefined)[];
  readonly frames: number;
  readonly seed: number;
  readonly onSeed: (seed: number) => void;
  readonly range: readonly [number, number];
  readonly name: string;
  /** Whether frames are pictures. */
  readonly video: boolean;
}

const ROWS = [
  { key: 'motion', title: 'New motion', about: 'content held', s: true, z: false },
  { key: 'content', title: 'New content', about: 'motion held', s: false, z: true },
  { key: 'both', title: 'All new', about: 'both from the prior', s: false, z: false },
] as const;

/** Draws from the prior: motion for a content, content for a motion, or both. */
export function Sampling({ client, clips, frames, seed, onSeed, range, name, video }: SamplingProps) {
  const [count, setCount] = useState(8);
  const [held, hold] = useState(0);
  const index = Math.min(held, clips.length - 1);
  const clip = clips[index];
  const draws = useDraws(client, seed, count, frames);
  const made = useRef(new Map<string, Frames | undefined>());
  const groups = () => {
    const found = ROWS.map((row) => ({
      heading: row.title,
      rows: Array.from({ length: count }, (_, i): SheetRow[] => {
        const frames = made.current.get(`${row.key} ${i}`);
        const letter = LETTERS[index]!;
        const prior = `prior ${i + 1}`;
        const [s, z] = [row.s ? letter : prior, row.z ? letter : prior];
        return frames ? [{ label: `${row.title.toLowerCase()} ${i + 1}`, s, z, frames }] : [];
      }).flat(),
    }));
    return found.every((g) => g.rows.length === count) ? found : undefined;
  };
  return (
    <section aria-labelledby="sample" class="sampling">
      <div class="bar">
        <h2 id="sample">Sample</h2>
        <label class="field">
          Hold
          <select value={index} onChange={(e) => hold(Number(e.currentTarget.value))}>
            {clips.map((_, i) => (
              <option key={LETTERS[i]} value={i}>
                {LETTERS[i]}
              </option>
            ))}
          </select>
        </label>
        <button type="button" onClick={() => onSeed(seed + 1)}>
          Draw again
        </button>
        <button type="button" class="quiet" onClick={() => setCount(count + 8)}>
          More
        </button>
        <Save name={`${name}-samples`} title="Samples" video={video} groups={groups} />
      </div>
      {ROWS.map((row) => (
        <div key={row.key} class="sample-row">
          <h3>
            {row.title} <span class="muted">{row.about}</span> {(row.s || row.z) && <Chip letter={LETTERS[index]!} />}
          </h3>
          <div class="tiles">
            {Array.from({ length: count }, (_, i) => (
              <Drawn
                key={`${row.key}-${i + 1}`}
                client={client}
                clip={clip}
                draw={draws[i]}
                keepS={row.s}
                keepZ={row.z}
                range={range}
                label={`${row.title} ${i + 1}`}
                onMade={(f) => made.current.set(`${row.key} ${i}`, f)}
              />
            ))}
          </div>
        </div>
      ))}
    </section>
  );
}

interface DrawnProps {
  readonly client: ModelClient;
  readonly clip: Clip | undefined;
  readonly draw: Factors | undefined;
  readonly keepS: boolean;
  readonly keepZ: boolean;
  readonly range: readonly [number, number];
  readonly label: string;
  readonly onMade: (frames: Frames | undefined) => void;
}

function Drawn({ client, clip, draw, keepS, keepZ, range, label, onMade }: DrawnProps) {
  const factors = useMemo<Factors | undefined>(() => {
    if (!draw || ((keepS || keepZ) && !clip)) return undefined;
    return { s: keepS ? clip!.factors.s : draw.s, z: keepZ ? clip!.factors.z : draw.z };
  }, [clip, draw, keepS, keepZ]);
  const { seen, made } = useDecoded(client, factors, Priority.Seen);
  onMade(made);
  return <Tile frames={seen} label={label} range={range} />;
}

/** Draws by seed; each is drawn on its own, so that more of them leave the others as they are. */
function useDraws(client: ModelClient, seed: number, count: number, frames: number): Factors[] {
  const [draws, set] = useState<{ seed: number; list: Factors[] }>({ seed, list: [] });
  const known = draws.seed === seed ? draws.list.length : 0;
  useLayoutEffect(() => {
    let over = false;
    const go = async () => {
      for (let i = known; i < count && !over; i++) {
        const drawn = await client.sample(1, seed * 1000 + i, frames, i === 0 ? Priority.Hand : Priority.Ahead);
        if (over) return;
        set((before) => ({ seed, list: [...(before.seed === seed ? before.list : []).slice(0, i), drawn] }));
      }
    };
    go().catch(() => {});
    return () => {
      over = true;
    };
  }, [client, seed, count, frames]);
  return draws.seed === seed ? draws.list : [];
}
