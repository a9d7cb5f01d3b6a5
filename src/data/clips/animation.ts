/** Animated GIF and WebP. */
import { ahead } from './ahead.js';
import { badClip, type ClipReader, type ClipSource, frameLength, type PictureFit } from './clip.js';
import { checkGif } from './gif.js';
import { fitPixels, MOST_PIXELS, pictureInfo, pixels, readPictureFile } from './picture.js';

/** Pixels decoded at once: 16 million, 64 MB. */
const AT_ONCE = 1 << 24;
/** Frames resized at once. */
const DEPTH = 4;
/** Frames decode one on top of the other, so that the last costs as much as all; longer ones belong into videos. */
const MOST_FRAMES = 100_000;

export const animationReader: ClipReader = {
  name: 'animated GIF or WebP',
  extensions: ['.gif', '.webp'],
  open: openAnimation,
};

async function openAnimation(path: string): Promise<ClipSource> {
  let bytes: Buffer | undefined = await readPictureFile(path);
  const info = await pictureInfo(bytes, path);
  if (info.format === 'gif') checkGif(bytes, path);
  if (info.pages > MOST_FRAMES) {
    throw badClip(path, `${info.pages} frames found, at most ${MOST_FRAMES} expected; make a video of it`);
  }
  if (info.width * info.height > MOST_PIXELS / 4) {
    throw badClip(path, `frames of ${info.width}×${info.height} found; at most ${MOST_PIXELS / 4} pixels expected`);
  }
  const frame = [info.height, info.width, info.channels];
  return {
    path,
    kind: 'video',
    sequences: 1,
    frames: info.pages,
    frame,
    ...(info.delay !== undefined && { fps: 1000 / info.delay }),
    stream: (_, frames, fit) => {
      if (bytes === undefined) throw badClip(path, 'read after it was closed');
      return streamPages(bytes, path, frames, frame, fit);
    },
    close: () => {
      bytes = undefined;
    },
  };
}

async function* streamPages(
  bytes: Uint8Array,
  path: string,
  frames: ArrayLike<number>,
  frame: readonly number[],
  fit: PictureFit | undefined,
): AsyncGenerator<Uint8Array> {
  const span = Math.max(1, Math.floor(AT_ONCE / (frame[0]! * frame[1]!)));
  const runs: { first: number; wanted: number[] }[] = [];
  for (const t of Array.from(frames)) {
    const last = runs.at(-1);
    if (last !== undefined && t < last.first + span) last.wanted.push(t);
    else runs.push({ first: t, wanted: [t] });
  }
  const [height = 0, width = 0, channels = 0] = frame;
  const native = { height, width, channels };
  const strips = ahead(runs.length, 2, (i) => {
    const { first, wanted } = runs[i]!;
    return pixels(bytes, path, native, { page: first, pages: wanted.at(-1)! - first + 1 });
  });
  const length = frameLength(frame);
  let i = 0;
  for await (const strip of strips) {
    const { first, wanted } = runs[i++]!;
    // One by one: resized as the strip they are decoded to, frames would run into their neighbours.
    yield* ahead(wanted.length, DEPTH, (k) => {
      const from = (wanted[k]! - first) * length;
      return fitPixels(strip.subarray(from, from + length), frame, fit, path);
    });
  }
}
