import { CdsvaeError } from '../errors.js';
import type { Random } from '../random.js';

/** An order of frames: frame t of the view is frame `order[t]` of the source; `inverse` undoes it. */
export interface FrameOrder {
  readonly order: Int32Array<ArrayBuffer>;
  readonly inverse: Int32Array<ArrayBuffer>;
}

/**
 * The content view x^c of §2.3: the same frames in another order, which keeps what the sequence shows and breaks how it
 * moves. One order for the whole batch; frames are encoded one by one, so the order of their features is all that changes.
 *
 * @param kind `shuffle`: any order but the original; `reverse`: last frame first
 * @param frames T; with T = 1 there is no other order and the original is returned
 * @throws CdsvaeError `usage` when there is no frame
 */
export function drawContent(kind: 'shuffle' | 'reverse', frames: number, random: Random): FrameOrder {
  if (!Number.isInteger(frames) || frames < 1) {
    throw new CdsvaeError('usage', `content augmentation: a sequence of ${frames} frames given, 1 or more expected`);
  }
  const order =
    kind === 'reverse' ? Int32Array.from({ length: frames }, (_, t) => frames - 1 - t) : shuffle(frames, random);
  const inverse = new Int32Array(frames);
  order.forEach((from, t) => {
    inverse[from] = t;
  });
  return { order, inverse };
}

function shuffle(frames: number, random: Random): Int32Array<ArrayBuffer> {
  for (;;) {
    const order = Int32Array.from(random.permutation(frames));
    if (frames === 1 || order.some((from, t) => from !== t)) return order;
  }
}
