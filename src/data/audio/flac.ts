/**
 * FLAC files (RFC 9639). A decoder of our own, because what npm has loses the last frame of some files and grows without bound
 * on damaged ones. No files, so that the browser can use it too.
 */
import { CdsvaeError } from '../../errors.js';
import { decodeFrame, FlacFault, type StreamInfo } from './flac-frame.js';
import { checkFormat, checkLength, MOST_SAMPLES, type Sound } from './sound.js';

/** Bytes of the first metadata block's content, and the type that it must be of. */
const STREAMINFO = { length: 34, type: 0 };

/** Whether a file begins as FLAC files do. */
export function isFlac(bytes: Uint8Array): boolean {
  return bytes[0] === 0x66 && bytes[1] === 0x4c && bytes[2] === 0x61 && bytes[3] === 0x43;
}

/**
 * A FLAC file; channels are averaged. The checksum of every frame is compared.
 *
 * @param file its name, for errors
 * @throws CdsvaeError `input`: not such a file, damaged, cut short, or without samples
 */
export function decodeFlac(bytes: Uint8Array, file: string): Sound {
  try {
    const { info, at } = readMetadata(bytes);
    checkFormat(info, file);
    if (info.samples > 0) checkLength(info.samples * info.channels, file);
    return { sampleRate: info.sampleRate, samples: readFrames(bytes, at, info, file) };
  } catch (cause) {
    if (!(cause instanceof FlacFault || cause instanceof RangeError)) throw cause;
    throw new CdsvaeError(
      'input',
      `${file}: FLAC that is damaged or cut short (${cause.message}); copy the file again`,
      {
        cause,
      },
    );
  }
}

function readMetadata(bytes: Uint8Array): { info: StreamInfo & { samples: number }; at: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blockAt = (at: number) => {
    if (at + 4 > bytes.length) throw new FlacFault('it ends in its metadata');
    const head = view.getUint32(at);
    return {
      last: head >>> 31 === 1,
      type: (head >>> 24) & 127,
      length: head & 0xffffff,
      next: at + 4 + (head & 0xffffff),
    };
  };
  let block = blockAt(4);
  if (
    !isFlac(bytes) ||
    block.type !== STREAMINFO.type ||
    block.length !== STREAMINFO.length ||
    block.next > bytes.length
  ) {
    throw new FlacFault('no whole STREAMINFO block');
  }
  const packed = view.getUint32(18);
  const info = {
    sampleRate: packed >>> 12,
    channels: ((packed >>> 9) & 7) + 1,
    bits: ((packed >>> 4) & 31) + 1,
    // 36 bits; 0: not known.
    samples: (packed & 15) * 2 ** 32 + view.getUint32(22),
  };
  while (!block.last) block = blockAt(block.next);
  return { info, at: block.next };
}

/** All frames, mixed down one by one, so that memory grows with what is there and not with what the header claims. */
function readFrames(
  bytes: Uint8Array,
  start: number,
  info: StreamInfo & { samples: number },
  file: string,
): Float32Array {
  const most = info.samples > 0 ? info.samples : Math.floor(MOST_SAMPLES / info.channels);
  const parts: Float32Array[] = [];
  let count = 0;
  // What follows the last sample is no business of ours: players append tags there.
  for (let at = start; at < bytes.length && count < most; ) {
    const { mono, next } = decodeFrame(bytes, at, info);
    parts.push(mono);
    count += mono.length;
    at = next;
  }
  if (count !== most && (info.samples > 0 || count > most)) throw new FlacFault(`${count} samples of ${most}`);
  checkLength(count, file);
  const samples = new Float32Array(count);
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return samples;
}
