/**
 * Random numbers as a pure function of (seed, stream, index).
 *
 * No generator state is ever saved: whoever needs the numbers of step 1234 asks for them by name, so a resumed run draws
 * what an undisturbed one would have. The key is hashed (murmur3's finaliser, Appleby 2011) into the state of
 * xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021), which then runs on.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  #spare: number | undefined;

  private constructor(a: number, b: number, c: number, d: number) {
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#d = d;
  }

  /** A generator with this 128-bit state, four words of 32 bits, not all zero. */
  static fromState(state: readonly [number, number, number, number]): Random {
    return new Random(state[0] | 0, state[1] | 0, state[2] | 0, state[3] | 0);
  }

  /**
   * The generator of one purpose at one moment. All of it follows from 32 bits of these three: of tens of thousands of moments of
   * several purposes, a few have the same one.
   *
   * @param seed the run's seed, an integer from 0 to 2^53 − 1
   * @param stream what the numbers are for, such as `posterior noise`
   * @param index which draw of that purpose: a step, an epoch, a sequence; an integer from 0 to 2^53 − 1
   */
  static of(seed: number, stream: string, index = 0): Random {
    let h = 0x9e3779b9 | 0;
    const absorb = (word: number) => {
      h = mix((h ^ word) + 0x6d2b79f5);
    };
    for (const n of [seed, index]) {
      absorb(n | 0);
      absorb(Math.floor(n / 2 ** 32));
    }
    for (let i = 0; i < stream.length; i++) absorb(stream.charCodeAt(i));
    const word = () => {
      absorb(0x2545f491);
      return h;
    };
    return new Random(word(), word(), word(), word() | 1);
  }

  /** The next 32 random bits as an unsigned integer. */
  uint32(): number {
    const r = Math.imul(rotl(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const t = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= t;
    this.#d = rotl(this.#d, 11);
    return r;
  }

  /** Uniform in [low, high), with 32 bits of resolution. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.uint32() * 2 ** -32);
  }

  /** A uniform integer in [0, n), n ≤ 2^32. Rejects the incomplete last block, so that no value is favoured. */
  integer(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const r = this.uint32();
      if (r < limit) return r % n;
    }
  }

  /** A standard normal number (Marsaglia's polar method). */
  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    for (;;) {
      const u = this.uniform(-1, 1);
      const v = this.uniform(-1, 1);
      const q = u * u + v * v;
      if (q > 0 && q < 1) {
        const f = Math.sqrt((-2 * Math.log(q)) / q);
        this.#spare = v * f;
        return u * f;
      }
    }
  }

  /** Fills `out` with standard normal numbers and returns it. */
  normals<A extends Float32Array | Float64Array>(out: A): A {
    for (let i = 0; i < out.length; i++) out[i] = this.normal();
    return out;
  }

  /** A random order of 0 … n − 1 (Fisher and Yates). */
  permutation(n: number): Int32Array {
    const p = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const t = p[i]!;
      p[i] = p[j]!;
      p[j] = t;
    }
    return p;
  }
}

function rotl(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}

function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
