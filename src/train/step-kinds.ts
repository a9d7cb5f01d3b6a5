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
  const fewer = Math.max(2, Math.round((batch * frames) / info.frames));
  const whole = experiment({ ...settings, train: { ...settings.train, batch: fewer } }, info, trainSize);
  return [usual, { ...whole, plan: { ...whole.plan, turn: batch } }];
}

/** Which of its kinds a step 0, 1, … is of: a function of the step alone, so that a resumed run goes on as it would have. */
export function kindOf(step: number, wholeEvery: number, kinds: readonly unknown[]): 0 | 1 {
  return kinds.length > 1 && (step + 1) % wholeEvery === 0 ? 1 : 0;
}
