import { type ModelConfig, pooledPart, stageChannels, stages } from '../model/index.js';

/**
 * Floating-point operations of one training step, every convolution counted as it is defined: two for each multiplication by a
 * weight, and twice as many again on the way back (gradient of the input, gradient of the weight), but for the first convolution,
 * whose input is data. Whatever way an implementation takes, this is what it is measured by.
 *
 * Counted are the matrix products of coder, recurrent networks and their heads; what is elementwise is not.
 *
 * @param batch B, sequences in the step
 */
export function stepFlops(model: ModelConfig, batch: number): number {
  const { frames: t, features: g, hidden: h, static: ds, dynamic: dm, frame, posterior } = model;
  let encoder: number;
  let decoder: number;
  let first = 0;
  if (frame.kind === 'video') {
    const n = stages(frame.size);
    const channels = (k: number) => (k === 0 ? frame.channels : stageChannels(model.width, k));
    const halving = Array.from(
      { length: n },
      (_, i) => (frame.size / 2 ** (i + 1)) ** 2 * 16 * channels(i) * channels(i + 1),
    );
    const between = halving.reduce((a, b) => a + b);
    first = halving[0]!;
    const pooled = pooledPart(model, n);
    encoder = between + 16 * channels(n) * (pooled?.dense ?? g);
    if (pooled) {
      const c = channels(pooled.stage);
      encoder += 9 * (frame.size / 2 ** pooled.stage) ** 2 * c ** 2 + c * pooled.pooled;
    }
    if (model.decoder === 'modulated') {
      const scalesAndShifts = Array.from({ length: n }, (_, i) => 2 * channels(i + 1)).reduce((a, b) => a + b);
      decoder = between + model.mlp * (dm + model.mlp + 16 * channels(n)) + (ds * scalesAndShifts) / t;
    } else decoder = between + 16 * (ds + dm) * channels(n);
  } else {
    const layers = (i: number, o: number) => model.mlp * (i + model.mlp + o);
    first = frame.features * model.mlp;
    encoder = layers(frame.features, g);
    decoder = layers(ds + dm, frame.features);
  }
  const lstm = (inputs: number) => 4 * h * (inputs + h);
  const heads = 2 * ds * 2 * h;
  const recurrent =
    posterior === 'causal'
      ? // s of x and x^c, z of x and x^m
        2 * t * 2 * lstm(g) + 2 * heads + 2 * t * (lstm(g + dm) + 2 * dm * h)
      : // one bidirectional network for x, x^m and x^c, a plain one after it for z of x and x^m
        3 * t * 2 * lstm(g) + 2 * heads + 2 * t * (h * (2 * h + h) + 2 * dm * h);
  const prior = t * (lstm(dm) + lstm(h) + 2 * dm * h);
  const forward = batch * (t * (2 * encoder + decoder) + recurrent + prior);
  return 2 * (3 * forward - batch * t * 2 * first);
}
