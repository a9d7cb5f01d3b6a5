/** The measures of a model, a judge and data that are at hand. */
import { isDeepStrictEqual } from 'node:util';
import { checkNames, checkWhole } from '../bounds.js';
import { type Dataset, type Split, type SplitName, shownSplit, splitOf } from '../data/dataset.js';
import { CdsvaeError } from '../errors.js';
import { frameDims } from '../model/index.js';
import { Random } from '../random.js';
import { ENDLESS } from '../train/experiment.js';
import type { Model } from '../trained/model.js';
import { columns } from './columns.js';
import type { Measures } from './evaluation.js';
import { checkJudge } from './judge/folder.js';
import { type Judge, placesOf } from './judge/judge.js';
import { direction } from './protocol/direction.js';
import { encodeSplit, type Material, type OnSequences } from './protocol/material.js';
import { mutualInformation } from './protocol/mutual-information.js';
import { type Probe, probes } from './protocol/probes.js';
import { reconstruction } from './protocol/reconstruction.js';
import { type Swap, swap } from './protocol/swap.js';
import { type Verification, verification } from './protocol/verification.js';

const ENDLESS_SEQUENCES = 2000;
const SEEN = 'the model, the judge and the probes have learned from train; what they know shows on test';
const OTHER_SOUND =
  'these spectra are standardised by other numbers than those the model was trained on, and so look unlike any it knows';
/** What takes a judge. */
const JUDGED = 'generation, swaps and the accuracy of reconstructions';
/** Most sequences that probes are fitted to, and most for each that they are tried on. */
const PROBE_ON = 3000;
const PROBE_SHARE = 10;

/** How a model at hand is evaluated. */
export interface EvaluateModelOptions {
  /** Which sequences. Default `test`, or `validation` where the data have no test split. */
  readonly split?: SplitName | undefined;
  /** How many, drawn from the split. Default all of them; 2000 of an endless source. */
  readonly sequences?: number | undefined;
  /** How often everything random is repeated. Default 5. */
  readonly repeats?: number | undefined;
  /** Fixes every random number. Default 0. */
  readonly seed?: number | undefined;
  /** Threads of the engine. Default: the number of cores. */
  readonly threads?: number | undefined;
  /** Aborted: nothing is written. */
  readonly signal?: AbortSignal | undefined;
  /** Told what is being done and the share of all of it that is, 0 to 1. */
  readonly onProgress?: ((what: string, fraction: number) => void) | undefined;
}

/** Every option of {@link evaluateModel}. */
export const EVALUATE_MODEL_OPTIONS: Readonly<Record<keyof EvaluateModelOptions, true>> = {
  split: true,
  sequences: true,
  repeats: true,
  seed: true,
  threads: true,
  signal: true,
  onProgress: true,
};

/**
 * The measures of a model, a judge and data that are at hand; nothing is written.
 *
 * @param judge what needs one is left out where there is none
 * @throws CdsvaeError `usage`; `stopped`; `input`: data of another shape than the model takes, or a judge of other data
 *
 * @example
 * const { probes } = await evaluateModel(await load('runs/digits'), undefined, openDataset('sm-mnist'), { sequences: 200 });
 */
export async function evaluateModel(
  model: Model,
  judge: Judge | undefined,
  data: Dataset,
  options: EvaluateModelOptions = {},
): Promise<Measures> {
  checkNames('evaluateModel', options, EVALUATE_MODEL_OPTIONS);
  checkData(model, 'the model', data);
  if (judge) checkJudge(judge, 'the judge', data.info);
  const found = await measures(model, judge, data, options);
  return judge ? found : { ...found, leftOut: [withoutJudge(data, 'no judge is given'), ...found.leftOut] };
}

/** As {@link evaluateModel}, of what was checked. */
export async function measures(
  model: Model,
  given: Judge | undefined,
  data: Dataset,
  options: EvaluateModelOptions,
): Promise<Measures> {
  const { repeats = 5, seed = 0, sequences } = options;
  checkWhole('repeats', repeats, 1);
  checkWhole('seed', seed, 0);
  if (options.threads !== undefined) checkWhole('threads', options.threads, 1);
  if (sequences !== undefined) checkWhole('sequences', sequences, 1);
  const begun = performance.now();
  const split = options.split === undefined ? shownSplit(data) : splitOf(data, options.split);
  const train = data.split('train')!;
  const indices = choose(split, sequences ?? ENDLESS_SEQUENCES, sequences !== undefined, seed);
  const fitOn = choose(train, Math.min(PROBE_ON, PROBE_SHARE * indices.length), true, seed);
  const labelled = new Set(labelledFactors(data, split, indices));
  const asked = given?.only((factor) => labelled.has(factor.name));
  const judge = asked && asked.factors.length > 0 ? asked : undefined;
  const fixable = (['dynamic', 'static'] as const).filter((fixed) => judge && placesOf(judge, fixed).length > 0);
  const passes = 2 + repeats + (judge ? (fixable.length + 1) * repeats : 0);
  const during = progressOf(
    options,
    passes * indices.length + (labelled.size > 0 ? (1 + data.info.factors.length) * fitOn.length : 0),
  );
  const source = await encodeSplit(model, data, split, indices, during('encode'));
  const reconstructed = await reconstruction(model, judge, source, during('reconstruct'));
  const times = { repeats, seed };
  const go = async (fixed: 'static' | 'dynamic') =>
    judge && fixable.includes(fixed)
      ? direction(model, judge, source, fixed, times, during(`draw ${fixed === 'static' ? 'z' : 's'}`))
      : null;
  const dynamicFixed = await go('dynamic');
  const staticFixed = await go('static');
  const swapped = judge ? ((await swap(model, judge, source, times, during('swap'))) ?? null) : null;
  const fit = labelled.size > 0 ? await encodeSplit(model, data, train, fitOn, during('encode for probes')) : undefined;
  const probed = fit ? await probes(fit, source, during('fit probes')) : [];
  const dataSize = Number.isFinite(train.size) ? train.size : ENDLESS;
  const information = await mutualInformation(
    model.config,
    source,
    dataSize,
    times,
    during('mutual information'),
    options.threads === undefined ? {} : { threads: options.threads },
  );
  const verified = data.info.kind === 'video' ? [] : verification(source);
  if (options.signal?.aborted) throw stopped();
  return {
    data: {
      name: data.info.name,
      corpus: data.info.corpus ?? null,
      split: split.name,
      sequences: indices.length,
    },
    repeats,
    seed,
    dynamicFixed,
    staticFixed,
    swap: swapped,
    reconstruction: reconstructed,
    probes: probed,
    mutualInformation: information ?? null,
    verification: verified,
    leftOut: [
      ...leftOut(data, source, given, { swapped, probed, labelled, verified }),
      ...(information ? [] : ['mutual information: it takes two sequences or more']),
    ],
    warnings: [
      ...(split.name === 'train' ? [SEEN] : []),
      ...(isDeepStrictEqual(data.info.audio, model.description?.data.audio ?? data.info.audio) ? [] : [OTHER_SOUND]),
      ...(given?.warnings() ?? []),
    ],
    seconds: (performance.now() - begun) / 1000,
  };
}

/**
 * Reports how many of all the sequences have gone through the model or its judge, however often each.
 *
 * @throws CdsvaeError `stopped`, from what is told of sequences
 */
function progressOf(
  { onProgress = () => {}, signal }: EvaluateModelOptions,
  all: number,
): (what: string) => OnSequences {
  let done = 0;
  return (what) => (count) => {
    if (signal?.aborted) throw stopped();
    done += count;
    onProgress(what, Math.min(1, done / all));
  };
}

function stopped(): CdsvaeError {
  return new CdsvaeError('stopped', 'stopped before it was whole; nothing was written');
}

/** So many sequences of a split, drawn where it has more, in ascending order; all where they are not asked to be few. */
function choose(split: Split, count: number, limited: boolean, seed: number): number[] {
  if (!Number.isFinite(split.size)) return Array.from({ length: count }, (_, i) => i);
  const all = Array.from({ length: split.size }, (_, i) => i);
  if (!limited || count >= split.size) return all;
  return Array.from(Random.of(seed, `evaluate ${split.name}`).permutation(split.size).subarray(0, count)).sort(
    (a, b) => a - b,
  );
}

/** Names of the factors that some of these sequences have a label of. */
function labelledFactors({ info }: Dataset, split: Split, indices: readonly number[]): string[] {
  const labels = columns(info, split, indices, info.factors);
  return info.factors.flatMap(({ name }, k) => (labels[k]!.some((label) => label >= 0) ? [name] : []));
}

/** Whether a model takes such sequences. @throws CdsvaeError `input` */
export function checkData(model: Model, name: string, { info }: Dataset): void {
  const { frames, frame } = model.config;
  const takes = [frames, ...frameDims(frame)];
  const found = [info.frames, ...info.frame];
  if (takes.join() === found.join()) return;
  const names = frame.kind === 'video' ? 'T, H, W, C' : 'T, F';
  throw new CdsvaeError(
    'input',
    `"${info.name}": sequences [${found}] found; ${name} takes [${takes}] ([${names}]): evaluate it on data of that shape`,
  );
}

/** What to say of all that is left out for want of a judge. */
export function withoutJudge({ info }: Dataset, missing: string): string {
  return `${JUDGED}: ${info.factors.length === 0 ? `"${info.name}" has no labels` : missing}`;
}

function leftOut(
  { info }: Dataset,
  { split }: Material,
  judge: Judge | undefined,
  found: {
    readonly swapped: Swap | null;
    readonly probed: readonly Probe[];
    readonly labelled: ReadonlySet<string>;
    readonly verified: readonly Verification[];
  },
): string[] {
  const unjudged = judge ? info.factors.filter((f) => !judge.factors.some((j) => j.name === f.name)) : [];
  const missing = info.factors.filter((f) => !found.labelled.has(f.name));
  const strange = info.factors.filter(
    (f) => found.labelled.has(f.name) && !found.probed.some((p) => p.factor === f.name),
  );
  const unverified = info.factors.filter(
    ({ name, type }) =>
      info.kind !== 'video' &&
      type === 'static' &&
      found.labelled.has(name) &&
      !found.verified.some((v) => v.factor === name),
  );
  return [
    ...unjudged.map((f) => `${f.name} in all that is judged: the judge does not know it`),
    ...missing.map((f) => `${f.name}: none of the ${split.name} sequences has a label of it`),
    ...(judge && found.swapped === null
      ? ['swaps: no two sequences that have all their labels differ in what is to be swapped']
      : []),
    ...strange.map(
      (f) =>
        `linear probes of ${f.name}: no class of it in ${split.name} is among the sequences of train they are fitted to`,
    ),
    ...unverified.map(
      (f) =>
        `verification by ${f.name}: of the ${split.name} sequences no two differ in it, or no two that may be compared agree in it`,
    ),
    ...(found.labelled.size === 0 ? ['linear probes: no labels'] : []),
  ];
}
