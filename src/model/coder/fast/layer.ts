import { add, mul, reshape, type Tensor } from '../../../graph/index.js';
import type { NormMode, ParameterSource } from '../../../nn/index.js';
import type { LinearMap } from './linear-map.js';
import { type Activation, activate, normalize, runningAffine } from './normalize.js';

/**
 * A linear map, batch norm and nonlinearity as one differentiable step over all chunks. On the way back the scale of the batch
 * norm goes into the weights, so that the gradient of the pixels is never multiplied by it.
 *
 * @param p where the batch norm's own parameters are
 * @param weights of the map, output channels last
 * @returns output chunks `[m, C]`
 */
export function normalizedLayer(
  p: ParameterSource,
  map: LinearMap,
  weights: Tensor,
  mode: NormMode,
  activation: Activation,
): readonly Tensor[] {
  if (mode === 'running') {
    const { scale, shift } = runningAffine(p, weights.shape.at(-1)!);
    return map.forward(mul(weights, scale)).map((y) => activate(add(y, shift), activation));
  }
  const norm = normalize(p, map.forward(weights), mode, activation);
  const inputs = [...map.inputs, weights, norm.weight, norm.bias];
  return p.graph.differentiable(inputs, norm.outputs, (gradients) => {
    const { scaled, scale, ofWeight, ofBias } = norm.backward(
      gradients.map((g, i) => g ?? zerosLike(norm.outputs[i]!)),
    );
    const scaledWeights = mul(weights, scale);
    const ofInputs = map.inputs.map((_, i) => map.toInput(i, scaled[i]!, scaledWeights));
    return [...ofInputs, mul(weightGradient(map, scaled, weights), scale), ofWeight, ofBias];
  });
}

/** A linear map alone. */
export function linearLayer(map: LinearMap, weights: Tensor): readonly Tensor[] {
  const outputs = map.forward(weights);
  return weights.graph.differentiable([...map.inputs, weights], outputs, (gradients) => {
    const gs = gradients.map((g, i) => g ?? zerosLike(outputs[i]!));
    return [...map.inputs.map((_, i) => map.toInput(i, gs[i]!, weights)), weightGradient(map, gs, weights)];
  });
}

function weightGradient(map: LinearMap, gradients: readonly Tensor[], weights: Tensor): Tensor {
  let sum: Tensor | undefined;
  gradients.forEach((g, i) => {
    sum = map.toWeights(i, g, sum);
  });
  return reshape(sum!, weights.shape);
}

function zerosLike(x: Tensor): Tensor {
  return x.graph.constant(0, x.shape, x.type);
}
