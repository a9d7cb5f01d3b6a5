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
  // With the page that it is of: pictures of one page must not stand under the names of the next.
  const [read, set] = useState<{ page: number; clips?: readonly Frames[]; problem?: string }>();
  const { perPage, pages, count, split, info } = source.set;
  const { clips, problem } = read?.page === page ? read : {};
  const indices = Array.from({ length: Math.min(perPage, count - page * perPage) }, (_, i) => page * perPage + i);
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    let over = false;
    Promise.all(indices.map((i) => source.read(i))).then(
      (found) => !over && set({ page, clips: found.map(framesOf) }),
      (error) => !over && set({ page, problem: error.message }),
    );
    return () => {
      over = true;
    };
  }, [source, page]);
  const pickOne = (index: number) => {
    // Closed, not only taken away: so the focus is where it was before.
    dialog.current?.close();
    onPick(index);
  };
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
        {indices.map((index, i) => (
          <button type="button" key={index} class="pick" onClick={() => pickOne(index)}>
            <Tile frames={clips?.[i]} label="" range={range} />
            <span>{source.name(index)}</span>
          </button>
        ))}
      </div>
    </dialog>
  );
}
