import { join } from 'node:path';
import { isClipFolder } from '../data/clips/cache.js';
import { type Dataset, type Split, sequenceLength } from '../data/dataset.js';
import { BUILT_IN_DATASETS } from '../data/open.js';
import { prepareOwn } from '../data/own-folder.js';
import { pairGroups } from '../generate/pairs.js';
import { outputBias } from '../model/index.js';
import { contactSheet } from '../picture/contact-sheet.js';
import { encodePng } from '../picture/png.js';
import { Random } from '../random.js';
import { createSession } from '../runtime/node.js';
import { createModel, writeModel } from '../trained/export.js';
import type { Batch } from '../trained/model.js';
import { readValues } from '../trained/read-values.js';
import { batchIndices } from './batches.js';
import { type Experiment, experiment } from './experiment.js';
import { type LoopState, loop, samplePath, type TrainEvent } from './loop.js';
import { Plan } from './plan.js';
import { Prefetch } from './prefetch.js';
import { beginRun, type Prepared, resumeRun } from './prepare.js';
import { kindOf, stepKinds } from './step-kinds.js';
import { Trainer } from './trainer.js';
import { Validation } from './validation.js';

/** What to train, and where. */
export interface TrainOptions {
  /**
   * `sm-mnist`, a dataset folder, or a folder of clips or recordings, of which a dataset is made on first use, in its cache. Not given
   * when resuming.
   */
  readonly data?: string;
  /** The run folder; default `runs/NAME`, or `runs/NAME-2` and so on where that exists. */
  readonly out?: string;
  /** `compact` (default) or `paper`. */
  readonly preset?: string;
  /** `cdsvae` (default), `dsvae`, `cdsvae-no-content`, `cdsvae-no-motion` or `cdsvae-mws`. */
  readonly objective?: string;
  /** Settings by hand, each `key=value`, such as `objective.gamma=0`. */
  readonly set?: readonly string[];
  /** Sequences in a step. */
  readonly batch?: number;
  /** Length of training: one of the three. */
  readonly steps?: number;
  readonly epochs?: number;
  readonly minutes?: number;
  /** Steps between checkpoints. */
  readonly checkpointEvery?: number;
  /** Fixes every random number. Default 0. */
  readonly seed?: number;
  /** Threads of the engine. Default: the number of cores. */
  readonly threads?: number;
  /** Go on with the run in `out`, with the settings it was begun with; only its length may be given anew. */
  readonly resume?: boolean;
  /** Aborted: finish the step, save, return. While a dataset is being made: throw; what is done of it is kept. */
  readonly signal?: AbortSignal;
  /** Told what happens. */
  readonly onEvent?: (event: TrainEvent) => void;
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
  /** Terms of the last step. */
  readonly terms: Record<string, number>;
  /** Terms on the validation sequences, when they were last looked at. */
  readonly validation?: Record<string, number>;
  /** Mean squared error of the reconstruction for one value, on the validation sequences (likelihood `gaussian`). */
  readonly errorPerValue?: number;
  /** The last contact sheet. */
  readonly sheet?: string;
  /** Share of the time of this start that was spent in steps, 0 to 1; validation, pictures and checkpoints are not counted. */
  readonly stepShare: number;
  readonly stepsPerSecond: number;
}

/**
 * Trains a model, or goes on training one, and leaves a run folder: settings, metrics, pictures, checkpoints and the model.
 *
 * @throws CdsvaeError `usage` and `input` before a run is made; `busy` where another process writes to the run;
 *   `diverged`, `io`
 *
 * @example
 * const { run, sheet } = await train({ data: 'sm-mnist', minutes: 5, onEvent: console.log });
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  if (!options.resume) await prepareData(options);
  const prepared = options.resume ? resumeRun(options) : beginRun(options);
  try {
    return await trainIn(prepared, options);
  } finally {
    prepared.data.close();
    prepared.run.close();
  }
}

/** Makes a dataset of the user's own files, once, and says what it is before it is trained on. */
async function prepareData({ data, onEvent = () => {}, signal }: TrainOptions): Promise<void> {
  if (data === undefined || BUILT_IN_DATASETS.includes(data) || !isClipFolder(data)) return;
  const begun = performance.now();
  const prepared = await prepareOwn(data, {
    onUnderstood: (understood) => onEvent({ type: 'understood', understood }),
    onProgress: (done, total, phase) => onEvent({ type: 'prepare', phase, done, total }),
    ...(signal && { signal }),
  });
  onEvent({ type: 'prepared', prepared, seconds: (performance.now() - begun) / 1000 });
}

async function trainIn({ run, settings, data, checkpoint }: Prepared, options: TrainOptions): Promise<TrainResult> {
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
  note(
    `${info.name}: ${describe(data)}; ${formatMillions(setup.layout.parameters.size)} parameters; ` +
      `preset ${settings.preset}, ${settings.method}`,
  );
  if (checkpoint) note(`going on from step ${step}`);

  const trainer = await Trainer.create(kinds, setup.layout, seed, session, outputBias(setup.model, meanOf(data)));
  if (checkpoint) trainer.restore(checkpoint.tensors, join(run.paths.checkpoints, `step-${step}`));
  const validationSplit = data.split('validation')!;
  const validation = await Validation.create(setup, info, validationSplit, settings.train.validateOn, session);
  const shown = shownSequences(data, 4);
  // Last of all: its thread would keep the process from ending, should anything before the `try` throw.
  const plans = kinds.map((kind) => kind.plan);
  const batches = new Prefetch({ source: settings.data, seed, plans, whole: settings.train }, step);
  let sheet: string | undefined;
  try {
    const result = await loop(
      {
        run,
        settings,
        plan: new Plan(
          settings.train,
          size,
          state.minutes === settings.train.minutes ? (state.steps ?? undefined) : undefined,
        ),
        trainer,
        batches,
        kindOf: (at) => kindOf(at, settings.train, kinds),
        sequences: (at) => batchIndices(plans[kindOf(at, settings.train, kinds)]!, 'train', size, at),
        validation,
        picture: (at) => {
          sheet = join(run.path, samplePath(at));
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
        settings.objective.likelihood === 'gaussian' && { errorPerValue: held.reconstruction / sequenceLength(info) }),
      ...(sheet !== undefined && { sheet }),
    };
  } finally {
    await batches.close();
    await trainer.release();
    await validation.session.release();
  }
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

/** Mean of each channel or feature over a few sequences of the training split. */
function meanOf(data: Dataset): Float64Array {
  const split = data.split('train')!;
  const { shape, data: values } = readValues(data, split.name, spread(split, Math.min(64, split.size)));
  const channels = shape.at(-1)!;
  const sums = new Float64Array(channels);
  for (let i = 0; i < values.length; i++) sums[i % channels]! += values[i]!;
  return sums.map((s) => (s * channels) / values.length);
}

/** Sequences of the test split (or the validation split) to be shown. */
function shownSequences(data: Dataset, count: number): Batch {
  const split = data.split('test') ?? data.split('validation')!;
  return readValues(data, split.name, spread(split, count));
}

/** So many indices, drawn from all of a split: neighbours are often alike, and so are every so many. Always the same ones. */
function spread(split: Split, count: number): number[] {
  if (!Number.isFinite(split.size)) return Array.from({ length: count }, (_, i) => i);
  const order = Random.of(0, 'shown').permutation(split.size);
  return Array.from({ length: count }, (_, i) => order[i % split.size]!);
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
