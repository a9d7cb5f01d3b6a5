import type { Factor } from '../../data/dataset.js';
import { majority } from '../metrics/accuracy.js';
import { linearProbe } from '../metrics/linear-probe.js';
import { labelsOf, type Material, type OnSequences } from './material.js';

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
 * Linear probes of labels from posterior means: leakage is a static label read from z, or a dynamic one from s. Of a factor whose classes
 * in `source` are all unknown in `fit`, as speakers are who are in one split only, there is none.
 *
 * @param fit sequences of the training split, which the probes are fitted to
 * @param source sequences they are tried on: those of classes that are in `fit`
 * @param onSequences told of those in `fit` for each factor, and of none in the course of it
 */
export async function probes(fit: Material, source: Material, onSequences: OnSequences): Promise<Probe[]> {
  const found: Probe[] = [];
  for (const factor of source.data.info.factors) {
    const { train, test } = sharedLabels(fit, source, factor);
    if (test.some((label) => label >= 0)) {
      const probe = (name: 's' | 'z') =>
        linearProbe(
          { vectors: fit[name], labels: train },
          { vectors: source[name], labels: test },
          factor.classes.length,
          {
            onIteration: () => onSequences(0),
          },
        );
      const [fromS, fromZ] = [await probe('s'), await probe('z')];
      found.push({ factor: factor.name, type: factor.type, fromS, fromZ, chance: majority(train, test) });
    }
    onSequences(fit.indices.length);
  }
  return found;
}

/** Labels of a factor; in `source` as unknown where their class is not in `fit`. */
function sharedLabels(fit: Material, source: Material, factor: Factor): { train: Int32Array; test: Int32Array } {
  const train = labelsOf(fit, factor);
  const seen = new Set(train);
  return { train, test: labelsOf(source, factor).map((label) => (seen.has(label) ? label : -1)) };
}
