import { useMemo, useRef } from 'preact/hooks';
import type { Factors, Frames, SheetRow } from '../../../browser.js';
import { type ModelClient, Priority } from '../workers/model-client.js';
import type { Clip } from './clips.js';
import { Save } from './save.js';
import { Tile } from './tile.js';
import { useDecoded } from './use-model.js';

export const LETTERS = ['A', 'B', 'C', 'D'];

interface MatrixProps {
  readonly client: ModelClient;
  readonly clips: readonly (Clip | undefined)[];
  readonly range: readonly [number, number];
  readonly name: string;
  /** Whether frames are pictures. */
  readonly video: boolean;
}

/** Every content with every motion: reconstructions on the diagonal, swaps beside it (Fig. 13 of the paper for any data). */
export function Matrix({ client, clips, range, name, video }: MatrixProps) {
  /** By row and column. */
  const made = useRef(new Map<string, Frames | undefined>());
  const rows = (): SheetRow[] | undefined => {
    if (clips.some((c) => !c)) return undefined;
    const sources = clips.flatMap((clip, i): SheetRow[] =>
      clip?.source ? [{ label: `source ${LETTERS[i]}`, s: LETTERS[i]!, z: LETTERS[i]!, frames: clip.source }] : [],
    );
    const decoded = clips.flatMap((_, i) => clips.map((_, j) => ({ i, j, frames: made.current.get(`${i} ${j}`) })));
    if (decoded.some((d) => !d.frames)) return undefined;
    return [
      ...sources,
      ...decoded.map(({ i, j, frames }) => ({
        label: i === j ? `reconstruction of ${LETTERS[i]}` : `content of ${LETTERS[i]}, motion of ${LETTERS[j]}`,
        s: LETTERS[i]!,
        z: LETTERS[j]!,
        frames: frames!,
      })),
    ];
  };
  return (
    <section aria-labelledby="swap" class="swap">
      <div class="bar">
        <h2 id="swap">Swap</h2>
        <span class="muted hint">Each row keeps its content, each column its motion</span>
        <Save
          name={`${name}-swap`}
          title="Swaps"
          video={video}
          groups={() => {
            const found = rows();
            return found && [{ rows: found }];
          }}
        />
      </div>
      <table class="matrix">
        <thead>
          <tr>
            <td />
            {clips.map((clip, j) => (
              <th key={`${clip?.key} ${LETTERS[j]}`} scope="col">
                <Chip letter={LETTERS[j]!} /> <span>motion</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {clips.map((a, i) => (
            <tr key={LETTERS[i]}>
              <th scope="row">
                <Chip letter={LETTERS[i]!} /> <span>content</span>
              </th>
              {clips.map((b, j) => (
                <td key={LETTERS[j]} class={i === j ? 'own' : ''}>
                  <Cell
                    client={client}
                    content={a}
                    motion={b}
                    range={range}
                    label={
                      i === j
                        ? `Reconstruction of ${LETTERS[i]}`
                        : `Content of ${LETTERS[i]} with the motion of ${LETTERS[j]}`
                    }
                    onMade={(frames) => made.current.set(`${i} ${j}`, frames)}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The letter of a clip on its colour. */
export function Chip({ letter }: { readonly letter: string }) {
  return <b class={`chip chip-${letter}`}>{letter}</b>;
}

interface CellProps {
  readonly client: ModelClient;
  readonly content: Clip | undefined;
  readonly motion: Clip | undefined;
  readonly range: readonly [number, number];
  readonly label: string;
  readonly onMade: (frames: Frames | undefined) => void;
}

function Cell({ client, content, motion, range, label, onMade }: CellProps) {
  const factors = useMemo<Factors | undefined>(
    () => (content && motion ? { s: content.factors.s, z: motion.factors.z } : undefined),
    [content, motion],
  );
  const { seen, made } = useDecoded(client, factors, Priority.Seen);
  onMade(made);
  return <Tile frames={seen} label={label} range={range} />;
}
