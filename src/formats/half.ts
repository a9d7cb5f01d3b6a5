/**
 * Half precision (IEEE 754 binary16): 1 bit of sign, 5 of exponent, 10 of fraction; magnitudes from 6e-8 to 65504. Node 20 has no
 * array of them, so they are kept as their bits.
 */

/** Half-precision numbers, each as its 16 bits. */
export class HalfBits extends Uint16Array {}

const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

/** The nearest half-precision numbers, of two as near the even one; what is too large becomes infinite. */
export function toHalf(values: Float32Array): HalfBits {
  return HalfBits.from(values, nearestHalf) as HalfBits;
}

/** The same numbers in single precision, all of them exactly. */
export function fromHalf(halves: HalfBits): Float32Array {
  return Float32Array.from(halves, widen);
}

function nearestHalf(value: number): number {
  FLOAT[0] = value;
  const sign = (BITS[0]! >>> 16) & 0x8000;
  const magnitude = Math.abs(FLOAT[0]!);
  if (Number.isNaN(magnitude)) return sign | 0x7e00;
  // Half of the step above 65504 and more.
  if (magnitude >= 65520) return sign | 0x7c00;
  // Below 2^-14 numbers are 2^-24 apart, and their bits count the steps.
  if (magnitude < 2 ** -14) return sign | roundToEven(magnitude * 2 ** 24);
  const exponent = ((BITS[0]! >>> 23) & 0xff) - 127;
  // A fraction that rounds up to 2 carries into the exponent, as it should.
  return sign | (((exponent + 15) << 10) + roundToEven((magnitude / 2 ** exponent - 1) * 1024));
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

function widen(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
