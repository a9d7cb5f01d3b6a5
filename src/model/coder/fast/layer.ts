import { add, type Tensor } from '../../../graph/index.js';
import { type Affine, type NormMode, type ParameterSource, runningAffine } from '../../../nn/index.js';
import { type Activation, activate } from './activation.js';
import type { LinearMap } from './linear-map.js';
import { normalize } from './normalize.js';
import { WideRows } from './wide-rows.js';

/**
 * A linear map, batch norm and nonlinearity as one differentiable step over all chunks. On the way back the scale of the batch
 * norm goes into the weights, so that the gradient of the pixels is never multiplied by it.
 *
 * @param p where the batch norm's running statistics are
 * @param affine scale and shift of the batch norm, `[C]`
 * @returns output chunks `[m, C]`
 */
export function normalizedLayer(
  p: ParameterSource,
  map: LinearMap,
  weights: Tensor,
  mode: NormMode,
  affine: Affine,
  activation: Activation,
): readonly Tensor[] {
  if (mode === 'running') {
    const { scale, shift } = runningAffine(p, affine);
    return map.forward(map.scaled(weights, scale)).map((y) => activate(add(y, shift), activation));
  }
  const norm = normalize(p, map.forward(weights), mode, affine, activation);
  const inputs = [...map.inputs, weights, affine.weight, affine.bias];
  const outputs = p.graph.differentiable(inputs, norm.outputs, (gradients) => {
    const { scaled, scale, ofWeight, ofBias } = norm.backward(
      gradients.map((g, i) => g ?? zerosLike(norm.outputs[i]!)),
    );
    const scaledWeights = map.scaled(weights, scale);
    const ofInputs = map.inputs.map((_, i) => map.toInput(i, scaled[i]!, scaledWeights));
    return [...ofInputs, map.scaled(map.toWeights(scaled), scale), ofWeight, ofBias];
  });
  outputs.forEach((x, i) => {
    x.recipe = norm.again[i];
  });
  return outputs;
}

/** A linear map and a bias of its output channels. */
export function biasedLayer(map: LinearMap, weights: Tensor, bias: Tensor): readonly Tensor[] {
  const ys = map.forward(weights);
  const wide = new WideRows(ys[0]!.shape[0]!, bias.size);
  const outputs = ys.map((y) => wide.back(add(wide.of(y), wide.repeat(bias))));
  return weights.graph.differentiable([...map.inputs, weights, bias], outputs, (gradients) => {
    const gs = gradients.map((g, i) => g ?? zerosLike(outputs[i]!));
    const ofInputs = map.inputs.map((_, i) => map.toInput(i, gs[i]!, weights));
    return [...ofInputs, map.toWeights(gs), wide.sums(gs.map((g) => wide.of(g)))];
  });
}

function zerosLike(x: Tensor): Tensor {
  return x.graph.constant(0, x.shape, x.type);
}
