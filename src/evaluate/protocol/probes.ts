import { majority } from '../metrics/accuracy.js';
import { linearProbe } from '../metrics/linear-probe.js';
import { labelsOf, type Material, turn } from './material.js';

/** What a linear map reads of a label, from the factor that should hold it and from the one that should not. */
export interface Probe {
  readonly factor: string;
  readonly type: 'static' | 'dynamic';
  /** Accuracy on the sequences evaluated, 0 to 1. */
  readonly fromS: number;
  /** From all of a trajectory as one vector. */
  readonly fromZ: number;
  /** What a probe comes to that sees nothing: always saying what is most frequent where it was fitted. */
  readonly chance: number;
}

/**
 * Linear probes of every label from posterior means: leakage is a static label read from z, or a dynamic one from s.
 *
 * @param fit sequences of the training split, which the probes are fitted to
 * @param source sequences they are tried on
 */
export async function probes(fit: Material, source: Material): Promise<Probe[]> {
  const found: Probe[] = [];
  for (const factor of source.data.info.factors) {
    const labels = { train: labelsOf(fit, factor), test: labelsOf(source, factor) };
    const probe = (name: 's' | 'z') =>
      linearProbe(
        { vectors: fit[name], labels: labels.train },
        { vectors: source[name], labels: labels.test },
        factor.classes.length,
      );
    const [fromS, fromZ] = [probe('s'), probe('z')];
    // Without known labels there is nothing to probe.
    if (!Number.isNaN(fromS)) {
      found.push({ factor: factor.name, type: factor.type, fromS, fromZ, chance: majority(labels.train, labels.test) });
    }
    await turn();
  }
  return found;
}
