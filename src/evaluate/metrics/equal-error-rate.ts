import { CdsvaeError } from '../../errors.js';

/**
 * Equal error rate of a decision by threshold: where as many of the genuine trials are rejected as of the impostor trials are
 * accepted, read off the exact ROC curve with no grid of thresholds.
 *
 * The curve goes from one distinct score to the next in a straight line. Trials of one score fall together, so between the two
 * ends of a tie lies what deciding it by the toss of a coin gives.
 *
 * @param genuine scores of trials that should be accepted; higher means more alike
 * @param impostor scores of trials that should be rejected
 * @returns 0 (all told apart) to 1; 0.5 is chance
 * @throws CdsvaeError `input` when there are no trials of a kind, or a score is not a finite number
 *
 * @example
 * equalErrorRate([0.9, 0.8, 0.3], [0.5, 0.2, 0.1]); // 1/3
 */
export function equalErrorRate(genuine: ArrayLike<number>, impostor: ArrayLike<number>): number {
  const accept = sorted('genuine', genuine);
  const reject = sorted('impostor', impostor);
  // The threshold rises from below all scores: false rejections from 0 to 1, false acceptances from 1 to 0.
  let [rejected, accepted] = [0, 1];
  let [i, j] = [0, 0];
  for (;;) {
    const score = Math.min(accept[i] ?? Number.POSITIVE_INFINITY, reject[j] ?? Number.POSITIVE_INFINITY);
    while (i < accept.length && accept[i] === score) i++;
    while (j < reject.length && reject[j] === score) j++;
    const next = { rejected: i / accept.length, accepted: 1 - j / reject.length };
    if (next.rejected >= next.accepted) {
      // rejected + t·Δ = accepted + t·Δ' somewhere on this piece, 0 < t ≤ 1.
      const t = (accepted - rejected) / (next.rejected - rejected + accepted - next.accepted);
      return rejected + t * (next.rejected - rejected);
    }
    rejected = next.rejected;
    accepted = next.accepted;
  }
}

function sorted(kind: string, scores: ArrayLike<number>): Float64Array {
  if (scores.length === 0) throw new CdsvaeError('input', `no scores of ${kind} trials; an error rate needs some`);
  const values = Float64Array.from(scores);
  const bad = values.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0) throw new CdsvaeError('input', `${kind} score ${bad} is ${values[bad]}; a finite number is expected`);
  return values.sort();
}
