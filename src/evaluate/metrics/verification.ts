import { CdsvaeError } from '../../errors.js';
import { Random } from '../../random.js';
import { checkFinite, checkLabels } from './check.js';
import { equalErrorRate } from './equal-error-rate.js';

/** All pairs of this many vectors are compared, 4.5 million; of more, as many vectors are drawn. */
const MOST_VECTORS = 3000;

/** Scores of pairs of vectors. */
export interface VerificationScores {
  /** Cosines of pairs of one label. */
  readonly genuine: Float64Array;
  /** Cosines of pairs of two labels. */
  readonly impostor: Float64Array;
}

/**
 * Cosine of every pair of vectors (i < j), by whether their labels agree: "are these of the same speaker?"
 *
 * @param vectors `[N, d]`, row-major; N is the number of labels
 * @param labels of each; a negative one is unknown, and its vector takes no part
 * @param groups of each; pairs of one group, such as segments of one utterance, are left out. Default: none are
 * @throws CdsvaeError `input` when the vectors do not fill N rows or are not finite, or there are not as many groups
 */
export function verificationScores(
  vectors: ArrayLike<number>,
  labels: ArrayLike<number>,
  groups?: ArrayLike<number>,
): VerificationScores {
  const n = labels.length;
  const d = vectors.length / n;
  if (!(Number.isInteger(d) && d > 0)) {
    throw new CdsvaeError(
      'input',
      `${vectors.length} values found for ${n} labels; as many rows as labels are expected`,
    );
  }
  if (groups && groups.length !== n) {
    throw new CdsvaeError('input', `${groups.length} groups found for ${n} vectors; as many are expected`);
  }
  checkFinite('vectors', vectors);
  checkLabels('labels', labels);
  const known = Array.from({ length: n }, (_, i) => i).filter((i) => labels[i]! >= 0);
  const rows = draw(known);
  const units = rows.map((i) => unit(vectors, i * d, d));
  const genuine: number[] = [];
  const impostor: number[] = [];
  for (let a = 0; a < rows.length; a++) {
    for (let b = a + 1; b < rows.length; b++) {
      if (groups && groups[rows[a]!] === groups[rows[b]!]) continue;
      let dot = 0;
      for (let k = 0; k < d; k++) dot += units[a]![k]! * units[b]![k]!;
      (labels[rows[a]!] === labels[rows[b]!] ? genuine : impostor).push(dot);
    }
  }
  return { genuine: Float64Array.from(genuine), impostor: Float64Array.from(impostor) };
}

/**
 * Equal error rate of telling by the cosine of two vectors whether they have the same label, over all pairs. Of more than 3000
 * vectors, 3000 drawn once and for all.
 *
 * @param vectors `[N, d]`: s, or the trajectories of z as one vector each
 * @param labels of each; a negative one is unknown
 * @param groups of each; pairs of one group are left out
 * @throws CdsvaeError `input` when no two labels agree, or none differ
 */
export function verificationError(
  vectors: ArrayLike<number>,
  labels: ArrayLike<number>,
  groups?: ArrayLike<number>,
): number {
  const { genuine, impostor } = verificationScores(vectors, labels, groups);
  return equalErrorRate(genuine, impostor);
}

function draw(rows: number[]): number[] {
  if (rows.length <= MOST_VECTORS) return rows;
  const order = Random.of(0, 'verification').permutation(rows.length);
  return Array.from(order.subarray(0, MOST_VECTORS), (i) => rows[i]!);
}

/** A row of length 1; a row of zeros stays, and is as like to any other as not. */
function unit(vectors: ArrayLike<number>, from: number, d: number): Float64Array {
  const row = new Float64Array(d);
  let squares = 0;
  for (let k = 0; k < d; k++) {
    row[k] = vectors[from + k]!;
    squares += row[k]! ** 2;
  }
  return squares > 0 ? row.map((v) => v / Math.sqrt(squares)) : row;
}
