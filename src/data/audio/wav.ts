import { CdsvaeError } from '../../errors.js';
import { checkFormat, checkLength, mixDown, type Sound } from './sound.js';

/** Codecs of WAVE files by number, of those that people meet. */
const CODECS: Readonly<Record<number, string>> = {
  2: 'Microsoft ADPCM',
  6: 'A-law',
  7: 'µ-law',
  17: 'IMA ADPCM',
  49: 'GSM 6.10',
  80: 'MPEG',
  85: 'MP3',
};
const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
/** What programs write as a length when they cannot go back to fill it in. */
const UNKNOWN = 0xffffffff;

type Reader = (view: DataView, at: number) => number;

/** How samples of so many bits become numbers from −1 to 1. 8 bits have no sign, all others do. */
const READERS: Readonly<Record<string, Reader>> = {
  'integer 8': (v, at) => (v.getUint8(at) - 128) / 128,
  'integer 16': (v, at) => v.getInt16(at, true) / 32768,
  'integer 24': (v, at) => ((v.getInt8(at + 2) << 16) | v.getUint16(at, true)) / 8388608,
  'integer 32': (v, at) => v.getInt32(at, true) / 2147483648,
  'float 32': (v, at) => v.getFloat32(at, true),
  'float 64': (v, at) => v.getFloat64(at, true),
};

/** Whether a file begins as RIFF WAVE files do. */
export function isWav(bytes: Uint8Array): boolean {
  return tag(bytes, 0) === 'RIFF' && tag(bytes, 8) === 'WAVE';
}

/**
 * A WAVE file (Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0", 1991, and
 * WAVEFORMATEXTENSIBLE): integers of 8, 16, 24 or 32 bits, floating point of 32 or 64; channels are averaged.
 *
 * @param file its name, for errors
 * @throws CdsvaeError `input`: not such a file, compressed, cut short, without samples, or with a number that is not finite
 */
export function decodeWav(bytes: Uint8Array, file: string): Sound {
  if (!isWav(bytes)) throw new CdsvaeError('input', `${file}: not a RIFF WAVE file`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: ReturnType<typeof parseFormat> | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = tag(bytes, at);
    const stated = view.getUint32(at + 4, true);
    const start = at + 8;
    const left = bytes.length - start;
    if (name === 'fmt ') {
      if (stated < 16 || stated > left) throw cut(file, `a "fmt " chunk of ${stated} bytes with ${left} left`);
      format = parseFormat(view, start, stated, file);
    } else if (name === 'data') {
      if (!format) throw new CdsvaeError('input', `${file}: samples found before their format; save it again`);
      const length = stated === UNKNOWN ? left : stated;
      if (length > left) throw cut(file, `${left} bytes of samples`, `${length}`);
      const { read, size, channels } = format;
      const frames = Math.floor(length / (size * channels));
      checkLength(frames * channels, file);
      return mixDown(format, frames, (i) => read(view, start + i * size), file);
    } else if (stated > left) {
      throw cut(file, `a "${name.replace(/[^ -~]/g, '?')}" chunk of ${stated} bytes with ${left} left`);
    }
    at = start + stated + (stated % 2);
  }
  throw cut(file, 'no chunk of samples');
}

function parseFormat(view: DataView, at: number, length: number, file: string) {
  let codec = view.getUint16(at, true);
  if (codec === EXTENSIBLE && length >= 40) codec = view.getUint16(at + 24, true);
  const channels = view.getUint16(at + 2, true);
  const sampleRate = view.getUint32(at + 4, true);
  const block = view.getUint16(at + 12, true);
  const bits = view.getUint16(at + 14, true);
  if (codec !== PCM && codec !== FLOAT) {
    const found = CODECS[codec] ?? `codec ${codec}`;
    throw new CdsvaeError('input', `${file}: samples compressed as ${found} found, PCM or float expected; convert it`);
  }
  checkFormat({ sampleRate, channels }, file);
  const kind = `${codec === FLOAT ? 'float' : 'integer'} ${8 * Math.ceil(bits / 8)}`;
  const read = READERS[kind];
  const size = Math.ceil(bits / 8);
  if (!read || block !== size * channels) {
    throw new CdsvaeError(
      'input',
      `${file}: samples of ${bits} bits${codec === FLOAT ? ' (float)' : ''} in blocks of ${block} bytes for ${channels} ` +
        'channels found; integers of 8, 16, 24 or 32 bits or floats of 32 or 64 expected',
    );
  }
  return { sampleRate, channels, size, read };
}

function tag(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function cut(file: string, found: string, expected?: string): CdsvaeError {
  const wanted = expected === undefined ? '' : `, ${expected} expected`;
  return new CdsvaeError('input', `${file}: ${found} found${wanted}; the file is cut short or damaged: copy it again`);
}
