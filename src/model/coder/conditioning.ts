import { add, leakyRelu, split, type Tensor } from '../../graph/index.js';
import { type Affine, linear, normParameters, type ParameterSource, scoped } from '../../nn/index.js';
import type { CoderConfig } from '../config.js';
import { encoderWeights, modulationWeights } from '../initialization.js';
import { type Latents, perFrame, sideBySide } from './latents.js';

/** How the decoder of images is told of s and z. */
export interface Conditioning {
  /** What its first layer makes a 4×4 map of, `[N, d]`. */
  readonly vector: Tensor;
  /** Scale and shift of batch norm k, `[C]` or, for each frame its own, `[N, C]`. */
  affine(k: number, channels: number): Affine;
}

/**
 * The two ways there are:
 *
 * - `concatenated`, the paper's (C.2): the first layer is given z_t and s side by side, and nothing else is.
 * - `modulated`: z_t alone, through two hidden layers, draws the 4×4 map; s is what is drawn, and enters every layer as
 *   conditional batch norm (de Vries et al., "Modulating early visual processing by language", 2017): with γ and β the scale and
 *   shift of batch norm k, the channels of a frame are scaled by γ + Γₖ·s and shifted by β + Βₖ·s. Convolutions then carry one
 *   thing to every place, where a first layer given both must learn what each thing looks like in each place.
 *
 * @param p where the decoder's parameters are
 */
export function conditioning(p: ParameterSource, config: CoderConfig, latents: Latents): Conditioning {
  const own = (k: number, channels: number) => normParameters(scoped(p, `norm${k}`), channels);
  if (config.decoder !== 'modulated') return { vector: sideBySide(latents), affine: own };

  const hidden = (k: number, x: Tensor) =>
    leakyRelu(linear(scoped(p, `linear${k}`), x, config.mlp, encoderWeights(config, x.shape[1]!)));
  const frames = latents.z.shape[0]!;
  return {
    vector: hidden(2, hidden(1, latents.z)),
    affine(k, channels) {
      const { weight, bias } = own(k, channels);
      const weights = modulationWeights(config, latents.s.shape[1]!);
      const both = linear(scoped(p, `modulation${k}`), latents.s, 2 * channels, weights, 'none');
      const [scale, shift] = split(both, 1, [channels, channels]);
      return {
        weight: perFrame(add(scale!, weight), frames),
        bias: perFrame(add(shift!, bias), frames),
      };
    },
  };
}
