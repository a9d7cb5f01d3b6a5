import {
  add,
  concat,
  div,
  less,
  maximum,
  minimum,
  mul,
  neg,
  slice,
  split,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  where,
} from '../graph/index.js';

/** Settings of {@link adam} that stay the same from step to step. */
export interface AdamSettings {
  /** Decay of the mean of the gradient, 0 to 1. */
  readonly beta1: number;
  /** Decay of the mean of its square, 0 to 1. */
  readonly beta2: number;
  /** Added to the denominator. */
  readonly epsilon: number;
  /** Largest norm of the whole gradient; longer ones are scaled down to it. 0: off. */
  readonly clip: number;
  /** Largest size of each element of the gradient, in usual sizes of its own so far, √v̂; larger ones are cut down to it. 0: off. */
  readonly clipElement: number;
}

/** Parameters and the two moments of their gradients, each one flat vector `[P]`. */
export interface AdamState {
  readonly parameters: Tensor;
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** What {@link adamSchedule} gives a step: learning rate / (1 − β₁ᵗ) and 1 / (1 − β₂ᵗ). */
export const ADAM_INPUTS = 2;

/** Values of the step-dependent input of {@link adam} at step t = 1, 2, …. */
export function adamSchedule(step: number, learningRate: number, { beta1, beta2 }: AdamSettings): [number, number] {
  return [learningRate / (1 - beta1 ** step), 1 / (1 - beta2 ** step)];
}

/** The first step at which v says enough to bound an element by. */
const BOUNDED_FROM = 21;

/** Elements that a pass of {@link adam} is over at once: 4 MB of each vector, which the next pass finds in the cache. */
const PIECE = 2 ** 20;

/**
 * One step of Adam (Kingma and Ba, 2015, algorithm 1), as PyTorch's:
 *
 *   m' = β₁m + (1 − β₁)g,  v' = β₂v + (1 − β₂)g²,  θ' = θ − lr/(1 − β₁ᵗ) · m' / (√(v'/(1 − β₂ᵗ)) + ε)
 *
 * By `clipElement` c no element of g is larger than c·(√(v/(1 − β₂ᵗ)) + ε), from step {@link BOUNDED_FROM} on (clipping by coordinates, Zhang et al.,
 * "Why are adaptive methods good for attention models?", 2020, whose thresholds are moments as well). A sequence whose z is beside a narrow prior may
 * have a KL of thousands of nats and a gradient a thousand times the usual one; v' keeps the square of that, and for thousands of steps what it went
 * to would hardly learn. An element that has been 0 is not held there: its steps are as long as others' while its bound rises.
 *
 * Where the gradient or something of `watched` is not finite, the step is none: the state that comes out is the one that went in. So it may
 * be written over the one that went in.
 *
 * @param gradient `[P]`
 * @param schedule `[2]`, from {@link adamSchedule}
 * @param watched of any shape, what must be finite besides the gradient
 * @returns the new state and the norm of the gradient before clipping, a scalar
 */
export function adam(
  state: AdamState,
  gradient: Tensor,
  schedule: Tensor,
  settings: AdamSettings,
  watched: Tensor,
): AdamState & { gradientNorm: Tensor } {
  const { beta1, beta2, epsilon, clip, clipElement } = settings;
  const size = gradient.shape[0]!;
  const pieces = Math.ceil(size / PIECE);
  const ends = Array.from({ length: pieces + 1 }, (_, i) => Math.floor((i * size) / pieces));
  const lengths = ends.slice(1).map((end, i) => end - ends[i]!);
  const cut = (vector: Tensor) => (pieces === 1 ? [vector] : split(vector, 0, lengths));
  const [gradients, parameters, means, variances] = [gradient, state.parameters, state.mean, state.variance].map(cut);

  const gradientNorm = sqrt(gradients!.map((g) => sum(square(g))).reduce(add));
  // x − x is 0, but of what is not finite NaN, which is less than nothing.
  const sound = less(add(sum(sub(watched, watched)), sub(gradientNorm, gradientNorm)), 1);
  const constant = (value: number) => gradient.graph.constant(value, [1], gradient.type);
  const decay = (usual: number) => where(sound, constant(usual), 1);
  const [decay1, decay2] = [decay(beta1), decay(beta2)];
  const rate = where(sound, slice(schedule, 0, 0, 1), 0);
  const correction = slice(schedule, 0, 1, 2);
  // PyTorch's clip_grad_norm_, its 1e-6 included.
  const scale = clip > 0 ? minimum(div(clip, add(gradientNorm, 1e-6)), 1) : undefined;
  // The correction falls from step to step, but not where β₂ is so small that v knows little at any time.
  const early = less(1 / (1 - beta2 ** BOUNDED_FROM), correction);
  const slack = clipElement > 0 ? where(early, constant(1e30), clipElement * epsilon) : undefined;
  const usual = (variance: Tensor) => sqrt(mul(variance, correction));
  const next = gradients!.map((piece, i) => {
    const whole = where(sound, scale ? mul(piece, scale) : piece, 0);
    const g = slack ? within(whole, add(mul(usual(variances![i]!), clipElement), slack)) : whole;
    const mean = add(mul(means![i]!, decay1), mul(g, 1 - beta1));
    const variance = add(mul(variances![i]!, decay2), mul(square(g), 1 - beta2));
    const step = div(mul(mean, rate), add(usual(variance), epsilon));
    return { parameters: sub(parameters![i]!, step), mean, variance };
  });
  const join = (name: keyof AdamState) =>
    pieces === 1
      ? next[0]![name]
      : concat(
          next.map((n) => n[name]),
          0,
        );
  return { parameters: join('parameters'), mean: join('mean'), variance: join('variance'), gradientNorm };
}

/** x between −bound and bound, element by element. */
function within(x: Tensor, bound: Tensor): Tensor {
  return maximum(minimum(x, bound), neg(bound));
}
