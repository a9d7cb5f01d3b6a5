import { useEffect, useRef, useState } from 'preact/hooks';
import type { Frames } from '../../../browser.js';
import { type ClipSource, framesOf } from './clips.js';
import { Tile } from './tile.js';

interface GalleryProps {
  readonly source: ClipSource;
  /** Which of the clips in hand is picked. */
  readonly letter: string;
  readonly range: readonly [number, number];
  readonly onPick: (index: number) => void;
  readonly onClose: () => void;
}

/** The data's clips, a page at a time. */
export function Gallery({ source, letter, range, onPick, onClose }: GalleryProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [page, turn] = useState(0);
  const [clips, set] = useState<readonly Frames[]>([]);
  const [problem, setProblem] = useState('');
  const { perPage, pages, count, split, info } = source.set;
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    let over = false;
    const indices = Array.from({ length: Math.min(perPage, count - page * perPage) }, (_, i) => page * perPage + i);
    Promise.all(indices.map((i) => source.read(i))).then(
      (found) => {
        if (!over) set(found.map(framesOf));
      },
      (error) => setProblem(error.message),
    );
    return () => {
      over = true;
    };
  }, [source, page, perPage, count]);
  return (
    <dialog ref={dialog} class="gallery" aria-labelledby="gallery" onClose={onClose}>
      <div class="bar">
        <h2 id="gallery">Pick clip {letter}</h2>
        <span class="muted">
          {info.name}, {split}
        </span>
        {pages > 1 && (
          <span class="field">
            <button type="button" class="quiet" disabled={page === 0} onClick={() => turn(page - 1)}>
              Back
            </button>
            {page + 1} of {pages}
            <button type="button" class="quiet" disabled={page === pages - 1} onClick={() => turn(page + 1)}>
              More
            </button>
          </span>
        )}
        <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
      {problem && (
        <p class="note" role="alert">
          {problem}
        </p>
      )}
      <div class="gallery-tiles">
        {clips.map((frames, i) => {
          const index = page * perPage + i;
          return (
            <button type="button" key={index} class="pick" onClick={() => onPick(index)}>
              <Tile frames={frames} label="" range={range} />
              <span>{source.name(index)}</span>
            </button>
          );
        })}
      </div>
    </dialog>
  );
}
