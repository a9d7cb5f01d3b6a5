/**
 * Stochastic Moving MNIST: two handwritten digits that move through a square and bounce off its walls at random, drawn
 * endlessly. The generator is that of Denton and Fergus, "Stochastic Video Generation with a Learned Prior", 2018,
 * `data/moving_mnist.py` of their code, in its stochastic form:
 *
 * - A digit is scaled from 28 to 32 pixels (bilinear) and starts with its corner at x, y in 0 … 31, uniform.
 * - Its velocity is a pair of integers in −4 … 4 pixels a frame, uniform; both may be 0.
 * - Where a move has taken it past a wall it is put back to the nearest place allowed (0 or 31) and its velocity is drawn
 *   again: away from that wall 1 … 4, along it −4 … 4. First top and bottom, then left and right.
 * - Where digits overlap their ink is added, up to 255. They pass through each other.
 *
 * Our one change: the digits take turns frame by frame in drawing random numbers, so that a longer sequence starts with
 * the shorter one of the same index.
 */
import { checkWhole } from '../bounds.js';
import { Random } from '../random.js';
import { checkIndices, checkOut, type Dataset, type DatasetInfo, type Split, type SplitName } from './dataset.js';
import { MNIST_SIDE, mnist } from './mnist.js';

const SIDE = 64;
const DIGIT = 32;
/** Corners lie in 0 … PLACES − 1. */
const PLACES = SIDE - DIGIT;
const FASTEST = 4;
const DIGITS = 2;
/** The last digits of MNIST's train file are for validation only. */
const VALIDATION_DIGITS = 5000;

/** T unless asked otherwise (§4.1 of the C-DSVAE paper). */
const SM_MNIST_FRAMES = 15;
/** More frames than this are refused: 64 MB a sequence. */
const MOST_FRAMES = 16384;

/**
 * Opens Stochastic Moving MNIST: uint8 `[T, 64, 64, 1]`, three endless splits. `train` draws from the first 55,000 digits
 * of MNIST's train file, `validation` from its last 5000, `test` from the test file.
 *
 * Labels are `smaller digit` and `larger digit`, because a pair of digits has no order.
 *
 * @param options.frames T, 1 to 16384; default 15
 * @param options.seed data seed, default 0: sequence i is a pure function of (seed, split, i)
 * @throws CdsvaeError `usage`: an option out of range; `input`: MNIST is missing or damaged (on first reading)
 *
 * @example
 * const train = openSmMnist().split('train');
 * const x = new Uint8Array(16 * 15 * 64 * 64);
 * train.read(Array.from({ length: 16 }, (_, i) => i), x);
 */
export function openSmMnist(options: { frames?: number; seed?: number } = {}): Dataset {
  const { frames = SM_MNIST_FRAMES, seed = 0 } = options;
  checkWhole('sm-mnist: frames', frames, 1, MOST_FRAMES);
  checkWhole('sm-mnist: seed', seed, 0);
  const classes = Array.from({ length: 10 }, (_, digit) => String(digit));
  const info: DatasetInfo = {
    name: 'sm-mnist',
    corpus: 'sm-mnist',
    kind: 'video',
    frames,
    frame: [SIDE, SIDE, 1],
    dtype: 'uint8',
    divisor: 255,
    range: [0, 1],
    factors: [
      { name: 'smaller digit', type: 'static', classes },
      { name: 'larger digit', type: 'static', classes },
    ],
  };
  const splits: Record<SplitName, Split> = {
    train: new SmMnistSplit('train', info, seed),
    validation: new SmMnistSplit('validation', info, seed),
    test: new SmMnistSplit('test', info, seed),
  };
  return { info, split: (name) => splits[name], close: () => {} };
}

class SmMnistSplit implements Split {
  readonly name: SplitName;
  readonly size = Number.POSITIVE_INFINITY;
  readonly #info: DatasetInfo;
  readonly #seed: number;

  constructor(name: SplitName, info: DatasetInfo, seed: number) {
    this.name = name;
    this.#info = info;
    this.#seed = seed;
  }

  read(indices: ArrayLike<number>, out: Uint8Array | Float32Array): void {
    checkIndices(this, indices);
    checkOut(this.#info, indices.length, out);
    const { images } = this.#digits();
    const length = this.#info.frames * SIDE * SIDE;
    for (let i = 0; i < indices.length; i++) {
      const random = this.#random(indices[i]!);
      const digits = this.#choose(random).map((digit) => {
        const start = digit * MNIST_SIDE * MNIST_SIDE;
        return enlarge(images.subarray(start, start + MNIST_SIDE * MNIST_SIDE));
      });
      draw(digits, random, this.#info.frames, out.subarray(i * length, (i + 1) * length));
    }
  }

  labels(indices: ArrayLike<number>): Int32Array {
    checkIndices(this, indices);
    const { labels } = this.#digits();
    const out = new Int32Array(indices.length * DIGITS);
    for (let i = 0; i < indices.length; i++) {
      const pair = this.#choose(this.#random(indices[i]!)).map((digit) => labels[digit]!);
      out.set(
        pair.sort((a, b) => a - b),
        i * DIGITS,
      );
    }
    return out;
  }

  #random(index: number): Random {
    return Random.of(this.#seed, `sm-mnist ${this.name}`, index);
  }

  /** Which of MNIST's digits appear: the first draws of a sequence, so that labels need no pictures. */
  #choose(random: Random): number[] {
    const { first, count } = this.#digits();
    return Array.from({ length: DIGITS }, () => first + random.integer(count));
  }

  #digits() {
    const all = mnist(this.name === 'test' ? 'test' : 'train');
    const train = all.count - VALIDATION_DIGITS;
    if (this.name === 'train') return { ...all, first: 0, count: train };
    if (this.name === 'validation') return { ...all, first: train, count: VALIDATION_DIGITS };
    return { ...all, first: 0, count: all.count };
  }
}

/**
 * Moves digits through a sequence, by the physics above.
 *
 * @param digits uint8 `[32, 32]` each
 * @param out the sequence, `[frames, 64, 64]`, overwritten
 */
export function draw(digits: Uint8Array[], random: Random, frames: number, out: Uint8Array | Float32Array): void {
  const velocity = () => random.integer(2 * FASTEST + 1) - FASTEST;
  const away = () => 1 + random.integer(FASTEST);
  const movers = digits.map((ink) => ({
    ink,
    x: random.integer(PLACES),
    y: random.integer(PLACES),
    dx: velocity(),
    dy: velocity(),
  }));
  out.fill(0);
  for (let t = 0; t < frames; t++) {
    for (const m of movers) {
      if (m.y < 0 || m.y >= PLACES) {
        const top = m.y < 0;
        m.y = top ? 0 : PLACES - 1;
        m.dy = top ? away() : -away();
        m.dx = velocity();
      }
      if (m.x < 0 || m.x >= PLACES) {
        const left = m.x < 0;
        m.x = left ? 0 : PLACES - 1;
        m.dx = left ? away() : -away();
        m.dy = velocity();
      }
      for (let row = 0; row < DIGIT; row++) {
        const to = (t * SIDE + m.y + row) * SIDE + m.x;
        for (let column = 0; column < DIGIT; column++) {
          const ink = m.ink[row * DIGIT + column]!;
          if (ink > 0) out[to + column] = Math.min(255, out[to + column]! + ink);
        }
      }
      m.x += m.dx;
      m.y += m.dy;
    }
  }
}

/**
 * For each of 32 pixels across 28: the left or upper neighbour, the other one, and the other's weight in sixteenths.
 * Centres fall on (i + ½)·28/32 − ½, a multiple of 1/16, so this is exact; outside the edge the edge is repeated.
 */
const TAPS = Array.from({ length: DIGIT }, (_, i) => {
  const sixteenths = (2 * i + 1) * 7 - 8;
  const low = Math.floor(sixteenths / 16);
  return { low: Math.max(low, 0), high: Math.min(low + 1, MNIST_SIDE - 1), weight: sixteenths - 16 * low };
});

/**
 * 28×28 to 32×32, bilinear, rounded after each axis as Pillow (which their code calls) does.
 *
 * @param digit uint8 `[28, 28]`
 * @returns uint8 `[32, 32]`
 */
export function enlarge(digit: Uint8Array): Uint8Array {
  const wide = new Uint8Array(MNIST_SIDE * DIGIT);
  for (let y = 0; y < MNIST_SIDE; y++) {
    for (let x = 0; x < DIGIT; x++) {
      const { low, high, weight } = TAPS[x]!;
      const row = y * MNIST_SIDE;
      wide[y * DIGIT + x] = (digit[row + low]! * (16 - weight) + digit[row + high]! * weight + 8) >> 4;
    }
  }
  const out = new Uint8Array(DIGIT * DIGIT);
  for (let y = 0; y < DIGIT; y++) {
    const { low, high, weight } = TAPS[y]!;
    for (let x = 0; x < DIGIT; x++) {
      out[y * DIGIT + x] = (wide[low * DIGIT + x]! * (16 - weight) + wide[high * DIGIT + x]! * weight + 8) >> 4;
    }
  }
  return out;
}
