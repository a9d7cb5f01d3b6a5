import type { Animation } from '../../../browser.js';
import { imageOf } from '../rgba.js';

/**
 * An animation as a WebP that plays for ever. The browser encodes the frames; this puts them into one file (RFC 9649, section
 * 2.7: VP8X, ANIM and ANMF chunks).
 *
 * @param delay of a frame, in ms
 * @throws where the browser cannot write WebP (Safari)
 */
export async function encodeWebp(
  { width, height, frames }: Animation,
  delay: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d')!;
  const pictures: Uint8Array[] = [];
  for (const frame of frames) {
    context.putImageData(imageOf(frame, width, height), 0, 0);
    // Quality 1 is lossless where the browser has that.
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 1 });
    if (blob.type !== 'image/webp') throw new Error('this browser cannot write WebP; save a GIF instead');
    pictures.push(pictureChunks(new Uint8Array(await blob.arrayBuffer())));
  }
  return joinWebp(width, height, pictures, delay);
}

/** @param pictures the `VP8 ` or `VP8L` chunk of each frame, with ALPH before it where there is one */
function joinWebp(
  width: number,
  height: number,
  pictures: readonly Uint8Array[],
  delay: number,
): Uint8Array<ArrayBuffer> {
  const size = [...int24(width - 1), ...int24(height - 1)];
  const body = [
    chunk('VP8X', Uint8Array.from([0b10, 0, 0, 0, ...size])),
    // White background, for ever.
    chunk('ANIM', Uint8Array.from([255, 255, 255, 255, 0, 0])),
    ...pictures.map((picture) =>
      chunk('ANMF', concat([Uint8Array.from([0, 0, 0, 0, 0, 0, ...size, ...int24(delay), 0b10]), picture])),
    ),
  ];
  return chunk('RIFF', concat([ascii('WEBP'), ...body]));
}

/** The chunks of a still WebP that hold its picture. */
function pictureChunks(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const kept: Uint8Array[] = [];
  for (let at = 12; at + 8 <= file.length; ) {
    const name = String.fromCharCode(...file.subarray(at, at + 4));
    const length = view.getUint32(at + 4, true);
    const end = at + 8 + length + (length & 1);
    if (name === 'VP8 ' || name === 'VP8L' || name === 'ALPH') kept.push(file.subarray(at, end));
    at = end;
  }
  return concat(kept);
}

function chunk(name: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(8 + content.length + (content.length & 1));
  out.set(ascii(name));
  new DataView(out.buffer).setUint32(4, content.length, true);
  out.set(content, 8);
  return out;
}

function int24(n: number): number[] {
  return [n & 255, (n >> 8) & 255, (n >> 16) & 255];
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
