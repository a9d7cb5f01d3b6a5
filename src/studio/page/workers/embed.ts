import { UMAP } from 'umap-js';
import { Random } from '../../../random.js';
import type { Embedding } from './tools-calls.js';

/**
 * Places in the plane for rows of values, the same ones every time.
 *
 * @param values `[count, d]`
 * @returns `[count, 2]`
 */
export function embed(values: Float32Array, count: number, method: Embedding): Float32Array {
  return method === 'pca' || count < 5 ? principal(values, count) : neighbours(values, count);
}

/** McInnes, Healy and Melville, "UMAP", 2018. */
function neighbours(values: Float32Array, count: number): Float32Array {
  const width = values.length / count;
  const random = Random.of(0, 'umap');
  const umap = new UMAP({
    nNeighbors: Math.min(15, count - 1),
    minDist: 0.1,
    random: () => random.uniform(),
  });
  const rows = Array.from({ length: count }, (_, i) => [...values.subarray(i * width, (i + 1) * width)]);
  return Float32Array.from(umap.fit(rows).flat());
}

/** The two directions of greatest variance, by power iteration on centred rows, the second one kept at right angles to the first. */
function principal(values: Float32Array, count: number): Float32Array {
  const width = values.length / count;
  const centred = Float64Array.from(values);
  for (let j = 0; j < width; j++) {
    let mean = 0;
    for (let i = 0; i < count; i++) mean += centred[i * width + j]! / count;
    for (let i = 0; i < count; i++) centred[i * width + j]! -= mean;
  }
  const out = new Float32Array(count * 2);
  const random = Random.of(0, 'principal');
  for (const k of [0, 1]) {
    let direction = Float64Array.from({ length: width }, () => random.normal());
    let scores = new Float64Array(count);
    for (let iteration = 0; iteration < 100; iteration++) {
      scores = centred.reduce((sums, v, at) => {
        sums[Math.floor(at / width)]! += v * direction[at % width]!;
        return sums;
      }, new Float64Array(count));
      const next = new Float64Array(width);
      for (let i = 0; i < count; i++) for (let j = 0; j < width; j++) next[j]! += centred[i * width + j]! * scores[i]!;
      const norm = Math.hypot(...next);
      if (norm === 0) break;
      const moved = next.reduce((m, v, j) => Math.max(m, Math.abs(v / norm - direction[j]!)), 0);
      direction = next.map((v) => v / norm);
      if (moved < 1e-9) break;
    }
    for (let i = 0; i < count; i++) {
      let score = 0;
      for (let j = 0; j < width; j++) score += centred[i * width + j]! * direction[j]!;
      out[2 * i + k] = score;
      // What is left has no part in this direction.
      for (let j = 0; j < width; j++) centred[i * width + j]! -= score * direction[j]!;
    }
  }
  return out;
}
