import { CdsvaeError } from '../../errors.js';
import { checkFormat, checkLength, mixDown, type Sound } from './sound.js';

const MAGIC = 'NIST_1A\n';
/** Headers are 1024 bytes as a rule; more than this is not one. */
const LONGEST_HEADER = 1 << 20;

/** Whether a file begins as NIST SPHERE files do. */
export function isSphere(bytes: Uint8Array): boolean {
  return ascii(bytes, 0, MAGIC.length) === MAGIC;
}

/**
 * A NIST SPHERE file, the form of TIMIT's `.WAV` files: a text header of `name -type value` lines, then PCM samples of 2 to 4
 * bytes in either order; channels are averaged. (NIST Speech Header Resources 2.7.)
 *
 * @param file its name, for errors
 * @throws CdsvaeError `input`: not such a file, compressed with shorten or otherwise, cut short, or without samples
 */
export function decodeSphere(bytes: Uint8Array, file: string): Sound {
  if (!isSphere(bytes)) throw new CdsvaeError('input', `${file}: not a NIST SPHERE file`);
  const headerLength = Number(ascii(bytes, MAGIC.length, 8));
  if (!Number.isInteger(headerLength) || headerLength < 16 || headerLength > Math.min(bytes.length, LONGEST_HEADER)) {
    throw new CdsvaeError('input', `${file}: a SPHERE header cut short or damaged; copy the file again`);
  }
  const fields = parseHeader(ascii(bytes, 16, headerLength - 16), file);
  const number = (name: string, fallback?: number): number => {
    const value = fields.get(name) === undefined ? fallback : Number(fields.get(name));
    if (value === undefined || !Number.isInteger(value) || value < 0) {
      throw new CdsvaeError('input', `${file}: ${name} ${fields.get(name) ?? 'not'} found, a whole number expected`);
    }
    return value;
  };
  checkCoding(fields.get('sample_coding') ?? 'pcm', file);
  const size = number('sample_n_bytes', 2);
  const format = { sampleRate: number('sample_rate'), channels: number('channel_count', 1) };
  checkFormat(format, file);
  const order = fields.get('sample_byte_format') ?? '01';
  const little = order === [...'0123'].slice(0, size).join('');
  if (!(size >= 2 && size <= 4) || !(little || order === [...'3210'].slice(4 - size).join(''))) {
    throw new CdsvaeError(
      'input',
      `${file}: samples of ${size} bytes in order "${order}" found; 2 to 4 bytes, "01" or "10" and so on, expected`,
    );
  }
  const stored = Math.floor((bytes.length - headerLength) / (size * format.channels));
  const frames = number('sample_count', stored);
  if (frames > stored) {
    throw new CdsvaeError(
      'input',
      `${file}: ${stored} samples found, ${frames} expected; the file is cut short: copy it again`,
    );
  }
  checkLength(frames * format.channels, file);
  const scale = 2 ** (8 * size - 1);
  const read = (i: number) => {
    const at = headerLength + i * size;
    let value = (bytes[little ? at + size - 1 : at]! << 24) >> 24;
    for (let k = 1; k < size; k++) value = value * 256 + bytes[little ? at + size - 1 - k : at + k]!;
    return value / scale;
  };
  return mixDown(format, frames, read, file);
}

function parseHeader(text: string, file: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line.trim() === 'end_head') return fields;
    const match = /^(\S+) -(?:i|r|s\d+) (.*)$/.exec(line.trimEnd());
    if (match) fields.set(match[1]!, match[2]!.trim());
  }
  throw new CdsvaeError('input', `${file}: a SPHERE header without end_head found; copy the file again`);
}

function checkCoding(coding: string, file: string): void {
  if (coding === 'pcm') return;
  const shorten = coding.includes('shorten');
  throw new CdsvaeError(
    'input',
    `${file}: samples compressed ${shorten ? 'with shorten' : `as "${coding}"`} found, plain PCM expected; ` +
      `convert it with NIST's ${shorten ? 'w_decode -o pcm' : 'sph2pipe -f wav'}`,
  );
}

function ascii(bytes: Uint8Array, at: number, length: number): string {
  return new TextDecoder('latin1').decode(bytes.subarray(at, at + length));
}
