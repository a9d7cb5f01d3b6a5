import { stages } from './coder/stages.js';
import type { ModelConfig } from './config.js';

/**
 * The decoder's last bias at which it gives the mean of the data before it has learned anything. Starting there instead of at
 * grey saves the first steps, whose only use is to find out that most pixels are dark.
 *
 * @param mean of each channel, `[C]`, in (0, 1) for video; of each feature, `[F]`
 * @returns the parameter's name and first values
 */
export function outputBias(config: ModelConfig, mean: Float64Array): { name: string; values: Float64Array } {
  if (config.frame.kind === 'features') return { name: 'decoder.linear3.bias', values: mean };
  const logit = (m: number) => {
    const inside = Math.min(0.99, Math.max(0.01, m));
    return Math.log(inside / (1 - inside));
  };
  const name = config.objects > 0 ? 'background' : `deconv${stages(config.frame.size) + 1}.bias`;
  return { name: `decoder.${name}`, values: mean.map(logit) };
}
