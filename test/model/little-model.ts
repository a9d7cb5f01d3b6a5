import type { ModelConfig } from '../../src/model/index.js';

/**
 * A model that is quick to run.
 *
 * @param own what it is of, and what a test wants of it
 */
export function littleModel(own: Pick<ModelConfig, 'frame' | 'frames'> & Partial<ModelConfig>): ModelConfig {
  return {
    width: 2,
    detail: 1,
    priorComponents: 1,
    mlp: 4,
    features: 4,
    hidden: 4,
    static: 4,
    dynamic: 2,
    posterior: 'causal',
    staticMean: 'linear',
    objects: 0,
    initialization: 'scaled',
    ...own,
  };
}
