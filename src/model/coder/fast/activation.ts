import { leakyRelu, leakySlope, square, sub, type Tensor, tanh } from '../../../graph/index.js';

/** Nonlinearities that follow a batch norm. */
export type Activation = 'leaky' | 'tanh';

/** LeakyReLU(0.2) or tanh. */
export function activate(u: Tensor, activation: Activation): Tensor {
  return activation === 'tanh' ? tanh(u) : leakyRelu(u);
}

/** Derivative of the nonlinearity, from its output. */
export function slope(output: Tensor, activation: Activation): Tensor {
  return activation === 'tanh' ? sub(1, square(output)) : leakySlope(output);
}
