import type { Factor } from '../../data/dataset.js';
import { equalErrorRate } from '../metrics/equal-error-rate.js';
import { verificationScores } from '../metrics/verification.js';
import { labelsOf, type Material } from './material.js';

/** Equal error rates of "are these two of the same class?" by the cosine of their factors (§4.2, speech). */
export interface Verification {
  /** Such as `speaker`. */
  readonly factor: string;
  /** On s: low where s holds the factor. */
  readonly s: number;
  /** On trajectories of z as one vector: near 0.5 where z holds nothing of it. */
  readonly z: number;
  /** z − s. */
  readonly gap: number;
  /** The finer factor of which pairs of one class are left out, such as `utterance`: two cuts of one recording are alike in more than the speaker. */
  readonly apart?: string;
}

/** Of every static factor of which two of the sequences that are compared agree and two differ. */
export function verification(source: Material): Verification[] {
  return source.data.info.factors.flatMap((factor) => {
    const labels = labelsOf(source, factor);
    if (factor.type !== 'static' || new Set(labels.filter((l) => l >= 0)).size < 2) return [];
    const finer = coarsest(source, labels);
    const groups = finer && labelsOf(source, finer);
    // What may be of the same recording as another is no good for a pair.
    const usable = labels.map((label, i) => (groups && groups[i]! < 0 ? -1 : label));
    const scores = (['s', 'z'] as const).map((name) => verificationScores(source[name], usable, groups));
    if (scores.some(({ genuine, impostor }) => genuine.length === 0 || impostor.length === 0)) return [];
    const [s, z] = scores.map(({ genuine, impostor }) => equalErrorRate(genuine, impostor)) as [number, number];
    return [{ factor: factor.name, s, z, gap: z - s, ...(finer && { apart: finer.name }) }];
  });
}

/** Of the factors whose classes divide those of `labels` the one of fewest: recordings, say, rather than cuts of them. */
function coarsest(source: Material, labels: Int32Array): Factor | undefined {
  const sizes = source.data.info.factors.flatMap((factor) => {
    const size = divisions(labelsOf(source, factor), labels);
    return size === undefined ? [] : [{ factor, size }];
  });
  return sizes.sort((a, b) => a.size - b.size)[0]?.factor;
}

/** How many classes `fine` has, where they divide those of `coarse`: each lies in one, and there are more of them. Unknown ones do not count. */
function divisions(fine: Int32Array, coarse: Int32Array): number | undefined {
  const within = new Map<number, number>();
  for (let i = 0; i < fine.length; i++) {
    if (fine[i]! < 0 || coarse[i]! < 0) continue;
    if ((within.get(fine[i]!) ?? coarse[i]) !== coarse[i]) return undefined;
    within.set(fine[i]!, coarse[i]!);
  }
  return within.size > new Set(within.values()).size ? within.size : undefined;
}
