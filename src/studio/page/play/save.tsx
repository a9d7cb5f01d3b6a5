import { useRef, useState } from 'preact/hooks';
import type { SheetGroup } from '../../../browser.js';
import { animate } from '../../../picture/animation.js';
import { contactSheet } from '../../../picture/contact-sheet.js';
import { imageOf } from '../rgba.js';
import { encodeAnimation } from '../workers/tools-client.js';
import { clock } from './clock.js';
import { useDismissal } from './dismissal.js';

interface SaveProps {
  /** Name of the file, without its ending. */
  readonly name: string;
  readonly title: string;
  /** What is seen now; undefined while some of it is missing. */
  readonly groups: () => SheetGroup[] | undefined;
  /** Whether it moves. */
  readonly video: boolean;
}

/** Saves what a section shows as a picture or a moving picture. */
export function Save({ name, title, groups, video }: SaveProps) {
  const [note, set] = useState('');
  const menu = useRef<HTMLDetailsElement>(null);
  useDismissal(menu);
  const save = async (kind: 'png' | 'gif' | 'webp') => {
    const found = groups();
    if (!found || found.length === 0) {
      set('Not everything is there yet');
      return;
    }
    set('Saving…');
    try {
      const spec = { title, groups: found };
      const blob =
        kind === 'png'
          ? await pngOf(contactSheet(spec))
          : new Blob([await encodeAnimation(kind, animate(spec), Math.round(1000 / clock.framesPerSecond))], {
              type: `image/${kind}`,
            });
      download(blob, `${name}.${kind}`);
      set('');
      if (menu.current) menu.current.open = false;
    } catch (error) {
      set((error as Error).message);
    }
  };
  return (
    <details class="save" ref={menu}>
      <summary>Save</summary>
      <div>
        {video && (
          <>
            <button type="button" class="quiet" onClick={() => save('gif')}>
              GIF
            </button>
            <button type="button" class="quiet" onClick={() => save('webp')}>
              WebP
            </button>
          </>
        )}
        <button type="button" class="quiet" onClick={() => save('png')}>
          PNG sheet
        </button>
        <span role="status">{note}</span>
      </div>
    </details>
  );
}

async function pngOf({ width, height, data }: { width: number; height: number; data: Uint8Array }): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')!.putImageData(imageOf(data, width, height), 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}

function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
