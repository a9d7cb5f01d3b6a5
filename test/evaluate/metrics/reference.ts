import { readFileSync } from 'node:fs';

interface Reference {
  readonly eer: readonly { kind: string; genuine: number[]; impostor: number[]; rate: number }[];
  readonly inception: readonly {
    classes: number;
    p: number[];
    labels: number[];
    conditional: number;
    marginal: number;
    score: number;
    accuracy: number;
  }[];
  readonly probes: readonly {
    classes: number;
    d: number;
    train: number[];
    trainLabels: number[];
    test: number[];
    testLabels: number[];
    accuracy: number;
    standardized: number[];
    weights: number[] | null;
    biases: number[] | null;
  }[];
  readonly verification: { vectors: number[]; labels: number[]; rate: number };
}

/** Values by scikit-learn and SciPy. */
export const reference = JSON.parse(
  readFileSync(new URL('../../fixtures/metrics/metrics.json', import.meta.url), 'utf8'),
) as Reference;
