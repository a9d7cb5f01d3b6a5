import { describe, expect, test } from 'vitest';
import { association } from '../../src/model/objects/association.js';
import { Random } from '../../src/random.js';
import { evaluate, type Numbers } from '../graph/check.js';

const [T, B, D] = [6, 5, 8];

/** How often the objects of a frame were dealt: `dealt[t][b]` is which object is seen as the first, the second, … */
function deal(k: number): number[][][] {
  const random = Random.of(4, 'deal');
  const frame = () => Array.from({ length: B }, () => Array.from(random.permutation(k)));
  return Array.from({ length: T }, (_, t) =>
    t === 0 ? Array.from({ length: B }, () => [...Array(k).keys()]) : frame(),
  );
}

/** What is found, as which object each is that is put first, second, …: `[t][b][k]`. */
async function found(k: number, appearance: Numbers, precision: Numbers, positions: Numbers): Promise<number[][][]> {
  const [order] = await evaluate(
    (m, p, at) => association({ mean: m!, precision: p! }, at!),
    [appearance, precision, positions],
  );
  const entry = (t: number, b: number, i: number, j: number) => order!.data[((t * B + b) * k + i) * k + j]!;
  const range = (n: number) => [...Array(n).keys()];
  return range(T).map((t) =>
    range(B).map((b) =>
      range(k).map((i) => {
        const row = range(k).map((j) => entry(t, b, i, j));
        expect([...row].sort()).toEqual([...Array(k - 1).fill(0), 1]);
        return row.indexOf(1);
      }),
    ),
  );
}

/** Values `[T, B, K, size]` of objects, dealt. */
function dealt(
  order: number[][][],
  size: number,
  of: (t: number, b: number, object: number, d: number) => number,
): Numbers {
  const k = order[0]![0]!.length;
  const data = order.flatMap((frame, t) =>
    frame.flatMap((objects, b) =>
      objects.flatMap((object) => Array.from({ length: size }, (_, d) => of(t, b, object, d))),
    ),
  );
  return { shape: [T, B, k, size], data };
}
/** Objects in order in every frame. */
const inOrder = (k: number) => Array.from({ length: T }, () => Array.from({ length: B }, () => [...Array(k).keys()]));
const flat = (v: Numbers): Numbers => ({ ...v, shape: [T, v.shape[1]! * v.shape[2]!, v.shape[3]!] });
const noise = Random.of(9, 'appearance');

describe('association', () => {
  test.each([2, 3])('puts %i objects in order by their appearance, wherever they are', async (k) => {
    const order = deal(k);
    const appearance = flat(
      dealt(order, D, (_, b, object, d) => Math.sin(7 * (object + 1) * (d + 1) + b) + 0.1 * noise.normal()),
    );
    const precision = flat(dealt(order, D, () => 50));
    const positions = dealt(order, 2, () => 4 * noise.normal());
    const result = await found(k, appearance, precision, positions);
    expect(result.map((frame, t) => frame.map((rows, b) => rows.map((j) => order[t]![b]![j])))).toEqual(inOrder(k));
  });

  test('goes by positions where appearance is alike', async () => {
    const order = deal(2);
    const appearance = flat(dealt(order, D, () => 1));
    const precision = flat(dealt(order, D, () => 5));
    const positions = dealt(order, 2, (t, _, object, d) => (d === 0 ? 3 * t : object === 0 ? -6 : 6));
    const result = await found(2, appearance, precision, positions);
    expect(result.map((frame, t) => frame.map((rows, b) => rows.map((j) => order[t]![b]![j])))).toEqual(inOrder(2));
  });

  test('a glimpse that is unsure counts for little', async () => {
    // Frame 2 is behind something: appearance is that of the other, and known to be worth nothing. Later ones are sure again.
    const order = inOrder(2);
    const appearance = flat(dealt(order, D, (t, _, object) => (t === 2 ? 1 - object : object)));
    const precision = flat(dealt(order, D, (t) => (t === 2 ? 0.01 : 50)));
    const positions = dealt(order, 2, (_t, _b, object) => 3 * object);
    for (const frame of await found(2, appearance, precision, positions))
      for (const rows of frame) expect(rows).toEqual([0, 1]);
  });

  test('one object is the one', async () => {
    const order = deal(1);
    const appearance = flat(dealt(order, D, () => noise.normal()));
    const result = await found(
      1,
      appearance,
      flat(dealt(order, D, () => 1)),
      dealt(order, 2, () => noise.normal()),
    );
    expect(result).toEqual(inOrder(1));
  });
});
