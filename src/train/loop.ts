import type { Understood } from '../data/clips/folder.js';
import type { OwnReport } from '../data/own-folder.js';
import { CdsvaeError } from '../errors.js';
import { checkpointPath, RUN_NAMES, sampleName } from '../formats/run-paths.js';
import { turn } from '../turn.js';
import type { BatchInputs } from './batches.js';
import type { Plan } from './plan.js';
import type { DataFacts } from './run-data.js';
import type { RunFolder } from './run-folder.js';
import { learningRateAt, weightAt } from './schedule.js';
import type { Settings } from './settings.js';
import { ALPHA_DYNAMIC } from './step.js';
import { allFinite, type StepTerms, type Trainer } from './trainer.js';
import type { Validation, ValidationTerms } from './validation.js';

/** What a checkpoint holds besides tensors and {@link Checkpoint.step}. */
export type LoopState = {
  /** Steps planned; null while they are not. */
  steps: number | null;
  /** What they were planned for, `train.minutes`; 0 where steps or epochs said how long. */
  minutes: number;
  /** Seconds of training so far, over all the times the run was started. */
  seconds: number;
  /** The checkpoint with the lowest validation loss. */
  best: { step: number; loss: number } | null;
  /** The data, to be known again. */
  data: DataFacts;
};

/** What is told while a run goes on. The first three: a folder of clips or recordings is made a dataset first. */
export type TrainEvent =
  | { readonly type: 'understood'; readonly understood: Understood }
  /** Things done, and in all; `phase` says what is being done. */
  | { readonly type: 'prepare'; readonly phase: string; readonly done: number; readonly total: number }
  | { readonly type: 'prepared'; readonly prepared: OwnReport; readonly seconds: number }
  /** Something worth knowing; a `warning` is of what is not as it should be. */
  | { readonly type: 'note'; readonly text: string; readonly warning?: true }
  | {
      readonly type: 'progress';
      readonly phase: string;
      readonly step: number;
      readonly steps?: number;
      /** Share done, 0 to 1. */
      readonly fraction: number;
      readonly secondsElapsed: number;
      readonly secondsLeft?: number;
      readonly stepsPerSecond: number;
      readonly sequencesPerSecond: number;
      /** Terms of the last step. */
      readonly terms: Record<string, number>;
      /** Share of the time that was spent in steps, 0 to 1; validation, pictures and checkpoints are not counted. */
      readonly stepShare?: number;
    };

/** What a loop works with. */
export interface LoopParts {
  readonly run: RunFolder;
  readonly settings: Settings;
  /** What the data are known again by when the run is resumed. */
  readonly facts: DataFacts;
  readonly plan: Plan;
  readonly trainer: Trainer;
  readonly batches: { next(step: number): Promise<BatchInputs> };
  /** Of a step 0, 1, …: 1 where it sees whole sequences and the others do not. */
  readonly kindOf: (step: number) => 0 | 1;
  /** Indices of the sequences in the batch of a step 0, 1, … */
  readonly sequences: (step: number) => number[];
  readonly validation: Validation;
  /** Draws what the model makes of a few sequences, as PNG. */
  readonly picture: (step: number) => Promise<Uint8Array>;
  readonly onEvent: (event: TrainEvent) => void;
}

/** How a loop ended. */
export interface LoopResult {
  readonly step: number;
  readonly seconds: number;
  readonly interrupted: boolean;
  readonly terms: StepTerms | undefined;
  readonly validation: ValidationTerms | undefined;
  readonly stepsPerSecond: number;
  readonly stepShare: number;
}

/**
 * Trains from a step to the last one: steps, and at their times validation, pictures and checkpoints. Everything that belongs to
 * a step is logged before its checkpoint, and logs are on disk before the checkpoint is, so a run resumed from it repeats nothing
 * and misses nothing.
 *
 * @param from the checkpoint to go on from
 * @param signal aborted: the step is finished, the state saved, and the loop ends
 * @throws CdsvaeError `diverged` where a term is NaN or infinite; the state before that step is saved, and `diverged.json` in the
 *   run folder tells of the step
 */
export async function loop(
  parts: LoopParts,
  from: { readonly step: number; readonly state: LoopState },
  signal?: AbortSignal,
): Promise<LoopResult> {
  const { run, settings, plan, trainer } = parts;
  const { metrics, events } = run;
  const { train } = settings;
  const begun = performance.now();
  const elapsed = () => from.state.seconds + (performance.now() - begun) / 1000;
  let { step } = from;
  let best = from.state.best;
  let terms: StepTerms | undefined;
  let validation: ValidationTerms | undefined;
  let inSteps = 0;
  let aside = 0;
  let rate = 0;
  let saved = step;
  let bestBefore = best;

  const share = () => inSteps / Math.max(1e-9, (performance.now() - begun) / 1000 - aside);
  const report = (phase: string) => {
    const { steps } = plan;
    const left = steps !== undefined && rate > 0 ? (steps - step) / rate : undefined;
    parts.onEvent({
      type: 'progress',
      phase,
      step,
      ...(steps !== undefined && { steps }),
      fraction: steps !== undefined ? step / steps : Math.min(1, elapsed() / (train.minutes * 60)),
      secondsElapsed: elapsed(),
      ...(left !== undefined && { secondsLeft: left }),
      stepsPerSecond: rate,
      sequencesPerSecond: rate * train.batch,
      terms: terms ?? {},
      stepShare: share(),
    });
  };
  /** @returns whether the loss is the lowest so far */
  const validate = async () => {
    report('validate');
    validation = await parts.validation.run(trainer.modelInputs);
    metrics.append({ step, validation });
    events.scalars(step, Object.fromEntries(Object.entries(validation).map(([k, v]) => [`validation/${k}`, v])));
    // Written so that NaN, which no checkpoint can hold, is never the best.
    if (!(validation.loss < (best?.loss ?? Number.POSITIVE_INFINITY))) return false;
    best = { step, loss: validation.loss };
    return true;
  };
  const save = () => {
    const { steps = null } = plan;
    const minutes = train.steps > 0 || train.epochs > 0 ? 0 : train.minutes;
    const state: LoopState = { steps, minutes, seconds: elapsed(), best, data: parts.facts };
    run.save({ step, tensors: trainer.save(), state });
    // The one before stays too, should this one be damaged, and with it the best one that it knows of.
    run.prune([step, saved, ...[best, bestBefore].flatMap((b) => (b ? [b.step] : []))]);
    [saved, bestBefore] = [step, best];
  };

  const done = () => (plan.steps !== undefined && step >= plan.steps) || plan.late(elapsed());
  // Asked once a step: were it asked again before the next, a run whose time is up between the two would end with its last step unsaved.
  let last = done();
  while (!last && !signal?.aborted) {
    const inputs = { ...(await parts.batches.next(step)), ...weights(settings.objective, step + 1, plan.steps) };
    const learningRate = learningRateAt(step + 1, plan.steps, settings.optimizer);
    const before = performance.now();
    const kind = parts.kindOf(step);
    const found = await trainer.step(step + 1, learningRate, inputs, kind);
    const seconds = (performance.now() - before) / 1000;
    if (!allFinite(found)) {
      // The trainer has the state of the step before.
      if (step > saved) save();
      throw diverged(parts, { step: step + 1, terms: found, learningRate, saved });
    }
    step++;
    if (kind === 0) terms = found;
    inSteps += seconds;
    rate = step - from.step === 1 ? 1 / seconds : 1 / (0.9 / rate + 0.1 * seconds);
    // Sums over more frames than those of the other steps: apart, as a curve of both would be none of either.
    metrics.append({ step, ...(kind === 0 ? found : { whole: found }), learningRate, seconds });
    const named = Object.entries(found).map(([name, v]) => [kind === 0 ? name : `whole/${name}`, v]);
    events.scalars(step, { ...Object.fromEntries(named), learningRate, stepsPerSecond: 1 / seconds });
    report('train');

    const planned = plan.timed(step, seconds, elapsed());
    if (planned) parts.onEvent({ type: 'note', text: `${plan.steps} steps planned for ${train.minutes} minutes` });
    last = done();
    const stepDone = performance.now();
    let better = false;
    const due = (every: number) => every > 0 && step % every === 0;
    if (due(train.validateEvery) || last) better = await validate();
    if (due(train.sampleEvery) || last) {
      report('draw');
      const png = await parts.picture(step);
      run.write(sampleName(step), png);
      events.image(step, 'samples', png);
    }
    if (due(train.checkpointEvery) || better || last || planned) save();
    aside += (performance.now() - stepDone) / 1000;
    // Lets signals and the worker's messages in: the engine blocks the event loop while it computes.
    await turn();
  }
  if (step > saved) save();
  report('done');
  return {
    step,
    seconds: elapsed(),
    interrupted: !last,
    terms,
    validation,
    stepsPerSecond: rate,
    stepShare: share(),
  };
}

/** Inputs of a step's graph for weights of the objective that differ from step to step. */
function weights({ alphaDynamic, alphaDynamicEnd }: Settings['objective'], step: number, steps?: number): BatchInputs {
  if (alphaDynamicEnd === null) return {};
  const value = weightAt(step, steps, alphaDynamic, alphaDynamicEnd);
  return { [ALPHA_DYNAMIC]: { type: 'float32', shape: [], data: Float32Array.of(value) } };
}

/** What a step that diverged is known by. */
interface Divergence {
  readonly step: number;
  readonly terms: StepTerms;
  readonly learningRate: number;
  /** The last checkpoint; 0: none. */
  readonly saved: number;
}

/** Leaves a report in the run folder: the step, its terms, and which sequences of the training split it saw. */
function diverged({ run, settings, sequences }: LoopParts, { step, terms, learningRate, saved }: Divergence) {
  const found = Object.entries(terms);
  const [good, bad] = [true, false].map((finite) => found.filter(([, v]) => Number.isFinite(v) === finite));
  const report = {
    step,
    terms: Object.fromEntries(found.map(([k, v]) => [k, Number.isFinite(v) ? v : String(v)])),
    learningRate,
    data: settings.data,
    sequences: sequences(step - 1),
  };
  const path = run.write(RUN_NAMES.diverged, `${JSON.stringify(report, null, 2)}\n`);
  return new CdsvaeError(
    'diverged',
    `step ${step}: ${bad!.map(([k, v]) => `${k} is ${v}`).join(', ')} (learning rate ${learningRate.toPrecision(3)}). ` +
      `Other terms: ${good!.map(([k, v]) => `${k} ${v.toPrecision(4)}`).join(', ') || 'none'}. ` +
      `The step and its batch are in ${path}. ` +
      (saved > 0
        ? `The last good checkpoint is ${checkpointPath(run.path, saved)}. `
        : 'No checkpoint was made yet. ') +
      `Try a lower optimizer.learningRate, or optimizer.${settings.optimizer.clipElement > 0 ? 'clip=100' : 'clipElement=5'}: ` +
      (saved > 0 ? 'go on by --resume, with --set' : 'begin anew, with --set'),
  );
}
