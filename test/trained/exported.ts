import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NamedTensor } from '../../src/formats/safetensors.js';
import type { ModelExport } from '../../src/trained/export.js';
import type { Weights } from '../../src/trained/graphs.js';
import type { Batch } from '../../src/trained/model.js';
import { type Fixture, group } from '../model/fixture.js';

/** The weights of a fixture, as PyTorch's state dict has them but for `num_batches_tracked`. */
export function fixtureWeights(f: Fixture): Weights {
  const all = [...group(f, 'weights'), ...group(f, 'buffers')];
  return new Map(
    all
      .filter(([name]) => !name.endsWith('num_batches_tracked'))
      .map(([name, t]) => [name, { shape: t.shape, data: floats(t) }]),
  );
}

/** A fixture as a model to be exported. */
export function fixtureExport(f: Fixture): ModelExport {
  const { frame } = f.model;
  const kind = frame.kind === 'video' ? 'video' : 'array';
  return {
    config: f.model,
    weights: fixtureWeights(f),
    steps: 7,
    data: { name: f.name, kind, divisor: frame.kind === 'video' ? 255 : 1, range: [0, 1], factors: [] },
  };
}

/** The fixture's batch as values: video divided by 255. */
export function fixtureBatch(f: Fixture): Batch {
  const x = f.tensors.get('x')!;
  const divisor = f.model.frame.kind === 'video' ? 255 : 1;
  return { shape: x.shape, data: Float32Array.from(x.data as Uint8Array, (v) => v / divisor) };
}

/** The first `count` sequences of a batch, from the beginning again where there are not as many. */
export function take(x: Batch, count: number): Batch {
  const size = x.data.length / x.shape[0]!;
  const data = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    const from = i % x.shape[0]!;
    data.set(x.data.subarray(from * size, (from + 1) * size), i * size);
  }
  return { shape: [count, ...x.shape.slice(1)], data };
}

export function floats(t: NamedTensor): Float32Array {
  return Float32Array.from(t.data as Float64Array, Number);
}

/** Largest difference of two arrays, relative to the larger of 1 and the expected value. */
export function worst(found: ArrayLike<number>, expected: ArrayLike<number | bigint>): number {
  if (found.length < expected.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const e = Number(expected[i]);
    largest = Math.max(largest, Math.abs(found[i]! - e) / Math.max(1, Math.abs(e)));
  }
  return largest;
}

/** A folder that is gone after `use`. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'cdsvae-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
