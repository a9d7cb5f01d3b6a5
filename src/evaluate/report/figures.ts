/** How the figures of an evaluation are written, on the command line and in the page. No files, so that the browser can too. */
import { counted } from '../../counted.js';
import type { Evaluation } from '../evaluation.js';
import type { Summary } from '../metrics/summary.js';
import type { Verification } from '../protocol/verification.js';

/** A share in per cent. */
export function percent(share: number): string {
  return (100 * share).toFixed(2);
}

/** On what an evaluation was made, and how often: `on 2000 test sequences of sm-mnist; once`. */
export function evaluatedOn({ data, repeats }: Pick<Evaluation, 'data' | 'repeats'>): string {
  const times = repeats === 1 ? 'once' : `mean ± standard deviation of ${counted(repeats, 'repeat')}`;
  return `on ${counted(data.sequences, `${data.split} sequence`)} of ${data.name}; ${times}`;
}

/** How often a judge is right on real sequences: in each factor, and in all of those that stay, or that move, at once. */
export function judgeShares({
  factors,
  accuracy,
}: Pick<NonNullable<Evaluation['judge']>, 'factors' | 'accuracy'>): [string, number | null][] {
  const together = factors.length === 1 ? [] : (['static', 'dynamic'] as const);
  return [
    ...factors.map((name, k): [string, number | null] => [name, accuracy.factors[k] ?? null]),
    ...together.flatMap((type): [string, number][] =>
      accuracy[type] === null ? [] : [[`all ${type}`, accuracy[type]]],
    ),
  ];
}

/** A mean and, of several repeats, its deviation: nothing is known of the deviation of a single value. */
export function spread(repeats: number, { mean, deviation }: Summary, digits: number): string {
  return repeats === 1 ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${deviation.toFixed(digits)}`;
}

/** A share in per cent, as {@link spread} has it. */
export function spreadPercent(repeats: number, { mean, deviation }: Summary): string {
  return spread(repeats, { mean: 100 * mean, deviation: 100 * deviation }, 2);
}

/** What was verified, and of which finer factor the pairs differ. */
export function verifiedFactor({ factor, apart }: Pick<Verification, 'factor' | 'apart'>): string {
  return apart === undefined ? factor : `${factor}, of different ${apart}`;
}
