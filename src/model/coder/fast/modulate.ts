import { add, concat, mul, split, square, sum, type Tensor } from '../../../graph/index.js';
import type { Affine, NormMode, ParameterSource } from '../../../nn/index.js';
import { type Activation, activate, slope } from './activation.js';
import { batchStatistics } from './batch-statistics.js';
import { ImageRows } from './image-rows.js';
import { type Normalized, runningAffine } from './normalize.js';

/**
 * {@link normalize} with a scale and a shift for each image n of N:
 *
 *   d = y − μ,  σ² = mean(d²),  aₙ = wₙ/√(σ² + ε),  u = aₙ·d + bₙ,  out = act(u)
 *
 * With g = ∂L/∂u and sums Σₙ over the pixels of an image:  ∂L/∂bₙ = Σₙ g,  ∂L/∂wₙ = Σₙ g·d / √(σ² + ε),
 *
 *   ∂L/∂y = aₙ·g − (1/M) Σ aₙ·Σₙ g − d · (Σ aₙ·Σₙ g·d) / (M (σ² + ε)),
 *
 * over the M rows of all images. The scale differs from image to image, so it cannot go into the weights.
 *
 * @param ys chunks `[m, C]` of a layer's output, each of whole images
 * @param affine w and b, `[N, C]`
 */
export function modulate(
  p: ParameterSource,
  ys: readonly Tensor[],
  mode: Exclude<NormMode, 'running'>,
  { weight, bias }: Affine,
  activation: Activation,
): Normalized {
  const { wide, rows, centred, inverse } = batchStatistics(p, ys, mode);
  const { images, chunked } = imagesOf(ys, weight);
  const scale = mul(weight, inverse);
  const scales = chunked(scale).map((v) => images.repeat(v));
  const shifts = chunked(bias).map((v) => images.repeat(v));
  const output = (d: Tensor, i: number) =>
    images.back(activate(add(mul(images.of(d), scales[i]!), shifts[i]!), activation));
  const again = centred.map((d, i) => () => output(p.graph.recompute(d), i));

  return {
    outputs: centred.map(output),
    again,
    backward(gradients) {
      const gs = gradients.map((g, i) => mul(g, slope(again[i]!(), activation)));
      const perImage = (xs: readonly Tensor[]) =>
        concat(
          xs.map((x) => images.sums(images.of(x))),
          0,
        );
      const sumG = perImage(gs);
      const sumGd = perImage(gs.map((g, i) => mul(wide.of(g), centred[i]!)));
      const ofMean = wide.repeat(mul(sum(mul(scale, sumG), 0), -1 / rows));
      const ofVariance = wide.repeat(mul(mul(sum(mul(scale, sumGd), 0), square(inverse)), -1 / rows));
      return {
        scaled: gs.map((g, i) =>
          wide.back(
            add(wide.of(images.back(mul(images.of(g), scales[i]!))), add(mul(centred[i]!, ofVariance), ofMean)),
          ),
        ),
        scale: undefined,
        ofWeight: mul(sumGd, inverse),
        ofBias: sumG,
      };
    },
  };
}

/** The same by running statistics. */
export function modulateByRunning(
  p: ParameterSource,
  ys: readonly Tensor[],
  affine: Affine,
  activation: Activation,
): readonly Tensor[] {
  const { scale, shift } = runningAffine(p, affine);
  const { images, chunked } = imagesOf(ys, scale);
  const [scales, shifts] = [chunked(scale), chunked(shift)];
  return ys.map((y, i) => {
    const u = add(mul(images.of(y), images.repeat(scales[i]!)), images.repeat(shifts[i]!));
    return images.back(activate(u, activation));
  });
}

/** The images of a chunk, and what all images have cut into chunks. */
function imagesOf(ys: readonly Tensor[], { shape }: Tensor) {
  const [m, channels] = ys[0]!.shape as [number, number];
  const perChunk = shape[0]! / ys.length;
  return {
    images: new ImageRows(perChunk, m, channels),
    chunked: (v: Tensor) =>
      split(
        v,
        0,
        ys.map(() => perChunk),
      ),
  };
}
