import { type ModelConfig, stageChannels, stages } from '../model/index.js';

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
  const { frames: t, features: g, hidden: h, static: ds, dynamic: dm, frame, posterior, things, mlp } = model;
  const layers = (i: number, o: number) => mlp * (i + mlp + o);
  // Multiplications of a frame: encoding it in x and in x^m, those among them whose input is data, decoding it; of a sequence once.
  let encoding: number;
  let ofData: number;
  let decoding: number;
  let once = 0;
  if (frame.kind === 'features') {
    encoding = 2 * layers(frame.features, g);
    ofData = 2 * frame.features * mlp;
    decoding = layers(ds + dm, frame.features);
  } else {
    const { size, channels } = frame;
    const whole = convolutions(model, size, channels);
    encoding = 2 * (whole.between + 16 * whole.last * g);
    ofData = 2 * whole.first;
    if (things === 0) decoding = whole.between + 16 * (ds + dm) * whole.last;
    else {
      const one = convolutions(model, size / 2, channels);
      // A patch is cut out with no way back, a third of the work of putting it in place.
      const moved = channels * size * (size / 2) * (size + size / 2);
      encoding += things * (one.between + 16 * one.last * g);
      ofData += things * one.first;
      decoding = things * (moved + moved / 3);
      once = things * (one.between + 16 * (ds / things) * one.last);
    }
  }
  const lstm = (inputs: number) => 4 * h * (inputs + h);
  const heads = 2 * ds * 2 * h;
  let posteriors: number;
  if (posterior === 'smoothing') {
    // One bidirectional network for x, x^m and x^c, a plain one after it for z of x and x^m.
    posteriors = 3 * t * 2 * lstm(g) + 2 * heads + 2 * t * (h * (2 * h + h) + 2 * dm * h);
  } else {
    // s of x and x^c, or of each look at each thing, and z of x and x^m.
    const content = things > 0 ? t * 2 * ds * g : 2 * t * 2 * lstm(g) + 2 * heads;
    posteriors = content + 2 * t * (lstm(g + dm) + 2 * dm * h);
  }
  const prior = t * (lstm(dm) + lstm(h) + 2 * dm * h);
  const forward = batch * (t * (encoding + decoding) + once + posteriors + prior);
  return 2 * (3 * forward - batch * t * ofData);
}

/** Multiplications of the stride-2 convolutions of an image, of the first of them, and the channels of the last. */
function convolutions({ width }: ModelConfig, size: number, channels: number) {
  const n = stages(size);
  const of = (k: number) => (k === 0 ? channels : stageChannels(width, k));
  const halving = Array.from({ length: n }, (_, i) => (size / 2 ** (i + 1)) ** 2 * 16 * of(i) * of(i + 1));
  return { between: halving.reduce((a, b) => a + b), first: halving[0]!, last: of(n) };
}
