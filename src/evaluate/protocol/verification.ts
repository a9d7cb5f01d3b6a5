import { verificationError } from '../metrics/verification.js';
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

/** Of every static factor of which two sequences agree and two differ. */
export function verification(source: Material): Verification[] {
  return source.data.info.factors.flatMap((factor) => {
    const labels = labelsOf(source, factor);
    const known = labels.filter((l) => l >= 0);
    const classes = new Set(known).size;
    if (factor.type !== 'static' || classes < 2 || classes === known.length) return [];
    const finer = source.data.info.factors.find((other) => divides(labelsOf(source, other), labels));
    const groups = finer && labelsOf(source, finer);
    const [s, z] = [source.s, source.z].map((vectors) => verificationError(vectors, labels, groups)) as [
      number,
      number,
    ];
    return [{ factor: factor.name, s, z, gap: z - s, ...(finer && { apart: finer.name }) }];
  });
}

/** Whether the classes of `fine` divide those of `coarse`: each lies in one, and there are more of them. */
function divides(fine: Int32Array, coarse: Int32Array): boolean {
  const within = new Map<number, number>();
  for (let i = 0; i < fine.length; i++) {
    if (fine[i]! < 0 || coarse[i]! < 0 || (within.get(fine[i]!) ?? coarse[i]) !== coarse[i]) return false;
    within.set(fine[i]!, coarse[i]!);
  }
  return within.size > new Set(coarse).size;
}
