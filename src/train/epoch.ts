/** An epoch: one pass over data that end, in an order of its own. */
import { Random } from '../random.js';

/**
 * Steps of an epoch: the whole batches that the data make. The few sequences that would not fill another are left out, others in
 * each epoch, so that no batch reaches into the next epoch and holds a sequence twice.
 *
 * @param size sequences in the training split
 * @param batch no more than those
 */
export function epochSteps(size: number, batch: number): number {
  return Math.floor(size / batch);
}

let last: { readonly key: string; readonly order: Int32Array } | undefined;

/** The order of the sequences in epoch 0, 1, …; that of the last one asked for is kept. */
export function epochOrder(seed: number, epoch: number, size: number): Int32Array {
  const key = `${seed} ${epoch} ${size}`;
  if (last?.key !== key) last = { key, order: Random.of(seed, 'epoch', epoch).permutation(size) };
  return last.order;
}
