/**
 * The official split of Sprites: `numpy.random.seed(423); numpy.random.permutation(range(1296))`, whose first 1000 ids
 * are train and the rest test. NumPy's legacy generator is frozen for ever, so the few lines of it that matter are here,
 * and sheets without a split file can be used too.
 */

/** Characters in all: 6 bodies × 6 bottoms × 6 tops × 6 hairs. */
export const SPRITES_CHARACTERS = 1296;
/** The first so many of {@link spritesPermutation} are train characters, validation included. */
export const SPRITES_TRAIN_CHARACTERS = 1000;

const SEED = 423;

/** Character ids in the order of the official split, `[1296]`. */
export function spritesPermutation(): number[] {
  const next = mt19937(SEED);
  const ids = Array.from({ length: SPRITES_CHARACTERS }, (_, i) => i);
  for (let i = SPRITES_CHARACTERS - 1; i > 0; i--) {
    // NumPy draws an integer up to i by cutting 32 bits down to as many as i has, until one fits.
    const mask = 2 ** (32 - Math.clz32(i)) - 1;
    let j = next() & mask;
    while (j > i) j = next() & mask;
    const t = ids[i]!;
    ids[i] = ids[j]!;
    ids[j] = t;
  }
  return ids;
}

/** MT19937 (Matsumoto and Nishimura, "Mersenne Twister", 1998) from a 32-bit seed: 32 random bits a call. */
function mt19937(seed: number): () => number {
  const state = new Uint32Array(624);
  state[0] = seed;
  for (let i = 1; i < 624; i++) {
    const previous = state[i - 1]!;
    state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
  }
  let at = 624;
  return () => {
    if (at === 624) {
      for (let i = 0; i < 624; i++) {
        const y = (state[i]! & 0x80000000) | (state[(i + 1) % 624]! & 0x7fffffff);
        state[i] = state[(i + 397) % 624]! ^ (y >>> 1) ^ ((y & 1) === 1 ? 0x9908b0df : 0);
      }
      at = 0;
    }
    let y = state[at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}
