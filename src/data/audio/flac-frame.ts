/** One frame of a FLAC file: RFC 9639, section 9. Samples are doubles, which hold every sum that can arise exactly. */
import { BitReader } from './bit-reader.js';

/** What a frame may leave to the head of the file. */
export interface StreamInfo {
  readonly sampleRate: number;
  readonly channels: number;
  /** Bits of a sample. */
  readonly bits: number;
}

/** What is wrong with a file, in a few words. */
export class FlacFault extends Error {}

/** Bits of a sample by their code; 0: as in the head of the file. */
const BITS = [0, 8, 12, undefined, 16, 20, 24, 32] as const;
/** Codes of pairs of channels of which one is a difference. */
const LEFT_SIDE = 8;
const SIDE_RIGHT = 9;
const MID_SIDE = 10;
/** Coefficients of the predictors that need none sent: differences of order 0 to 4. */
const FIXED = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]] as const;

/**
 * Decodes the frame that begins at a byte.
 *
 * @returns the mean of its channels, from −1 to 1, and where the next frame begins
 * @throws FlacFault where it is damaged, RangeError where it is cut short
 */
export function decodeFrame(bytes: Uint8Array, start: number, info: StreamInfo): { mono: Float32Array; next: number } {
  const reader = new BitReader(bytes, start);
  const { size, assignment, bits } = readHeader(reader, start, info);
  const count = assignment < LEFT_SIDE ? assignment + 1 : 2;
  if (count !== info.channels || bits !== info.bits) throw new FlacFault('the number of channels or bits changes');
  const side = assignment === LEFT_SIDE || assignment === MID_SIDE ? 1 : assignment === SIDE_RIGHT ? 0 : undefined;
  const channels = Array.from({ length: count }, (_, c) => readSubframe(reader, size, bits + (c === side ? 1 : 0)));
  reader.align();
  if (crc16(bytes, start, reader.at) !== reader.unsigned(16)) throw new FlacFault('the checksum of a frame is wrong');
  return { mono: mixFrame(channels, assignment, bits), next: reader.at };
}

function readHeader(reader: BitReader, start: number, info: StreamInfo) {
  // Sync code, a reserved 0, and whether blocks vary in size, which makes no difference here.
  if (reader.unsigned(15) !== 0b111111111111100) throw new FlacFault('no frame where one is expected');
  reader.unsigned(1);
  const sizeCode = reader.unsigned(4);
  const rateCode = reader.unsigned(4);
  const assignment = reader.unsigned(4);
  const bits = BITS[reader.unsigned(3)];
  reader.unsigned(1);
  // The number of the frame or sample, in the manner of UTF-8: the first byte says how many follow.
  const first = reader.unsigned(8);
  const following = first < 0x80 ? 0 : Math.clz32(~(first << 24)) - 1;
  if ((first >= 0x80 && following < 1) || following > 6) throw new FlacFault('the number of a frame is wrong');
  reader.unsigned(8 * Math.min(following, 4));
  reader.unsigned(8 * Math.max(following - 4, 0));
  const size = blockSize(sizeCode, reader);
  if (rateCode >= 12) reader.unsigned(rateCode === 12 ? 8 : 16);
  if (crc8(reader.bytes, start, reader.at) !== reader.unsigned(8))
    throw new FlacFault('the checksum of a head is wrong');
  if (bits === undefined || rateCode === 15 || assignment > MID_SIDE) throw new FlacFault('a frame of an unknown form');
  return { size, assignment, bits: bits === 0 ? info.bits : bits };
}

/** Samples of a block by code. */
function blockSize(code: number, reader: BitReader): number {
  if (code === 0) throw new FlacFault('a frame of an unknown form');
  if (code === 1) return 192;
  if (code <= 5) return 576 << (code - 2);
  return code <= 7 ? reader.unsigned(code === 6 ? 8 : 16) + 1 : 256 << (code - 8);
}

function readSubframe(reader: BitReader, size: number, frameBits: number): Float64Array {
  if (reader.unsigned(1) !== 0) throw new FlacFault('a subframe of an unknown form');
  const type = reader.unsigned(6);
  const wasted = reader.unsigned(1) === 1 ? reader.zeros() + 1 : 0;
  const bits = frameBits - wasted;
  if (bits < 1) throw new FlacFault('a subframe without bits');
  const out = new Float64Array(size);
  if (type === 0) out.fill(reader.signed(bits));
  else if (type === 1) for (let i = 0; i < size; i++) out[i] = reader.signed(bits);
  else if (type >= 8 && type <= 12) readPredicted(reader, out, bits, type - 8);
  else if (type >= 32) readPredicted(reader, out, bits, type - 31, true);
  else throw new FlacFault('a subframe of an unknown form');
  if (wasted > 0) for (let i = 0; i < size; i++) out[i]! *= 2 ** wasted;
  return out;
}

/** First samples, a linear predictor of the others, and what it missed by. */
function readPredicted(reader: BitReader, out: Float64Array, bits: number, order: number, linear = false): void {
  if (order > out.length) throw new FlacFault('a predictor longer than its block');
  for (let i = 0; i < order; i++) out[i] = reader.signed(bits);
  let shift = 0;
  let coefficients: readonly number[] = linear ? [] : FIXED[order]!;
  if (linear) {
    const precision = reader.unsigned(4) + 1;
    shift = reader.signed(5);
    if (precision === 16 || shift < 0) throw new FlacFault('a predictor of an unknown form');
    coefficients = Array.from({ length: order }, () => reader.signed(precision));
  }
  readResidual(reader, out, order);
  const scale = 2 ** shift;
  for (let i = order; i < out.length; i++) {
    let sum = 0;
    for (let k = 0; k < order; k++) sum += coefficients[k]! * out[i - 1 - k]!;
    out[i]! += Math.floor(sum / scale);
  }
}

/** Rice codes, in partitions with a parameter each. */
function readResidual(reader: BitReader, out: Float64Array, order: number): void {
  const method = reader.unsigned(2);
  if (method > 1) throw new FlacFault('a residual of an unknown form');
  const parameterBits = method === 0 ? 4 : 5;
  const escaped = 2 ** parameterBits - 1;
  const partitions = 2 ** reader.unsigned(4);
  const length = out.length / partitions;
  if (!Number.isInteger(length) || length < order) throw new FlacFault('partitions that do not fill a block');
  for (let p = 0; p < partitions; p++) {
    const parameter = reader.unsigned(parameterBits);
    const raw = parameter === escaped ? reader.unsigned(5) : undefined;
    for (let i = p === 0 ? order : p * length; i < (p + 1) * length; i++) {
      if (raw !== undefined) out[i] = raw === 0 ? 0 : reader.signed(raw);
      else {
        const code = reader.zeros() * 2 ** parameter + reader.unsigned(parameter);
        out[i] = code % 2 === 0 ? code / 2 : -(code + 1) / 2;
      }
    }
  }
}

/** The mean of the channels; of a pair with a difference it follows from the two that were sent. */
function mixFrame(channels: readonly Float64Array[], assignment: number, bits: number): Float32Array {
  const [a, b] = channels as [Float64Array, Float64Array];
  const scale = 2 ** (bits - 1);
  return Float32Array.from(a, (_, i) => {
    // Left and side = left − right; side and right; mid = floor of the mean and side, whose lowest bit is the sum's.
    if (assignment === LEFT_SIDE) return (a[i]! - b[i]! / 2) / scale;
    if (assignment === SIDE_RIGHT) return (b[i]! + a[i]! / 2) / scale;
    if (assignment === MID_SIDE) return (a[i]! + (Math.abs(b[i]!) % 2) / 2) / scale;
    let sum = 0;
    for (const channel of channels) sum += channel[i]!;
    return sum / channels.length / scale;
  });
}

const CRC8 = crcTable(8, 0x07);
const CRC16 = crcTable(16, 0x8005);

function crcTable(width: number, polynomial: number): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << (width - 8);
    for (let k = 0; k < 8; k++) crc = (crc << 1) ^ ((crc >> (width - 1)) & 1 ? polynomial : 0);
    return crc & (2 ** width - 1);
  });
}

function crc8(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = CRC8[crc ^ bytes[i]!]!;
  return crc;
}

function crc16(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = ((crc << 8) & 0xffff) ^ CRC16[(crc >> 8) ^ bytes[i]!]!;
  return crc;
}
