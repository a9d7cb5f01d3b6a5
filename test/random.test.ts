import { describe, expect, test } from 'vitest';
import { Random } from '../src/random.js';

const MASK = 0xffff_ffffn;
const rotl = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & MASK;

/** xoshiro128** 1.1 after the authors' C (https://prng.di.unimi.it/xoshiro128starstar.c), in integers of any size. */
function* reference(state: readonly number[]): Generator<number> {
  const s = state.map((w) => BigInt(w) & MASK) as [bigint, bigint, bigint, bigint];
  for (;;) {
    yield Number((rotl((s[1] * 5n) & MASK, 7n) * 9n) & MASK);
    const t = (s[1] << 9n) & MASK;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 11n);
  }
}

describe('xoshiro128**', () => {
  test('the first numbers of the authors’ C from state 1, 2, 3, 4, as Rust’s rand_xoshiro also tests them', () => {
    const random = Random.fromState([1, 2, 3, 4]);
    const published = [
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ];
    expect(published.map(() => random.uint32())).toEqual(published);
  });

  test.each([
    [[1, 2, 3, 4]],
    [[0xffffffff, 0, 0x80000000, 0x7fffffff]],
    [[0xdeadbeef, 0x12345678, 0x9abcdef0, 0x0f1e2d3c]],
  ])('agrees with the authors’ algorithm from state %j', (state) => {
    const random = Random.fromState(state as [number, number, number, number]);
    const theirs = reference(state);
    for (let i = 0; i < 1000; i++) expect(random.uint32()).toBe(theirs.next().value);
  });
});

describe('streams', () => {
  const draw = (seed: number, stream: string, index?: number) =>
    Array.from(
      { length: 4 },
      (
        (random) => () =>
          random.uint32()
      )(Random.of(seed, stream, index)),
    );

  test('are pure functions of seed, stream and index', () => {
    expect(draw(1, 'noise', 5)).toEqual(draw(1, 'noise', 5));
    expect(draw(1, 'noise')).toEqual(draw(1, 'noise', 0));
  });

  test('stay what they were: a run of an older version resumes', () => {
    expect(draw(0, 'posterior noise', 0)).toMatchInlineSnapshot(`
      [
        3266573057,
        993623089,
        3856220533,
        3659094608,
      ]
    `);
    expect(draw(2 ** 53 - 1, 'motion', 2 ** 40 + 1)).toMatchInlineSnapshot(`
      [
        1639269650,
        464675054,
        2539715659,
        3009512108,
      ]
    `);
  });

  test('differ for any other seed, stream or index, above 2^32 too', () => {
    const keys: [number, string, number][] = [];
    for (const n of [0, 1, 2, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 52, 2 ** 53 - 1]) {
      for (const stream of ['a', 'b', 'ab', '']) keys.push([n, stream, 3], [3, stream, n]);
    }
    const unique = new Set(keys.map(String));
    const seen = new Set([...unique].map((k) => k.split(',')).map(([s, stream, i]) => draw(+s!, stream!, +i!).join()));
    expect(seen.size).toBe(unique.size);
  });

  test('of neighbouring indices are uncorrelated', () => {
    const n = 20_000;
    const firsts = (seed: number, stream: string) =>
      Float64Array.from({ length: n }, (_, i) => Random.of(seed, stream, i).uniform(-1, 1));
    const [a, b, c] = [firsts(1, 'x'), firsts(2, 'x'), firsts(1, 'y')];
    const correlation = (u: Float64Array, v: Float64Array, lag: number) => {
      let s = 0;
      for (let i = 0; i + lag < n; i++) s += u[i]! * v[i + lag]!;
      return (3 * s) / (n - lag);
    };
    // The standard deviation of each is 1/√n = 0.007.
    for (const [u, v, lag] of [
      [a, a, 1],
      [a, a, 2],
      [a, b, 0],
      [a, c, 0],
      [b, c, 1],
    ] as const) {
      expect(Math.abs(correlation(u, v, lag))).toBeLessThan(0.03);
    }
    // Their bits too: each of 32 is set in half of the streams.
    for (let bit = 0; bit < 32; bit++) {
      let set = 0;
      for (let i = 0; i < n; i++) set += (Random.of(1, 'bits', i).uint32() >>> bit) & 1;
      expect(Math.abs(set / n - 0.5)).toBeLessThan(0.02);
    }
  });
});

describe('distributions', () => {
  test('uniform: bounds and moments', () => {
    const random = Random.of(4, 'uniform');
    let [sum, squares] = [0, 0];
    for (let i = 0; i < 100_000; i++) {
      const u = random.uniform(-2, 4);
      if (!(u >= -2 && u < 4)) expect.fail(`${u} is outside [-2, 4)`);
      sum += u;
      squares += u * u;
    }
    expect(sum / 100_000).toBeCloseTo(1, 1);
    expect(squares / 100_000 - (sum / 100_000) ** 2).toBeCloseTo(3, 1);
    // Every bit set, the largest there is, is still below the upper bound: the first output of this state is 2^32 − 1.
    const last = Random.fromState([1, 0x831c71c7, 3, 4]).uniform(-2, 4);
    expect(last).toBeGreaterThan(4 - 1e-8);
    expect(last).toBeLessThan(4);
  });

  test('normal: mean, variance, skew, kurtosis, tails, and neighbours uncorrelated', () => {
    const n = 200_000;
    const x = Random.of(5, 'normal').normals(new Float64Array(n));
    const moment = (f: (v: number, i: number) => number) => x.reduce((s, v, i) => s + f(v, i), 0) / n;
    expect(Math.abs(moment((v) => v))).toBeLessThan(0.01);
    expect(Math.abs(moment((v) => v * v) - 1)).toBeLessThan(0.02);
    expect(Math.abs(moment((v) => v ** 3))).toBeLessThan(0.04);
    expect(Math.abs(moment((v) => v ** 4) - 3)).toBeLessThan(0.1);
    expect(moment((v) => +(Math.abs(v) > 1.959964))).toBeCloseTo(0.05, 2);
    expect(Math.abs(moment((v, i) => v * (x[i + 1] ?? 0)))).toBeLessThan(0.01);
  });

  test('normals fills either type with the same numbers, one after another', () => {
    const one = Random.of(6, 'n');
    const each = Float64Array.from({ length: 5 }, () => one.normal());
    expect(Random.of(6, 'n').normals(new Float64Array(5))).toEqual(each);
    expect(Random.of(6, 'n').normals(new Float32Array(5))).toEqual(Float32Array.from(each));
  });

  test('integer: every value, about as often', () => {
    const random = Random.of(7, 'integer');
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[random.integer(7)]!++;
    for (const c of counts) expect(Math.abs(c - 10_000)).toBeLessThan(400);
    expect(random.integer(1)).toBe(0);
    expect(random.integer(2 ** 32)).toBeLessThan(2 ** 32);
  });

  test('integer: the incomplete last block is rejected, so that no value is favoured', () => {
    // Of n = 3·2^30 the block above n would fall on the lower third and double its share.
    const n = 3 * 2 ** 30;
    const random = Random.of(8, 'integer');
    let low = 0;
    for (let i = 0; i < 30_000; i++) low += +(random.integer(n) < n / 3);
    expect(Math.abs(low / 30_000 - 1 / 3)).toBeLessThan(0.02);
    // And number by number: what is drawn is the sequence without those at or above the limit.
    const [rejecting, plain] = [Random.of(9, 'integer'), Random.of(9, 'integer')];
    const accepted: number[] = [];
    while (accepted.length < 100) {
      const r = plain.uint32();
      if (r < n) accepted.push(r);
    }
    expect(accepted.map(() => rejecting.integer(n))).toEqual(accepted);
  });

  test('permutation: each number once, every order about as often', () => {
    for (const n of [0, 1, 2, 17, 100]) {
      const p = Random.of(10, 'permutation', n).permutation(n);
      expect([...p].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
    }
    const counts = new Map<string, number>();
    const random = Random.of(11, 'permutation');
    for (let i = 0; i < 24_000; i++) {
      const key = random.permutation(4).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    for (const c of counts.values()) expect(Math.abs(c - 1000)).toBeLessThan(150);
  });
});
