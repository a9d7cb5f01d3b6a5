import type { DatasetInfo } from '../data/dataset.js';
import { type Experiment, experiment } from './experiment.js';
import type { Settings } from './settings.js';

/**
 * The kinds of step a run has: the usual ones, and, where those see the beginnings of sequences, those that see them whole.
 *
 * @param trainSize sequences in the training split
 * @throws CdsvaeError what {@link experiment} throws
 */
export function stepKinds(settings: Settings, info: DatasetInfo, trainSize: number): readonly Experiment[] {
  const { batch, frames: beginning, wholeEvery } = settings.train;
  const frames = beginning || info.frames;
  const usual = experiment(settings, { ...info, frames }, trainSize);
  if (wholeEvery === 0 || frames === info.frames) return [usual];
  const share = frames / info.frames;
  const fewer = Math.max(2, Math.round(batch * share));
  const whole = experiment({ ...settings, train: { ...settings.train, batch: fewer } }, info, trainSize);
  // The loss of a sequence is a sum over its frames: weighed so that a frame counts as much as in the other steps.
  return [usual, { ...whole, config: { ...whole.config, lossWeight: share }, plan: { ...whole.plan, turn: batch } }];
}

/** A frame that is trained on takes as much memory as so many that are only looked at (2.6 and 0.5 MB at width 16). */
const LOOKED_AT = 5;

/** Sequences that are validated on at a time, which are whole: fewer than in a step where they would take more memory than it. */
export function validationBatch({ train }: Settings, { frames }: DatasetInfo): number {
  const { batch, frames: beginning } = train;
  return Math.max(2, Math.min(batch, Math.floor((LOOKED_AT * batch * (beginning || frames)) / frames)));
}

/** When steps see whole sequences. */
export type WholeSteps = Pick<Settings['train'], 'wholeEvery' | 'wholeFrom'>;

/** Which of its kinds a step 0, 1, … is of: a function of the step alone, so that a resumed run goes on as it would have. */
export function kindOf(step: number, { wholeEvery, wholeFrom }: WholeSteps, kinds: readonly unknown[]): 0 | 1 {
  return kinds.length > 1 && step >= wholeFrom && (step + 1) % wholeEvery === 0 ? 1 : 0;
}
