import type { Batch, ModelConfig } from '../../../browser.js';
import { decodeSound } from '../../../data/audio/decode-sound.js';
import { logMel, MEL_BANDS } from '../../../data/audio/log-mel.js';
import { atModelRate, standardize } from '../../../data/audio/segments.js';
import type { AudioFeatures } from '../../../data/dataset.js';
import { Problem } from '../ask.js';
import { chosenFrames } from './chosen-frames.js';

/** Bounds of what is dropped, so that no file can fill the memory. */
const LARGEST_FILE = 64e6;
const MOST_FILES = 512;
const MOST_FRAMES = 2000;
const LARGEST_SIDE = 8192;
/** Seconds of a video that are looked at. */
const LONGEST = 10;

/**
 * Files as a clip for a model. Pictures: as many frames as it takes, evenly over the whole, cut to a square from the middle. Sound:
 * its loudest piece of the right length. Nothing leaves the browser.
 *
 * @param files one GIF, WebP, APNG or video, or the pictures of a sequence; for a model of speech a recording: WAVE, FLAC or NIST SPHERE
 * @param audio how sound becomes features, of a model of speech
 * @throws Error with words for people: what was found, what is expected
 */
export async function readFiles(
  files: readonly File[],
  config: ModelConfig,
  audio: AudioFeatures | undefined,
): Promise<{ file: string; x: Batch }> {
  const [first] = files;
  if (!first) throw new Problem('No file was found in what was dropped');
  checkSizes(files);
  const { frame, frames } = config;
  if (frame.kind === 'features') return { file: first.name, x: await readSound(first, frames, audio) };
  if (frame.channels !== 1 && frame.channels !== 3) {
    throw new Problem(`This model takes frames of ${frame.channels} channels, which no picture has`);
  }
  const painter = new Painter(frame.size, frame.channels, frames);
  if (files.length > 1) await readPictures(files, painter);
  else if (first.type.startsWith('video/')) await readVideo(first, painter);
  else if (first.type.startsWith('image/')) await readAnimation(first, painter);
  else throw new Problem(`${first.name}: a GIF, a WebP, a video, or the PNG files of a sequence are expected`);
  return { file: first.name, x: painter.finish() };
}

function checkSizes(files: readonly File[]): void {
  if (files.length > MOST_FILES) {
    throw new Problem(`${files.length} files were dropped; at most ${MOST_FILES} are taken`);
  }
  for (const { name, size } of files) {
    if (size <= LARGEST_FILE) continue;
    throw new Problem(`${name} has ${(size / 1e6).toFixed(0)} MB; at most ${LARGEST_FILE / 1e6} MB are taken`);
  }
}

async function readSound(file: File, frames: number, audio: AudioFeatures | undefined): Promise<Batch> {
  if (!audio) throw new Problem('This model takes features that no file holds; clips can be picked from its data only');
  const values = logMel(atModelRate(decodeSound(new Uint8Array(await file.arrayBuffer()), file.name)));
  const there = values.length / MEL_BANDS;
  if (there < frames)
    throw new Problem(`${file.name} is too short: ${there} frames of 10 ms found, ${frames} expected`);
  let best = 0;
  let loudest = Number.NEGATIVE_INFINITY;
  for (let from = 0; from + frames <= there; from += Math.ceil(frames / 4)) {
    const sum = values.subarray(from * MEL_BANDS, (from + frames) * MEL_BANDS).reduce((a, b) => a + b, 0);
    if (sum > loudest) [best, loudest] = [from, sum];
  }
  const data = values.slice(best * MEL_BANDS, (best + frames) * MEL_BANDS);
  standardize(data, audio);
  return { shape: [1, frames, MEL_BANDS], data };
}

/** Frames as the values of a model, `[1, T, size, size, C]`. */
class Painter {
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #data: Float32Array;
  #painted = 0;

  constructor(
    readonly size: number,
    readonly channels: 1 | 3,
    readonly frames: number,
  ) {
    const canvas = new OffscreenCanvas(size, size);
    this.#context = canvas.getContext('2d', { willReadFrequently: true })!;
    this.#context.imageSmoothingQuality = 'high';
    this.#data = new Float32Array(frames * size * size * channels);
  }

  add(picture: CanvasImageSource, width: number, height: number): void {
    if (!(width > 0 && height > 0) || Math.max(width, height) > LARGEST_SIDE) {
      throw new Problem(`A frame of ${width}×${height} pixels was found; 1 to ${LARGEST_SIDE} each way are taken`);
    }
    const { size, channels } = this;
    const side = Math.min(width, height);
    this.#context.fillStyle = '#000';
    this.#context.fillRect(0, 0, size, size);
    this.#context.drawImage(picture, (width - side) / 2, (height - side) / 2, side, side, 0, 0, size, size);
    const { data } = this.#context.getImageData(0, 0, size, size);
    const from = this.#painted++ * size * size * channels;
    for (let i = 0; i < size * size; i++) {
      const [r, g, b] = [data[4 * i]!, data[4 * i + 1]!, data[4 * i + 2]!];
      // The luma of ITU-R BT.601, as where data are read.
      if (channels === 1) this.#data[from + i] = (0.299 * r + 0.587 * g + 0.114 * b) / 255;
      else for (const [c, v] of [r, g, b].entries()) this.#data[from + 3 * i + c] = v / 255;
    }
  }

  finish(): Batch {
    return { shape: [1, this.frames, this.size, this.size, this.channels], data: this.#data };
  }
}

async function readPictures(files: readonly File[], painter: Painter): Promise<void> {
  const inOrder = [...files].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  for (const i of chosenFrames(inOrder.length, painter.frames)) {
    const file = inOrder[i]!;
    const picture = await createImageBitmap(file).catch(() => {
      throw new Problem(`${file.name} is not a picture that this browser can read`);
    });
    painter.add(picture, picture.width, picture.height);
    picture.close();
  }
}

async function readAnimation(file: File, painter: Painter): Promise<void> {
  if (!('ImageDecoder' in globalThis)) {
    throw new Problem('This browser cannot open moving pictures; drop a video, or the frames as PNG files');
  }
  const unreadable = () => new Problem(`${file.name} is not a picture that this browser can read`);
  const decoder = new ImageDecoder({ data: await file.arrayBuffer(), type: file.type });
  try {
    await decoder.tracks.ready;
    await decoder.completed;
    const count = decoder.tracks.selectedTrack?.frameCount ?? 0;
    if (count === 1) throw new Problem(`${file.name} is a still picture; a clip of several frames is expected`);
    if (count > MOST_FRAMES) throw new Problem(`${file.name} has ${count} frames; at most ${MOST_FRAMES} are taken`);
    for (const frameIndex of chosenFrames(count, painter.frames)) {
      const { image } = await decoder.decode({ frameIndex });
      painter.add(image, image.displayWidth, image.displayHeight);
      image.close();
    }
  } catch (error) {
    throw error instanceof Problem ? error : unreadable();
  } finally {
    decoder.close();
  }
}

async function readVideo(file: File, painter: Painter): Promise<void> {
  const video = document.createElement('video');
  video.muted = true;
  video.preload = 'auto';
  const url = URL.createObjectURL(file);
  try {
    await event(video, 'loadeddata', () => {
      video.src = url;
    }).catch(() => {
      throw new Problem(`${file.name} is not a video that this browser can play`);
    });
    const seconds = Math.min(LONGEST, Number.isFinite(video.duration) ? video.duration : LONGEST);
    for (let t = 0; t < painter.frames; t++) {
      await event(video, 'seeked', () => {
        video.currentTime = ((t + 0.5) * seconds) / painter.frames;
      });
      painter.add(video, video.videoWidth, video.videoHeight);
    }
  } finally {
    video.removeAttribute('src');
    URL.revokeObjectURL(url);
  }
}

function event(video: HTMLVideoElement, name: string, start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Problem('The video does not answer')), 10_000);
    const done = (settle: () => void) => () => {
      clearTimeout(timer);
      settle();
    };
    video.addEventListener(name, done(resolve), { once: true });
    video.addEventListener(
      'error',
      done(() => reject(new Problem('The video cannot be played'))),
      { once: true },
    );
    start();
  });
}
