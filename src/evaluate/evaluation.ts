/** What is found of a model, as a file holds it. */
import type { Corpus, SplitName } from '../data/dataset.js';
import type { JudgeAccuracy } from './judge/judge.js';
import type { Direction } from './protocol/direction.js';
import type { MutualInformationReport } from './protocol/mutual-information.js';
import type { Probe } from './protocol/probes.js';
import type { Reconstruction } from './protocol/reconstruction.js';
import type { Swap } from './protocol/swap.js';
import type { Verification } from './protocol/verification.js';

/** What `evaluation.json` holds. Accuracies, error rates and probes are shares from 0 to 1, entropies and information in nats. */
export interface Evaluation {
  readonly format: typeof EVALUATION_FORMAT;
  /** The folder evaluated, the training steps of its model, and the SHA-256 of its weights. */
  readonly model: {
    readonly folder: string;
    readonly steps: number | null;
    readonly objective: string | null;
    readonly weights?: string;
  };
  readonly data: {
    readonly name: string;
    /** Which of the paper's data sets they are; null: none, undefined in evaluations of before it was written. */
    readonly corpus?: Corpus | null;
    readonly split: SplitName;
    readonly sequences: number;
  };
  readonly repeats: number;
  readonly seed: number;
  readonly judge: {
    readonly folder: string;
    readonly factors: readonly string[];
    readonly accuracy: JudgeAccuracy;
    /** SHA-256 of its weights. */
    readonly weights?: string;
  } | null;
  /** z fixed, s drawn: dynamic labels are kept, static ones are drawn. */
  readonly dynamicFixed: Direction | null;
  /** s fixed, z drawn: static labels are kept, dynamic ones are drawn. */
  readonly staticFixed: Direction | null;
  readonly swap: Swap | null;
  readonly reconstruction: Reconstruction;
  readonly probes: readonly Probe[];
  readonly mutualInformation: MutualInformationReport | null;
  /** Of features and speech, not of video. */
  readonly verification: readonly Verification[];
  /** What could not be evaluated, why, and what to do. */
  readonly leftOut: readonly string[];
  /** What to be wary of: sequences that were learned from, factors that the judge knows less than well. */
  readonly warnings: readonly string[];
  /** How long it took. */
  readonly seconds: number;
}

/** Stands in the file: another is one that this version does not know. */
export const EVALUATION_FORMAT = 'cdsvae evaluation 1';

/** What is found of a model, wherever it came from. */
export type Measures = Omit<Evaluation, 'format' | 'model' | 'judge'>;
