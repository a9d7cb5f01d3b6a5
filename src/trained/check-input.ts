/** Whether what a model is given is what it takes: said here in words, and not later by the engine, or by NaN. */
import { CdsvaeError } from '../errors.js';
import type { Batch } from './batch.js';

/** What pixels may be. */
export interface PixelRange {
  readonly low: number;
  readonly high: number;
  /** What raw values are divided by to be in it. */
  readonly divisor: number;
}

/** How far pixels may be out of their range: rounding and blending put them there, bytes lie further off. */
const SLACK = 0.01;
/** The largest float32 there is. */
const MOST = 3.4028234663852886e38;

/**
 * Refuses values that a model cannot take.
 *
 * @param name what they are called in errors
 * @param rest their shape behind B: a length, or a name where any of at least 1 will do
 * @param range of pixels; none: any finite numbers
 * @throws CdsvaeError `usage`
 */
export function checkInput(name: string, x: Batch, rest: readonly (number | string)[], range?: PixelRange): void {
  if (!Array.isArray(x?.shape) || !(x.data instanceof Float32Array)) {
    const found = Array.isArray(x?.shape) ? `its data is of type ${typeName(x.data)}` : `it is of type ${typeName(x)}`;
    const how = range ? `Float32Array.from(bytes, (v) => v / ${range.divisor})` : 'Float32Array.from(numbers)';
    throw new CdsvaeError(
      'usage',
      `${name}: ${found}; { shape, data } with a Float32Array is expected, such as ${how}`,
    );
  }
  const { shape, data } = x;
  const fits =
    shape.length === rest.length + 1 &&
    shape.every((d, i) => Number.isInteger(d) && d > 0 && (typeof rest[i - 1] !== 'number' || d === rest[i - 1]));
  if (!fits || shape.reduce((a, b) => a * b, 1) !== data.length) {
    throw new CdsvaeError(
      'usage',
      `${name} has shape [${shape}] and ${data.length} values; [B, ${rest.join(', ')}] with B ≥ 1 is expected`,
    );
  }
  const low = range ? range.low - SLACK : -MOST;
  const high = range ? range.high + SLACK : MOST;
  for (let i = 0; i < data.length; i++) {
    // NaN is neither.
    if (!(data[i]! >= low && data[i]! <= high)) throw badValue(name, data, i, range);
  }
}

function badValue(name: string, data: Float32Array, i: number, range: PixelRange | undefined): CdsvaeError {
  const value = data[i]!;
  const expected = range && Number.isFinite(value) ? `values from ${range.low} to ${range.high}` : 'finite numbers';
  const advice = range && value > range.high && Number.isFinite(value) ? `; divide raw ones by ${range.divisor}` : '';
  return new CdsvaeError('usage', `${name}: ${value} found at place ${i} of its data, ${expected} expected${advice}`);
}

function typeName(value: unknown): string {
  return typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'object') : typeof value;
}
