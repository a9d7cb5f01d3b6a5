import { useContext, useRef, useState } from 'preact/hooks';
import type { ModelConfig } from '../../../browser.js';
import type { Clip, ClipRef, ClipSource } from './clips.js';
import { readFiles } from './drop.js';
import { Gallery } from './gallery.js';
import { Sound } from './listen.js';
import { Chip, LETTERS } from './matrix.js';
import { type ChangeRefs, useReadings } from './readings.js';
import { Tile } from './tile.js';

interface HandProps {
  readonly refs: readonly ClipRef[];
  readonly clips: readonly (Clip | undefined)[];
  readonly source: ClipSource | undefined;
  readonly config: ModelConfig;
  readonly range: readonly [number, number];
  readonly onChange: ChangeRefs;
}

const MOST = LETTERS.length;

/** The clips in hand, two to four: picked from the data, or dropped here. */
export function Hand({ refs, clips, source, config, range, onChange }: HandProps) {
  const audio = useContext(Sound);
  const [picking, pick] = useState<number>();
  const [problem, setProblem] = useState('');
  const [over, setOver] = useState<number>();
  const readings = useReadings();
  const put = (slot: number, ref: ClipRef) => {
    setProblem('');
    readings.overtake(slot);
    onChange((before) => (slot < before.length ? before.map((r, i) => (i === slot ? ref : r)) : [...before, ref]));
  };
  const putAway = (slot: number) => {
    readings.remove(slot);
    onChange((before) => before.filter((_, i) => i !== slot));
  };
  const take = async (slot: number, files: readonly File[]) => {
    setProblem('');
    try {
      const read = readFiles(files, config, audio);
      await readings.take(slot, files[0]?.name ?? '', refs[slot]!, read, onChange);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const drop = (slot: number) => (event: DragEvent) => {
    event.preventDefault();
    setOver(undefined);
    void take(slot, [...(event.dataTransfer?.files ?? [])]);
  };
  return (
    <section aria-labelledby="hand" class="hand">
      <div class="bar">
        <h2 id="hand">Clips</h2>
        <span class="muted hint">
          {audio
            ? 'Pick from the data, or drop a WAV file on one'
            : 'Pick from the data, or drop a GIF, a WebP, a video or PNG frames on one'}
        </span>
        <span class="muted" role="status">
          {readings.names.length > 0 && `Reading ${readings.names.join(', ')}…`}
        </span>
        {refs.length < MOST && source && (
          <button type="button" class="quiet" onClick={() => pick(refs.length)}>
            Add a clip
          </button>
        )}
      </div>
      <ul class="slots">
        {refs.map((_, i) => (
          <li
            key={LETTERS[i]}
            class={`slot ${over === i ? 'over' : ''}`}
            onDragOver={(e) => {
              e.preventDefault();
              setOver(i);
            }}
            onDragLeave={() => setOver(undefined)}
            onDrop={drop(i)}
          >
            <div class="slot-head">
              <Chip letter={LETTERS[i]!} />
              <span class="slot-name">{clips[i]?.name ?? '…'}</span>
              {refs.length > 2 && (
                <button
                  type="button"
                  class="quiet close"
                  aria-label={`Put ${LETTERS[i]} away`}
                  onClick={() => putAway(i)}
                >
                  ×
                </button>
              )}
            </div>
            {clips[i] && !clips[i].source ? (
              <p class="unseen">Only what the model makes of it is in this export</p>
            ) : (
              <Tile frames={clips[i]?.source} label={`Clip ${LETTERS[i]}: ${clips[i]?.name ?? ''}`} range={range} />
            )}
            <div class="slot-foot">
              {source && (
                <button type="button" class="quiet" onClick={() => pick(i)}>
                  Pick
                </button>
              )}
              <FileButton letter={LETTERS[i]!} onFiles={(files) => take(i, files)} />
            </div>
          </li>
        ))}
      </ul>
      {problem && (
        <p class="note" role="alert">
          {problem}
        </p>
      )}
      {picking !== undefined && source && (
        <Gallery
          source={source}
          letter={LETTERS[picking]!}
          range={range}
          onPick={(index) => {
            put(picking, index);
            pick(undefined);
          }}
          onClose={() => pick(undefined)}
        />
      )}
    </section>
  );
}

function FileButton({ letter, onFiles }: { readonly letter: string; readonly onFiles: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        class="quiet"
        aria-label={`Open a file as clip ${letter}`}
        onClick={() => input.current?.click()}
      >
        Open a file
      </button>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        accept="image/*,video/*,.wav,.flac,.sph,.nist"
        aria-label={`File of clip ${letter}`}
        onChange={(e) => {
          onFiles([...(e.currentTarget.files ?? [])]);
          e.currentTarget.value = '';
        }}
      />
    </>
  );
}
