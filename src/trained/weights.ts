/** `weights.safetensors`: a model's arrays as a PyTorch state dict, given and taken. */
import { CdsvaeError, nearest } from '../errors.js';
import { fromHalf, HalfBits, toHalf } from '../formats/half.js';
import { decodeSafetensors, type NamedTensor, safetensorsParts } from '../formats/safetensors.js';
import type { ModelConfig } from '../model/index.js';
import { modelArrays, type Weights } from './graphs.js';

/** PyTorch counts the batches that a norm has seen, and with `strict=True` wants the count; nothing depends on it. */
const BATCH_COUNT = '.num_batches_tracked';
const RUNNING_MEAN = '.running_mean';

/**
 * A model's arrays as the pieces of a safetensors file that PyTorch's `load_state_dict(strict=True)` takes.
 *
 * @param steps training steps done, which each norm's `num_batches_tracked` says
 * @param half in half precision: float16
 * @throws CdsvaeError `input` when arrays are missing, unknown, of another shape, not finite, or too large for half precision
 */
export function encodeWeights(model: ModelConfig, weights: Weights, steps: number, half = false): Uint8Array[] {
  const tensors = new Map<string, NamedTensor>();
  for (const [name, { shape, data }] of checkWeights(model, weights, 'weights')) {
    tensors.set(name, { shape, data: half ? halved(name, data) : data });
    if (name.endsWith(RUNNING_MEAN)) {
      const count = name.slice(0, -RUNNING_MEAN.length) + BATCH_COUNT;
      tensors.set(count, { shape: [], data: BigInt64Array.of(BigInt(steps)) });
    }
  }
  return safetensorsParts(tensors, { format: 'pt' });
}

/** An array in half precision. @throws CdsvaeError `input` where a number is too large for it */
export function halved(name: string, data: Float32Array): HalfBits {
  const large = data.find((v) => Math.abs(v) >= 65520);
  if (large !== undefined) throw new CdsvaeError('input', `"${name}" holds ${large}; half precision ends at 65504`);
  return toHalf(data);
}

/** Values of an array of a weights file as float32; `undefined` where it is none of numbers with a fraction. */
export function floatsOf(data: NamedTensor['data']): Float32Array | undefined {
  if (data instanceof Float32Array) return data;
  if (data instanceof HalfBits) return fromHalf(data);
  return data instanceof Float64Array ? Float32Array.from(data) : undefined;
}

/**
 * Reads a model's arrays from a safetensors file, ours or one that PyTorch saved from a state dict (float32; float16, which float32
 * holds exactly; or float64, which is rounded).
 *
 * @param bytes the whole file
 * @param source names the file in errors
 * @throws CdsvaeError `input` when the file is damaged, or an array is missing, unknown, of another shape or not finite
 *
 * @example
 * const weights = loadWeights(config, await readFile('weights.safetensors'), 'weights.safetensors');
 * const model = await createModel(config, weights, createSession);
 */
export function loadWeights(model: ModelConfig, bytes: Uint8Array, source = 'weights'): Weights {
  return checkWeights(model, decodeSafetensors(bytes, source).tensors, source);
}

/** The arrays of a model, in its own order. */
function checkWeights(
  model: ModelConfig,
  found: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: NamedTensor['data'] }>,
  source: string,
): Weights {
  const specs = modelArrays(model);
  const names = specs.map((s) => s.name);
  const counts = new Set(
    names.filter((n) => n.endsWith(RUNNING_MEAN)).map((n) => n.slice(0, -RUNNING_MEAN.length) + BATCH_COUNT),
  );
  const fail = (what: string): never => {
    throw new CdsvaeError('input', `${source}: ${what}`);
  };
  const known = new Set(names);
  for (const name of found.keys()) {
    if (!known.has(name) && !counts.has(name)) fail(`"${name}" is no array of this model; ${nearest(name, names)}`);
  }
  const missing = specs.filter((s) => !found.has(s.name));
  if (missing.length > 0) {
    const others = missing.length > 1 ? `, nor ${missing.length - 1} others` : '';
    fail(`no "${missing[0]!.name}"${others}; an array of shape [${missing[0]!.shape}] is expected`);
  }
  return new Map(
    specs.map(({ name, shape }) => {
      const tensor = found.get(name)!;
      if (tensor.shape.join() !== shape.join()) {
        fail(`"${name}" has shape [${tensor.shape}]; [${shape}] is expected`);
      }
      const values = floatsOf(tensor.data);
      if (values === undefined) {
        return fail(
          `"${name}" holds values of ${tensor.data.constructor.name}; float32, float16 or float64 is expected`,
        );
      }
      const bad = values.findIndex((v) => !Number.isFinite(v));
      if (bad >= 0) fail(`"${name}" holds ${values[bad]} at ${bad}; finite numbers are expected`);
      return [name, { shape, data: values }];
    }),
  );
}
