import { concat, reshape, type Tensor } from '../../../graph/index.js';
import { type NormMode, normParameters, type ParameterSource, scoped } from '../../../nn/index.js';
import type { CoderConfig, FrameShape } from '../../config.js';
import { decoderWeights, encoderWeights, lastWeights, zeros } from '../../initialization.js';
import type { FrameCoder } from '../coder.js';
import { pooledFeatures, pooledPart } from '../pooling.js';
import { decoderChannels, stageChannels, stages } from '../stages.js';
import { chunkCount, type Images, rechunk } from './chunks.js';
import { firstConvolution } from './first-convolution.js';
import { biasedLayer, normalizedLayer } from './layer.js';
import {
  convolution,
  fewestImages,
  type LinearMap,
  largestArray,
  mapToVector,
  transposedConvolution,
  vectorToMap,
} from './linear-map.js';
import { sameConvolution } from './same-convolution.js';

/** Bytes that the largest array of a layer has in a chunk: what stays in a core's share of the cache. */
const CHUNK_BYTES = 4 * 2 ** 20;

/**
 * The frame coder of {@link referenceCoder} for speed: the same parameters, the same results to rounding, pixels as rows and
 * every convolution a matrix product.
 *
 * @param chunkBytes what the largest array of a layer has in a chunk; default: what is fastest
 */
export function fastCoder(
  config: CoderConfig,
  frame: Extract<FrameShape, { kind: 'video' }>,
  chunkBytes?: number,
): FrameCoder {
  const n = stages(frame.size);
  const channels = (k: number) => stageChannels(config.width, k);
  // [O, I, kh, kw] as [kh, kw, I, O], and [I, O, kh, kw] as [kh, kw, O, I]: channels of the smaller image last.
  const kernel = (p: ParameterSource, name: string, inputs: number, outputs: number, side = 4) =>
    p.parameter(`${name}.weight`, {
      shape: [outputs, inputs, side, side],
      order: [2, 3, 1, 0],
      initializer: encoderWeights(config, inputs * side ** 2),
    });
  const transposedKernel = (p: ParameterSource, k: number, inputs: number, outputs: number) =>
    p.parameter(`deconv${k}.weight`, {
      shape: [inputs, outputs, 4, 4],
      order: [2, 3, 1, 0],
      initializer: k > n ? lastWeights(config) : decoderWeights,
    });
  /** Images in chunks for a layer between large images of so many pixels and channels and small ones. */
  const cut = (images: Images, size: number, large: number, small: number) => {
    const bytes = 4 * largestArray(size, large, small);
    return rechunk(images, bytes, chunkBytes ?? Math.max(CHUNK_BYTES, bytes * fewestImages(size, large, small)));
  };
  const pool = (p: ParameterSource, images: Images, outputs: number, mode: NormMode) => {
    const { count, size } = images;
    const inputs = images.chunks[0]!.shape[1]!;
    const norm = scoped(p, 'norm1');
    const weights = kernel(p, 'conv', inputs, inputs, 3);
    const map = sameConvolution(images);
    const found = normalizedLayer(norm, map, weights, mode, normParameters(norm, inputs), 'leaky');
    return pooledFeatures(p, config, reshape(concat(found, 0), [count, size ** 2, inputs]), 1, outputs, mode);
  };
  return {
    encode(p: ParameterSource, frames: Tensor, mode: NormMode): Tensor {
      const count = frames.shape[0]!;
      const part = pooledPart(config, n);
      const found: Tensor[] = [];
      let images: Images | undefined;
      for (let k = 1; k <= n; k++) {
        const size = frame.size / 2 ** (k - 1);
        const inputs = k === 1 ? frame.channels : channels(k - 1);
        const map = images
          ? convolution(cut(images, size, inputs, channels(k)), channels(k))
          : firstConvolution(
              frames,
              chunkCount(count, 4 * largestArray(size, inputs, channels(k)), chunkBytes ?? CHUNK_BYTES),
            );
        const weights = kernel(p, `conv${k}`, inputs, channels(k));
        const norm = scoped(p, `norm${k}`);
        const chunks = normalizedLayer(norm, map, weights, mode, normParameters(norm, channels(k)), 'leaky');
        images = { chunks, size: size / 2, count };
        if (k === part?.stage) found.push(pool(scoped(p, 'pooled'), images, part.pooled, mode));
      }
      const dense = part?.dense ?? config.features;
      const map = mapToVector(rechunk(images!, 1, Number.POSITIVE_INFINITY));
      const weights = kernel(p, `conv${n + 1}`, channels(n), dense);
      const norm = scoped(p, `norm${n + 1}`);
      const [whole] = normalizedLayer(norm, map, weights, mode, normParameters(norm, dense), 'tanh');
      return concat([whole!, ...found], 1);
    },

    decode(p: ParameterSource, latents: Tensor, mode: NormMode): Tensor {
      const [count, dimensions] = latents.shape as [number, number];
      const layer = (k: number, map: LinearMap, weights: Tensor, outputs: number) => {
        const norm = scoped(p, `norm${k}`);
        return normalizedLayer(norm, map, weights, mode, normParameters(norm, outputs), 'leaky');
      };
      const channels = (k: number) => decoderChannels(config, k);
      const first = transposedKernel(p, 1, dimensions, channels(n));
      let images: Images = { chunks: layer(1, vectorToMap(latents), first, channels(n)), size: 4, count };
      for (let k = 2; k <= n + 1; k++) {
        const inputs = channels(n + 2 - k);
        const outputs = k > n ? frame.channels : channels(n + 1 - k);
        const size = images.size * 2;
        const map = transposedConvolution(cut(images, size, outputs, inputs), outputs);
        const weights = transposedKernel(p, k, inputs, outputs);
        const chunks =
          k > n
            ? biasedLayer(map, weights, p.parameter(`deconv${k}.bias`, { shape: [outputs], initializer: zeros }))
            : layer(k, map, weights, outputs);
        images = { chunks, size, count };
      }
      return reshape(concat(images.chunks, 0), [count, frame.size, frame.size, frame.channels]);
    },
  };
}
