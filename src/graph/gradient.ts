import { add } from './elementwise.js';
import type { Operation } from './graph.js';
import { formatShape, graphError, sameShape, type Tensor } from './tensor.js';

/**
 * Reverse-mode differentiation: the gradients of a scalar with respect to tensors of its graph, as tensors of that graph.
 *
 * Operations are visited from the newest to the oldest; each turns the gradients of its outputs into those of its inputs,
 * and a tensor used several times receives the sum. Only what lies on a path from `wrt` to `loss` is visited.
 *
 * @param loss a scalar
 * @param wrt what to differentiate by; their shapes are those of the gradients
 * @param unused what becomes of a tensor that the loss does not depend on: `refuse`, or `zeros` for its gradient
 * @throws CdsvaeError `graph` when the loss is no scalar, does not depend on one of `wrt`, or runs through an operation
 *   without a gradient
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[], unused: 'refuse' | 'zeros' = 'refuse'): Tensor[] {
  if (loss.rank !== 0) throw graphError('gradients', `the loss must be a scalar, not ${loss}`);
  const operations = operationsBetween(loss, wrt);
  const total = new Map<Tensor, Tensor>([[loss, loss.graph.constant(1, [], loss.type)]]);

  for (const operation of operations) {
    const outputs = operation.outputs.map((t) => total.get(t));
    if (outputs.every((g) => g === undefined)) continue;
    if (!operation.backward) {
      const names = operation.inputs.map(String).join(', ');
      throw graphError('gradients', `${operation.name} of ${names} has no gradient`);
    }
    const inputs = operation.backward(outputs);
    operation.inputs.forEach((t, i) => {
      const g = inputs[i];
      if (!g) return;
      if (!sameShape(g.shape, t.shape)) {
        throw graphError('gradients', `a gradient of shape ${formatShape(g.shape)} for a tensor ${t}`);
      }
      const sum = total.get(t);
      total.set(t, sum ? add(sum, g) : g);
    });
    for (const t of operation.outputs) if (!wrt.includes(t)) total.delete(t);
  }

  return wrt.map((t) => {
    const g = total.get(t);
    if (g) return g;
    if (unused === 'zeros') return t.graph.constant(0, t.shape, t.type);
    throw graphError('gradients', `the loss does not depend on "${t.name}" ${t}`);
  });
}

/** Operations on a path from one of `wrt` to `loss`, newest first. */
function operationsBetween(loss: Tensor, wrt: readonly Tensor[]): Operation[] {
  const reachable = new Map<number, Operation>();
  const open: Tensor[] = [loss];
  while (open.length > 0) {
    const operation = open.pop()!.producer;
    if (!operation || reachable.has(operation.id)) continue;
    reachable.set(operation.id, operation);
    open.push(...operation.inputs);
  }
  const oldestFirst = [...reachable.values()].sort((a, b) => a.id - b.id);
  const dependent = new Set<Tensor>(wrt);
  return oldestFirst
    .filter((operation) => {
      const depends = operation.inputs.some((t) => dependent.has(t));
      if (depends) for (const t of operation.outputs) dependent.add(t);
      return depends;
    })
    .reverse();
}
