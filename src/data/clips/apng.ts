/**
 * Animated PNG (PNG specification, third edition, 2025, §11.3.6 "Animation information"). libvips reads still ones alone,
 * so each frame is handed to it as a PNG of its own, and laid on the canvas here.
 */
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { ahead } from './ahead.js';
import { badClip, type ClipReader, type ClipSource, type PictureFit } from './clip.js';
import { decodeRgba, fitPixels, readPictureFile } from './picture.js';

/** A canvas of 64 million pixels is 256 MB. */
const MOST_PIXELS = 1 << 26;
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Chunks before the first frame that every frame needs to be understood. */
const SHARED = ['PLTE', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'sBIT'];
const DEPTH = 4;
/** No deflate stream holds more bytes than this for each of its own; a pixel takes at least a bit. */
const BEST_RATIO = 1032;

export const apngReader: ClipReader = { name: 'animated PNG', extensions: ['.apng', '.png'], open: openApng };

/** One frame as stored: where it lies, how it is laid on, and its compressed pixels. */
interface Layer {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** What happens to its rectangle afterwards: 0 nothing, 1 cleared, 2 as it was before. */
  readonly dispose: number;
  /** 0 replaces what is there, 1 lies over it. */
  readonly blend: number;
  readonly seconds: number;
  readonly data: Buffer[];
}

interface Apng {
  readonly width: number;
  readonly height: number;
  readonly grey: boolean;
  readonly header: Buffer;
  readonly shared: Buffer;
  readonly layers: readonly Layer[];
}

/** Whether a file is an animated PNG: a chunk `acTL` stands before the pixels, whatever there is before it, such as a profile of colours. */
export async function isApng(file: FileHandle): Promise<boolean> {
  const read = async (length: number, at: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
    return buffer.subarray(0, bytesRead);
  };
  if (!(await read(SIGNATURE.length, 0)).equals(SIGNATURE)) return false;
  for (let at = SIGNATURE.length; ; ) {
    // Length of the data, and the chunk's name; a checksum of 4 bytes follows the data.
    const head = await read(8, at);
    const name = head.toString('latin1', 4, 8);
    if (head.length < 8 || name === 'IDAT') return false;
    if (name === 'acTL') return true;
    at += head.readUInt32BE(0) + 12;
  }
}

async function openApng(path: string): Promise<ClipSource> {
  const bytes = await readPictureFile(path);
  let file: Apng | undefined = parse(bytes, path);
  const { width, height, grey, layers } = file;
  const seconds = layers.reduce((sum, layer) => sum + layer.seconds, 0);
  const channels = grey ? 1 : 3;
  return {
    path,
    kind: 'video',
    sequences: 1,
    frames: layers.length,
    frame: [height, width, channels],
    ...(seconds > 0 && { fps: layers.length / seconds }),
    stream: (_, frames, fit = { height, width, channels }) => {
      if (file === undefined) throw badClip(path, 'read after it was closed');
      return compose(file, path, frames, fit);
    },
    close: () => {
      file = undefined;
    },
  };
}

/** @throws CdsvaeError `input`: not an animated PNG, or one that contradicts itself */
function parse(bytes: Buffer, path: string): Apng {
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw badClip(path, 'not a PNG file');
  const layers: Layer[] = [];
  const shared: Buffer[] = [];
  let header: Buffer | undefined;
  let announced: number | undefined;
  let pixelsSeen = false;
  for (let at = 8; ; ) {
    if (at + 12 > bytes.length) throw badClip(path, `cut short after ${bytes.length} bytes, before its end chunk`);
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (at + 12 + length > bytes.length) {
      throw badClip(path, `cut short after ${bytes.length} bytes, inside its chunk ${JSON.stringify(type)}`);
    }
    const whole = bytes.subarray(at, at + 12 + length);
    const data = whole.subarray(8, 8 + length);
    if (crc32(whole.subarray(4, 8 + length)) !== whole.readUInt32BE(8 + length)) {
      throw badClip(path, `damaged: checksum of chunk ${JSON.stringify(type)} at byte ${at} is wrong`);
    }
    at += 12 + length;
    if (header === undefined) {
      if (type !== 'IHDR' || length !== 13) throw badClip(path, 'damaged: its first chunk is no IHDR');
      header = data;
    } else if (type === 'acTL' && length === 8) announced = data.readUInt32BE(0);
    else if (type === 'fcTL') layers.push(layer(data, path, header));
    else if (type === 'fdAT' && length >= 4) {
      if (layers.length === 0) throw badClip(path, 'damaged: pixels of a frame found before its description');
      layers.at(-1)!.data.push(data.subarray(4));
    } else if (type === 'IDAT') {
      // Where no frame was described before it, this is the still picture for viewers that know no animation.
      const first = layers[0];
      if (first && (first.width !== header.readUInt32BE(0) || first.height !== header.readUInt32BE(4))) {
        throw badClip(path, 'damaged: its first frame has not the size of the picture');
      }
      layers.at(-1)?.data.push(data);
      pixelsSeen = true;
    } else if (SHARED.includes(type) && !pixelsSeen) shared.push(whole);
    else if (type === 'IEND') break;
  }
  if (announced === undefined) throw badClip(path, 'a still PNG found, an animated one expected');
  if (announced !== layers.length) {
    throw badClip(path, `damaged: ${announced} frames announced, ${layers.length} found`);
  }
  if (layers.length === 0) throw badClip(path, 'an animation without frames found');
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  if (width * height > MOST_PIXELS) {
    throw badClip(path, `${width}×${height} pixels found, at most ${MOST_PIXELS} in all expected`);
  }
  for (const layer of layers) {
    const stored = layer.data.reduce((n, part) => n + part.length, 0);
    if ((layer.width * layer.height) / 8 > stored * BEST_RATIO) {
      throw badClip(path, `damaged: ${stored} bytes found for a frame of ${layer.width}×${layer.height} pixels`);
    }
  }
  const grey = header[9] === 0 || header[9] === 4;
  return { width, height, grey, header, shared: Buffer.concat(shared), layers };
}

function layer(data: Buffer, path: string, header: Buffer): Layer {
  if (data.length !== 26)
    throw badClip(path, `damaged: a frame description of ${data.length} bytes found, of 26 expected`);
  const [width = 0, height = 0, x = 0, y = 0] = [4, 8, 12, 16].map((at) => data.readUInt32BE(at));
  if (width === 0 || height === 0 || x + width > header.readUInt32BE(0) || y + height > header.readUInt32BE(4)) {
    throw badClip(path, `damaged: a frame of ${width}×${height} at ${x}, ${y} lies outside the picture`);
  }
  const seconds = data.readUInt16BE(20) / (data.readUInt16BE(22) || 100);
  return { x, y, width, height, dispose: data[24]!, blend: data[25]!, seconds, data: [] };
}

async function* compose(
  file: Apng,
  path: string,
  frames: ArrayLike<number>,
  fit: PictureFit,
): AsyncGenerator<Uint8Array> {
  const canvas = new Uint8Array(file.width * file.height * 4);
  const wanted = new Set(Array.from(frames));
  const count = Math.max(-1, ...wanted) + 1;
  const pictures = ahead(count, DEPTH, (i) => decodeRgba(still(file, file.layers[i]!), path, file.layers[i]!));
  let t = 0;
  for await (const picture of pictures) {
    const layer = file.layers[t]!;
    // Nothing is before the first frame: to restore that is to clear.
    const before = layer.dispose === 2 && t > 0 ? canvas.slice() : undefined;
    lay(canvas, file.width, picture, layer);
    if (wanted.has(t)) yield await fitPixels(canvas.slice(), [file.height, file.width, 4], fit, path);
    if (before !== undefined) canvas.set(before);
    else if (layer.dispose !== 0) clear(canvas, file.width, layer);
    t++;
  }
}

/** A frame as a PNG file of its own. */
function still(file: Apng, layer: Layer): Buffer {
  const header = Buffer.from(file.header);
  header.writeUInt32BE(layer.width, 0);
  header.writeUInt32BE(layer.height, 4);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    file.shared,
    chunk('IDAT', Buffer.concat(layer.data)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, 'latin1');
  data.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}

/** Lays RGBA pixels on an RGBA canvas, with the arithmetic of the specification's §13.16 for those that are half seen. */
function lay(canvas: Uint8Array, stride: number, picture: Uint8Array, { x, y, width, height, blend }: Layer): void {
  for (let row = 0; row < height; row++) {
    const to = ((y + row) * stride + x) * 4;
    const from = row * width * 4;
    if (blend === 0) {
      canvas.set(picture.subarray(from, from + width * 4), to);
      continue;
    }
    for (let i = 0; i < width * 4; i += 4) {
      const over = picture[from + i + 3]! / 255;
      if (over === 0) continue;
      const under = (canvas[to + i + 3]! / 255) * (1 - over);
      const alpha = over + under;
      for (let c = 0; c < 3; c++) {
        canvas[to + i + c] = Math.round((picture[from + i + c]! * over + canvas[to + i + c]! * under) / alpha);
      }
      canvas[to + i + 3] = Math.round(alpha * 255);
    }
  }
}

function clear(canvas: Uint8Array, stride: number, { x, y, width, height }: Layer): void {
  for (let row = y; row < y + height; row++) canvas.fill(0, (row * stride + x) * 4, (row * stride + x + width) * 4);
}
