import { describe, expect, test } from 'vitest';
import { association } from '../../src/model/things/association.js';
import { Random } from '../../src/random.js';
import { evaluate, type Numbers } from '../graph/check.js';

const [T, B, D] = [6, 5, 8];

/** How often the things of a frame were dealt: `dealt[t][b]` is which thing is seen as the first, the second, … */
function deal(k: number): number[][][] {
  const random = Random.of(4, 'deal');
  const frame = () => Array.from({ length: B }, () => Array.from(random.permutation(k)));
  return Array.from({ length: T }, (_, t) =>
    t === 0 ? Array.from({ length: B }, () => [...Array(k).keys()]) : frame(),
  );
}

/** What is found, as which thing each is that is put first, second, …: `[t][b][k]`. */
async function found(k: number, looks: Numbers, precision: Numbers, places: Numbers): Promise<number[][][]> {
  const [order] = await evaluate(
    (m, p, at) => association({ mean: m!, precision: p! }, at!),
    [looks, precision, places],
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

/** Values `[T, B, K, size]` of things, dealt. */
function dealt(
  order: number[][][],
  size: number,
  of: (t: number, b: number, thing: number, d: number) => number,
): Numbers {
  const k = order[0]![0]!.length;
  const data = order.flatMap((frame, t) =>
    frame.flatMap((things, b) => things.flatMap((thing) => Array.from({ length: size }, (_, d) => of(t, b, thing, d)))),
  );
  return { shape: [T, B, k, size], data };
}
/** Things in order in every frame. */
const inOrder = (k: number) => Array.from({ length: T }, () => Array.from({ length: B }, () => [...Array(k).keys()]));
const flat = (v: Numbers): Numbers => ({ ...v, shape: [T, v.shape[1]! * v.shape[2]!, v.shape[3]!] });
const noise = Random.of(9, 'looks');

describe('association', () => {
  test.each([2, 3])('puts %i things in order by how they look, wherever they are', async (k) => {
    const order = deal(k);
    const looks = flat(
      dealt(order, D, (_, b, thing, d) => Math.sin(7 * (thing + 1) * (d + 1) + b) + 0.1 * noise.normal()),
    );
    const precision = flat(dealt(order, D, () => 50));
    const places = dealt(order, 2, () => 4 * noise.normal());
    const result = await found(k, looks, precision, places);
    expect(result.map((frame, t) => frame.map((rows, b) => rows.map((j) => order[t]![b]![j])))).toEqual(inOrder(k));
  });

  test('goes by places where looks are alike', async () => {
    const order = deal(2);
    const looks = flat(dealt(order, D, () => 1));
    const precision = flat(dealt(order, D, () => 5));
    const places = dealt(order, 2, (t, _, thing, d) => (d === 0 ? 3 * t : thing === 0 ? -6 : 6));
    const result = await found(2, looks, precision, places);
    expect(result.map((frame, t) => frame.map((rows, b) => rows.map((j) => order[t]![b]![j])))).toEqual(inOrder(2));
  });

  test('a look that is unsure counts for little', async () => {
    // Frame 2 is behind something: looks are those of the other, and known to be worth nothing. Later ones are sure again.
    const order = inOrder(2);
    const looks = flat(dealt(order, D, (t, _, thing) => (t === 2 ? 1 - thing : thing)));
    const precision = flat(dealt(order, D, (t) => (t === 2 ? 0.01 : 50)));
    const places = dealt(order, 2, (_t, _b, thing) => 3 * thing);
    for (const frame of await found(2, looks, precision, places))
      for (const rows of frame) expect(rows).toEqual([0, 1]);
  });

  test('one thing is the one', async () => {
    const order = deal(1);
    const looks = flat(dealt(order, D, () => noise.normal()));
    const result = await found(
      1,
      looks,
      flat(dealt(order, D, () => 1)),
      dealt(order, 2, () => noise.normal()),
    );
    expect(result).toEqual(inOrder(1));
  });
});
