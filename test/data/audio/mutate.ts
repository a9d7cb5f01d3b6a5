import { Random } from '../../../src/random.js';

/** Values that break parsers. */
const EDGES = [0, 1, 2, 7, 16, 127, 128, 254, 255];

/**
 * A file with something wrong: bytes changed, set to an edge, cut off, left out, doubled or put in, up to eight times, near the
 * head as often as anywhere. A pure function of the seed and the number.
 */
export function mutate(bytes: Uint8Array, seed: number, index: number): Uint8Array {
  const random = Random.of(seed, 'mutate', index);
  let file = Uint8Array.from(bytes);
  const place = () => random.integer(Math.max(1, random.integer(2) === 0 ? Math.min(file.length, 64) : file.length));
  for (let n = 1 + random.integer(8); n > 0; n--) {
    const at = place();
    const length = 1 + random.integer(random.integer(4) === 0 ? 256 : 4);
    const part = file.subarray(at, at + length);
    switch (random.integer(6)) {
      case 0:
        file[at]! ^= 1 << random.integer(8);
        break;
      case 1:
        file.fill(EDGES[random.integer(EDGES.length)]!, at, at + length);
        break;
      case 2:
        file = file.slice(0, at);
        break;
      case 3:
        file = Uint8Array.from([...file.subarray(0, at), ...file.subarray(at + length)]);
        break;
      case 4:
        file = Uint8Array.from([...file.subarray(0, at), ...part, ...file.subarray(at)]);
        break;
      default:
        for (let i = 0; i < part.length; i++) part[i] = random.integer(256);
    }
  }
  return file;
}
