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
}

/** Of every static factor of which two sequences agree and two differ. */
export function verification(source: Material): Verification[] {
  return source.data.info.factors.flatMap((factor) => {
    const labels = labelsOf(source, factor);
    const known = labels.filter((l) => l >= 0);
    const classes = new Set(known).size;
    if (factor.type !== 'static' || classes < 2 || classes === known.length) return [];
    const [s, z] = [verificationError(source.s, labels), verificationError(source.z, labels)];
    return [{ factor: factor.name, s, z, gap: z - s }];
  });
}
