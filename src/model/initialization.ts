import { constant, type Initializer, normal } from '../nn/index.js';
import type { ModelConfig } from './config.js';

/** First values of a weight that maps `inputs` numbers to each output, by the model's choice of initialisation. */
export function weightInitializer(config: ModelConfig, inputs: number): Initializer {
  if (config.initialization === 'normal') return normal(0, 0.02);
  return normal(0, Math.sqrt(2 / inputs));
}

/** First values of a weight whose output is small at the start: the log-variances and means of the latents. */
export function smallInitializer(config: ModelConfig, inputs: number): Initializer {
  if (config.initialization === 'normal') return normal(0, 0.02);
  return normal(0, Math.sqrt(1 / inputs));
}

/** Zeros. */
export const zeros = constant(0);
