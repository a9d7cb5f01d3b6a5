import type { Random } from '../random.js';

/** Fills an array of `size` elements with the first values of a parameter. */
export type Initializer = (size: number, random: Random) => Float64Array;

/** Every element the same. */
export function constant(value: number): Initializer {
  return (size) => new Float64Array(size).fill(value);
}

/** Normal, with mean 0 and this standard deviation. */
export function normal(deviation: number): Initializer {
  return (size, random) => random.normals(new Float64Array(size)).map((v) => deviation * v);
}

/** Uniform between −bound and bound. */
export function uniform(bound: number): Initializer {
  return (size, random) => Float64Array.from({ length: size }, () => random.uniform(-bound, bound));
}
