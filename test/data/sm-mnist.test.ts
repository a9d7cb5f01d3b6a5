import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SPLIT_NAMES, type Split, type SplitName } from '../../src/data/dataset.js';
import { mnist } from '../../src/data/mnist.js';
import { draw, enlarge, openSmMnist } from '../../src/data/sm-mnist.js';
import { Random } from '../../src/random.js';

const FRAME = 64 * 64;

function split(name: SplitName, options: { frames?: number; seed?: number } = {}): Split {
  const found = openSmMnist(options).split(name);
  if (found === undefined) throw new Error(`no split ${name}`);
  return found;
}

function sequences(from: Split, indices: number[], frames = 15): Uint8Array {
  const out = new Uint8Array(indices.length * frames * FRAME);
  from.read(indices, out);
  return out;
}

describe('a sequence of sm-mnist', () => {
  it('is a pure function of seed, split and index', () => {
    const index = fc.nat(2 ** 31 - 1).map((n) => n * 4096);
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom(...SPLIT_NAMES),
        fc.array(index, { minLength: 1, maxLength: 4 }),
        (seed, name, indices) => {
          const together = sequences(split(name, { seed }), indices);
          const labels = split(name, { seed }).labels(indices);
          for (const [i, index] of indices.entries()) {
            const alone = sequences(split(name, { seed }), [index]);
            expect(Buffer.compare(alone, together.subarray(i * alone.length, (i + 1) * alone.length))).toBe(0);
            expect(split(name, { seed }).labels([index])).toEqual(labels.slice(2 * i, 2 * i + 2));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('differs with seed, split and index, also beyond 32 bits', () => {
    const many = [
      sequences(split('train'), [0, 1, 2 ** 32, 2 ** 53 - 1]),
      sequences(split('train', { seed: 1 }), [0]),
      sequences(split('validation'), [0]),
      sequences(split('test'), [0]),
    ];
    const digests = many.flatMap((m) =>
      Array.from({ length: m.length / (15 * FRAME) }, (_, i) =>
        createHash('sha256')
          .update(m.subarray(i * 15 * FRAME, (i + 1) * 15 * FRAME))
          .digest('hex'),
      ),
    );
    expect(new Set(digests).size).toBe(7);
  });

  it('starts like the shorter one of its index', () => {
    const short = sequences(split('train', { frames: 5 }), [9], 5);
    expect(Buffer.compare(sequences(split('train'), [9]).subarray(0, short.length), short)).toBe(0);
  });

  it('overwrites what was in out', () => {
    const out = new Uint8Array(15 * FRAME).fill(200);
    split('train').read([3], out);
    expect(out).toEqual(sequences(split('train'), [3]));
  });

  it('holds the digits its labels say', () => {
    const train = split('train');
    const { images, labels } = mnist('train');
    const used = new Set<number>();
    for (let i = 0; i < 200; i++) {
      const random = Random.of(0, 'sm-mnist train', i);
      const pair = [random.integer(55_000), random.integer(55_000)];
      const digits = pair.map((d) => labels[d] ?? -1).sort((a, b) => a - b);
      expect(Array.from(train.labels([i]))).toEqual(digits);
      for (const d of digits) used.add(d);
      const ink = sequences(train, [i]).subarray(0, FRAME);
      const apart = pair.map((d) => enlarge(images.subarray(d * 784, (d + 1) * 784)).reduce((n, v) => n + v, 0));
      const sum = ink.reduce((n, v) => n + v, 0);
      // Ink is only ever lost where the two overlap above 255.
      expect(sum).toBeLessThanOrEqual((apart[0] ?? 0) + (apart[1] ?? 0));
      expect(sum).toBeGreaterThanOrEqual(Math.max(...apart));
    }
    expect(used.size).toBe(10);
  });

  it('draws validation from the last 5000 digits of train, test from test', () => {
    const names: SplitName[] = ['validation', 'test'];
    for (const name of names) {
      const [first, count] = name === 'validation' ? [55_000, 5000] : [0, 10_000];
      const { labels } = mnist(name === 'test' ? 'test' : 'train');
      for (let i = 0; i < 50; i++) {
        const random = Random.of(0, `sm-mnist ${name}`, i);
        const pair = [random.integer(count), random.integer(count)].map((d) => labels[first + d] ?? -1);
        expect(Array.from(split(name).labels([i]))).toEqual(pair.sort((a, b) => a - b));
      }
    }
  });
});

describe('the physics', () => {
  /** Corners of one solid 32×32 digit, frame by frame. */
  function path(seed: number, frames: number) {
    const out = new Uint8Array(frames * FRAME);
    draw([new Uint8Array(32 * 32).fill(1)], Random.of(seed, 'test'), frames, out);
    return Array.from({ length: frames }, (_, t) => {
      const frame = out.subarray(t * FRAME, (t + 1) * FRAME);
      expect(frame.reduce((n, v) => n + v, 0)).toBe(32 * 32);
      const first = frame.indexOf(1);
      return { x: first % 64, y: Math.floor(first / 64) };
    });
  }

  it('keeps digits inside, at up to 4 whole pixels a frame, straight between walls', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const corners = path(seed, 60);
        for (const [t, { x, y }] of corners.entries()) {
          expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
          expect(Math.max(x, y)).toBeLessThanOrEqual(31);
          const before = corners[t - 1];
          const next = corners[t + 1];
          if (before === undefined || next === undefined) continue;
          const step = [x - before.x, y - before.y];
          for (const d of step) expect(Math.abs(d)).toBeLessThanOrEqual(4);
          const atWall = (c: { x: number; y: number }) => Math.min(c.x, c.y) === 0 || Math.max(c.x, c.y) === 31;
          if (!atWall(before) && !atWall(next) && !atWall({ x, y })) expect([next.x - x, next.y - y]).toEqual(step);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('starts everywhere, with every velocity, and leaves a wall it ran into', () => {
    const starts = new Set<string>();
    const velocities = new Set<string>();
    for (let seed = 0; seed < 4000; seed++) {
      const [a, b] = path(seed, 2);
      if (a === undefined || b === undefined) continue;
      starts.add(`${a.x}`).add(`y${a.y}`);
      const inside = (v: number) => v > 3 && v < 28;
      if (inside(a.x) && inside(a.y)) velocities.add(`${b.x - a.x},${b.y - a.y}`);
    }
    expect(starts.size).toBe(64);
    expect(velocities.size).toBe(81);
    // In the long run a digit that stands still at a wall is rare: only a redraw along the other wall does that.
    let stuck = 0;
    let bounces = 0;
    for (let seed = 0; seed < 200; seed++) {
      const corners = path(seed, 60);
      for (let t = 1; t + 1 < corners.length; t++) {
        const [a, b, c] = [corners[t - 1]!, corners[t]!, corners[t + 1]!];
        if (a.y > 0 && b.y === 0 && b.x > 0 && b.x < 31) {
          bounces++;
          if (c.y === 0) stuck++;
        }
      }
    }
    expect(bounces).toBeGreaterThan(300);
    expect(stuck / bounces).toBeLessThan(0.4);
  });

  it('adds ink up to 255 where digits overlap', () => {
    const out = new Uint8Array(FRAME);
    draw([new Uint8Array(1024).fill(100), new Uint8Array(1024).fill(100)], Random.of(1, 'test'), 1, out);
    expect(new Set(out)).toEqual(new Set([0, 100, 200]));
    draw([new Uint8Array(1024).fill(200), new Uint8Array(1024).fill(200)], Random.of(1, 'test'), 1, out);
    expect(new Set(out)).toEqual(new Set([0, 200, 255]));
  });

  it('enlarges digits as Pillow does', () => {
    // SHA-256 of the first 200 test digits through Image.resize((32, 32), Image.BILINEAR) of Pillow 9.4, one after another.
    const hash = createHash('sha256');
    const { images } = mnist('test');
    for (let i = 0; i < 200; i++) hash.update(enlarge(images.subarray(i * 784, (i + 1) * 784)));
    expect(hash.digest('hex')).toBe('ce4c40840926fbdea7c915674d5f50b0c3aee2e136859ffd589c2b4cee8f4c36');
  });
});

describe('openSmMnist', () => {
  it('says what it is', () => {
    const { info } = openSmMnist();
    expect(info).toMatchObject({ kind: 'video', frames: 15, frame: [64, 64, 1], dtype: 'uint8', divisor: 255 });
    expect(info.factors.map((f) => `${f.name} ${f.type} ${f.classes.length}`)).toEqual([
      'smaller digit static 10',
      'larger digit static 10',
    ]);
    expect(split('train').size).toBe(Number.POSITIVE_INFINITY);
  });

  it('refuses what cannot be', () => {
    for (const frames of [0, -1, 1.5, 20_000, Number.NaN])
      expect(() => openSmMnist({ frames })).toThrow(/frames is .*from 1 to 16384 is expected/);
    for (const seed of [-1, 0.5, 2 ** 53, Number.NaN])
      expect(() => openSmMnist({ seed })).toThrow(/seed is .*a whole number of at least 0/);
    const train = split('train');
    const out = new Uint8Array(15 * FRAME);
    for (const index of [-1, 0.5, 2 ** 53, Number.NaN])
      expect(() => train.read([index], out)).toThrow(/sequence .* of train asked for/);
    expect(() => train.read([0, 1], out)).toThrow(/room for 61440 uint8 values given, 122880 of uint8 needed/);
    expect(() => train.read([0], new Float32Array(15 * FRAME))).toThrow(/float32/);
    expect(() => train.labels([-1])).toThrow(/asked for/);
  });

  it('draws 16 sequences in a few milliseconds', () => {
    const train = split('train');
    const out = new Uint8Array(16 * 15 * FRAME);
    const time = (start: number) => {
      const before = performance.now();
      train.read(
        Array.from({ length: 16 }, (_, i) => start + i),
        out,
      );
      return performance.now() - before;
    };
    // The fastest, because other processes take the cores too.
    const times = Array.from({ length: 31 }, (_, k) => time(16 * k));
    expect(Math.min(...times)).toBeLessThan(5);
  });
});
