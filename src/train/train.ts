import { join } from 'node:path';
import { checkNames } from '../bounds.js';
import { isClipFolder } from '../data/clips/cache.js';
import { type Dataset, sequenceLength } from '../data/dataset.js';
import { BUILT_IN_DATASETS } from '../data/open.js';
import { prepareOwn } from '../data/own-folder.js';
import { CdsvaeError } from '../errors.js';
import { checkpointPath, sampleName } from '../formats/run-paths.js';
import { pairGroups } from '../generate/pairs.js';
import { outputBias } from '../model/index.js';
import { contactSheet } from '../picture/contact-sheet.js';
import { encodePng } from '../picture/png.js';
import { createSession } from '../runtime/node.js';
import { createModel } from '../trained/create.js';
import { writeModel } from '../trained/export.js';
import type { Batch } from '../trained/model.js';
import { batchIndices } from './batches.js';
import { type Experiment, experiment } from './experiment.js';
import { shownSequences } from './first-look.js';
import { type LoopState, loop, type TrainEvent } from './loop.js';
import { Plan } from './plan.js';
import { Prefetch } from './prefetch.js';
import { beginRun, checkOptions, type Prepared, resumeRun, TRAIN_OPTIONS } from './prepare.js';
import type { ObjectiveName, PresetName } from './presets.js';
import { factsOf } from './run-data.js';
import type { RunFolder } from './run-folder.js';
import { kindOf, stepKinds, validationBatch } from './step-kinds.js';
import { Trainer } from './trainer.js';
import { Validation } from './validation.js';

/** What to train, and where. */
export interface TrainOptions {
  /**
   * `sm-mnist`, a dataset folder, or a folder of clips or recordings, of which a dataset is made on first use, in its cache. When
   * resuming, only where the data have moved: where they are now, which the run then remembers.
   */
  readonly data?: string | undefined;
  /** The run folder; default `runs/NAME`, or `runs/NAME-2` and so on where that exists. */
  readonly out?: string | undefined;
  /** `compact` (default) or `paper`. */
  readonly preset?: PresetName | undefined;
  /** `cdsvae` (default), `dsvae`, `cdsvae-no-content`, `cdsvae-no-motion` or `cdsvae-mws`. */
  readonly objective?: ObjectiveName | undefined;
  /** Settings by hand, each `key=value`, such as `objective.gamma=0`. */
  readonly set?: readonly string[] | undefined;
  /** Sequences in a step. */
  readonly batch?: number | undefined;
  /** Length of training, with all that a resumed run has behind it: one of the three. */
  readonly steps?: number | undefined;
  /** Passes over the data, each of as many whole batches as they make. */
  readonly epochs?: number | undefined;
  readonly minutes?: number | undefined;
  /** Steps between checkpoints. */
  readonly checkpointEvery?: number | undefined;
  /** Fixes every random number. Default 0. */
  readonly seed?: number | undefined;
  /** Threads of the engine. Default: the number of cores. */
  readonly threads?: number | undefined;
  /**
   * Go on with the run in `out`, with the settings it was begun with, but those that are given anew: not its preset, objective, model, batch and seed. With
   * none but its length, by steps or epochs, it comes to the same bits as if it had never ended; by minutes, how many steps there are is for the clock to say ({@link Plan}).
   */
  readonly resume?: boolean | undefined;
  /** Aborted: finish the step, save, return. While a dataset is being made: throw; what is done of it is kept. */
  readonly signal?: AbortSignal | undefined;
  /** Told what happens. */
  readonly onEvent?: ((event: TrainEvent) => void) | undefined;
}

/** How a training ended. */
export interface TrainResult {
  /** The run folder. */
  readonly run: string;
  /** Steps done. */
  readonly step: number;
  /** Seconds of training, over all the times the run was started. */
  readonly seconds: number;
  /** Whether it was stopped before its last step. */
  readonly interrupted: boolean;
  /** Terms of the last step, of those that do not see whole sequences where others do; none where this start took no such step. */
  readonly terms: Record<string, number>;
  /** Terms on the validation sequences, when they were last looked at. */
  readonly validation?: Record<string, number>;
  /** Mean squared error of the reconstruction for one value, on the validation sequences (likelihood `gaussian`). */
  readonly errorPerValue?: number;
  /** The last contact sheet. */
  readonly sheet?: string;
  /** Share of the time of this start that was spent in steps, 0 to 1; validation, pictures and checkpoints are not counted. */
  readonly stepShare: number;
  /** Steps in a second of the last ones: a mean in which each counts nine tenths of the next. */
  readonly stepsPerSecond: number;
}

/**
 * Trains a model, or goes on training one, and leaves a run folder: settings, metrics, pictures, checkpoints and the model.
 *
 * @throws CdsvaeError `usage`, and `input` for all that can be known before training; `busy` where another process writes to the
 *   run; `stopped` where data are still being prepared; `diverged`, `io`. Of a run that ends so before its first step nothing is left, unless that step diverged
 *
 * @example
 * const { run, sheet } = await train({ data: 'sm-mnist', minutes: 5, onEvent: console.log });
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  checkNames('train', options, TRAIN_OPTIONS);
  if (!options.resume) await prepareData(options);
  const prepared = options.resume ? resumeRun(options) : beginRun(options);
  let inVain = false;
  try {
    return await trainIn(prepared, options);
  } catch (error) {
    inVain = !options.resume && endedBeforeItBegan(prepared.run, error);
    throw error;
  } finally {
    prepared.data.close();
    if (inVain) prepared.run.discard();
    else prepared.run.close();
  }
}

/** Makes a dataset of the user's own files, once, and says what it is before it is trained on. */
async function prepareData(options: TrainOptions): Promise<void> {
  const { data, onEvent = () => {}, signal } = options;
  if (data === undefined || BUILT_IN_DATASETS.includes(data) || !isClipFolder(data)) return;
  checkOptions(options);
  const begun = performance.now();
  const prepared = await prepareOwn(data, {
    onUnderstood: (understood) => onEvent({ type: 'understood', understood }),
    onProgress: (done, total, phase) => onEvent({ type: 'prepare', phase, done, total }),
    ...(signal && { signal }),
  });
  onEvent({ type: 'prepared', prepared, seconds: (performance.now() - begun) / 1000 });
}

/** Whether a new run holds nothing worth keeping: what a first step that diverged leaves tells of it. */
function endedBeforeItBegan(run: RunFolder, error: unknown): boolean {
  return run.metrics.sync() === 0 && !(error instanceof CdsvaeError && error.code === 'diverged');
}

async function trainIn(
  { run, settings, data, checkpoint, mean }: Prepared,
  options: TrainOptions,
): Promise<TrainResult> {
  const { onEvent = () => {}, signal } = options;
  const note = (text: string) => onEvent({ type: 'note', text });
  const { info } = data;
  const { threads, seed } = settings.train;
  const session = (model: Uint8Array) => createSession(model, { threads });
  const { size } = data.split('train')!;
  const setup = experiment(settings, info, size);
  const kinds = stepKinds(settings, info, size);
  const state = (checkpoint?.state ?? { steps: null, minutes: 0, seconds: 0, best: null }) as LoopState;
  const step = checkpoint?.step ?? 0;
  // A resumed run has the settings it was begun with, whatever they came from.
  const recipe = options.resume ? '' : ` for ${info.corpus ?? info.kind}`;
  note(
    `${info.name}: ${describe(data)}; ${formatMillions(setup.layout.parameters.size)} parameters; ` +
      `preset ${settings.preset}${recipe}, ${settings.objective.name}`,
  );
  if (checkpoint) note(`going on from step ${step}`);

  const shown = shownSequences(data, 4);
  const toValidate = { sequences: settings.train.validateOn, batch: validationBatch(settings, info) };
  const validation = new Validation(setup, info, data.split('validation')!, toValidate, session);
  const plans = kinds.map((kind) => kind.plan);
  // Before the trainer, so that the first batch is there when the first step's graph is. Nothing that throws may stand between it and
  // the `try`: its thread would keep the process from ending.
  const batches = new Prefetch({ source: settings.data, seed, plans, whole: settings.train }, step);
  try {
    const trainer = await Trainer.create(kinds, setup.layout, seed, session, mean && outputBias(setup.model, mean));
    try {
      if (checkpoint) trainer.restore(checkpoint.tensors, checkpointPath(run.path, step));
      let sheet: string | undefined;
      const result = await loop(
        {
          run,
          settings,
          facts: factsOf(data),
          plan: new Plan(settings.train, size, stepsKnown(settings.train.minutes, step, state)),
          trainer,
          batches,
          kindOf: (at) => kindOf(at, settings.train, kinds),
          sequences: (at) => batchIndices(plans[kindOf(at, settings.train, kinds)]!, 'train', size, at),
          validation,
          picture: (at) => {
            sheet = join(run.path, sampleName(at));
            return drawSheet(setup, trainer, shown, session, `${info.name}, step ${at}`);
          },
          onEvent,
        },
        { step, state },
        signal,
      );
      if (!result.interrupted) {
        await writeModel(run.paths.model, {
          config: setup.model,
          weights: trainer.weights(),
          steps: result.step,
          objective: settings.objective.name,
          data: info,
        });
      }
      const { terms, validation: held, ...rest } = result;
      return {
        run: run.path,
        ...rest,
        terms: terms ?? {},
        ...(held && { validation: held }),
        ...(held &&
          settings.objective.likelihood === 'gaussian' && {
            errorPerValue: held.reconstruction / sequenceLength(info),
          }),
        ...(sheet !== undefined && { sheet }),
      };
    } finally {
      await trainer.release();
    }
  } finally {
    await batches.close();
    await validation.release();
  }
}

/**
 * Steps in so many minutes, of a run that goes on: what was planned for them, or, for others, what they come to at its pace so far. So no step
 * is taken without a plan, at the learning rate of a beginning.
 */
function stepsKnown(minutes: number, step: number, state: LoopState): number | undefined {
  if (minutes === state.minutes) return state.steps ?? undefined;
  if (step === 0) return undefined;
  return step + Math.max(1, Math.floor(((60 * minutes - state.seconds) * step) / state.seconds));
}

/** What the model of this moment makes of the sequences shown, as a contact sheet in PNG. */
async function drawSheet(
  setup: Experiment,
  trainer: Trainer,
  shown: Batch,
  session: Parameters<typeof createModel>[2],
  title: string,
): Promise<Uint8Array> {
  const model = await createModel(setup.model, trainer.weights(), session);
  try {
    return await encodePng(contactSheet({ title, groups: await pairGroups(model, shown) }));
  } finally {
    await model.release();
  }
}

function describe(data: Dataset): string {
  const { info } = data;
  const sizes = (['train', 'validation', 'test'] as const).flatMap((name) => {
    const split = data.split(name);
    return split ? [`${name} ${Number.isFinite(split.size) ? split.size : 'endless'}`] : [];
  });
  return `${info.frames} frames of ${info.frame.join('×')}; ${sizes.join(', ')}`;
}

function formatMillions(n: number): string {
  return n < 1e6 ? `${(n / 1e3).toFixed(0)} thousand` : `${(n / 1e6).toFixed(1)} million`;
}
