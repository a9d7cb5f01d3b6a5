/**
 * Speech as the paper has it (§4.1): log-mel spectra cut into segments of 200 ms, who speaks as the label, and voice conversions
 * of every segment for the motion view.
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, extname, join, resolve } from 'node:path';
import { checkRange, checkWhole } from '../bounds.js';
import { counted } from '../counted.js';
import { CdsvaeError } from '../errors.js';
import { readFailure } from '../formats/system-errors.js';
import { Random } from '../random.js';
import { errorOf } from '../thread-fault.js';
import { AnswerLog } from './answer-log.js';
import type { Extract, ExtractTask, Survey, SurveyTask } from './audio/analyze.js';
import { MEL_BANDS } from './audio/log-mel.js';
import { type BandStatistics, BandSums, SEGMENT_FRAMES, SEGMENT_LENGTH } from './audio/segments.js';
import type { SpeakerSource } from './audio/speakers.js';
import { divide } from './audio/splits.js';
import { type Reply, Threads } from './audio/threads.js';
import type { Layout } from './audio/trees.js';
import { listUtterances, type Utterance } from './audio/utterances.js';
import { drawFactors } from './audio/voice-conversion.js';
import { type DatasetInfo, type Factor, SPLIT_NAMES, type SplitName } from './dataset.js';
import { GrowingWriter } from './growing-writer.js';

/** What {@link prepareSpeech} is told. */
export interface SpeechOptions {
  /** Folder of recordings: WAVE, FLAC or NIST SPHERE, of any sample rate. */
  from: string;
  /** Dataset folder to be made. */
  out: string;
  /** How the folder says who speaks. Default `folders`: the first folder, below train or test if there are such. */
  layout?: Layout | undefined;
  /** Where the speaker stands instead. */
  speakers?: SpeakerSource | undefined;
  /** K, voice conversions of each utterance but those of test, 0 to 64. Default 4. */
  conversions?: number | undefined;
  /** Largest change of all frequencies by a conversion, 0.02 to 0.9: 0.3 is a factor of 1.3 or 1/1.3. Default 0.3. */
  strength?: number | undefined;
  /** Draws conversions, and the speakers held out where the layout names none. Default 0. */
  seed?: number | undefined;
  /** A file that cannot be read ends it (`fail`) or is left out and named (`skip`). Default `skip`. */
  onBadFile?: 'fail' | 'skip' | undefined;
  /** Replace a dataset folder that stands there. Default false. */
  overwrite?: boolean | undefined;
  /** 1 to 256. Default: as many as the machine has cores. */
  threads?: number | undefined;
  /** Called with recordings done, and of all, in each of two passes. */
  onProgress?: ((done: number, total: number, phase: 'survey' | 'extract') => void) | undefined;
  /** Stops it; what is done is kept, and gone on with the next time. */
  signal?: AbortSignal | undefined;
}

/** What {@link prepareSpeech} did. */
export interface SpeechReport {
  /** The dataset folder. */
  folder: string;
  /** Segments of each split. */
  splits: Record<SplitName, number>;
  /** Speakers of each split; 0 where they are not known. */
  speakers: Record<SplitName, number>;
  /** Speakers to train on who are validated or tested on too, as where recordings are held out because there are few speakers. */
  sharedSpeakers: number;
  /** Recordings in use, and their length. */
  utterances: number;
  seconds: number;
  /** Recordings by sample rate, in Hz. */
  sampleRates: Record<string, number>;
  /** Recordings shorter than a segment, left out. */
  tooShort: string[];
  /** What was wrong with each file that was left out. */
  bad: string[];
  /** K. */
  conversions: number;
  /** Recordings that were read already, from before a kill. */
  resumed: number;
}

/** A recording that is in use. */
interface Used {
  readonly utterance: Utterance;
  readonly split: SplitName;
  readonly survey: Survey;
}

/** Changes with what is made of the same recordings. */
const VERSION = 2;
const THREAD = new URL('./audio/analysis-worker.js', import.meta.url);

/**
 * Makes a dataset folder of speech. Values are log-mel spectra (the recipe: `audio/log-mel.ts`), each band standardised by its mean
 * and deviation over training data, which stand in `dataset.json`. Labels: `speaker`, `utterance` and, for fsdd, `digit`.
 *
 * @throws CdsvaeError `input`: nothing to read, or a bad file with `onBadFile: 'fail'`; `usage`: an option out of range, `out` may
 *   not be replaced; `stopped`; `busy`. Nothing is left of it then, unless it was stopped. `io`: cannot be written, such as on a full disk; what is done is kept
 */
export async function prepareSpeech(options: SpeechOptions): Promise<SpeechReport> {
  checkWhole('conversions', options.conversions ?? 4, 0, 64);
  checkRange('strength', options.strength ?? 0.3, 0.02, 0.9);
  checkWhole('threads', options.threads ?? 1, 1, 256);
  checkWhole('seed', options.seed ?? 0, 0);
  const utterances = utterancesOf(options);
  const info = describe(options, utterances);
  const writer = new GrowingWriter(options.out, {
    info,
    fingerprint: fingerprintOf(utterances, options),
    about: 'Log-mel segments of 200 ms of recordings of speech',
    overwrite: options.overwrite ?? false,
  });
  const threads = new Threads(THREAD, Math.min(options.threads ?? availableParallelism(), utterances.length));
  try {
    return await prepare(utterances, info, writer, threads, options);
  } catch (error) {
    const full = error instanceof CdsvaeError && error.code === 'io';
    if (full || options.signal?.aborted) writer.pause();
    else writer.abort();
    if (!options.signal?.aborted) throw error;
    throw new CdsvaeError('stopped', `${info.name}: stopped; run it again to go on from there`);
  } finally {
    await threads.close();
  }
}

/** Changes when the same call of {@link prepareSpeech} would make another dataset. @throws CdsvaeError as that */
export function speechFingerprint(options: Omit<SpeechOptions, 'out'>): string {
  return fingerprintOf(utterancesOf(options), options);
}

function utterancesOf({ from, layout = 'folders', speakers }: Omit<SpeechOptions, 'out'>): Utterance[] {
  return listUtterances(resolve(from), layout, speakers);
}

function fingerprintOf(utterances: readonly Utterance[], options: Omit<SpeechOptions, 'out'>): string {
  const { layout = 'folders', conversions = 4, strength = 0.3, seed = 0 } = options;
  const hash = createHash('sha256').update(JSON.stringify([VERSION, layout, conversions, strength, seed]));
  for (const { path, name, ...facts } of utterances) {
    try {
      const { size, mtimeMs } = statSync(path);
      hash.update(JSON.stringify([name, extname(path), facts, size, mtimeMs]));
    } catch (cause) {
      throw readFailure(path, cause);
    }
  }
  return hash.digest('hex');
}

async function prepare(
  utterances: readonly Utterance[],
  info: DatasetInfo,
  writer: GrowingWriter,
  threads: Threads,
  options: SpeechOptions,
): Promise<SpeechReport> {
  const { conversions = 4, seed = 0 } = options;
  const { sound, bad } = await surveyAll(utterances, join(writer.scratch, 'survey.jsonl'), threads, options);
  const surveys = new Map(sound);
  const divided = divide(
    sound.flatMap(([utterance, { segments }]) => (segments > 0 ? [utterance] : [])),
    seed,
  );
  const used = SPLIT_NAMES.flatMap((split) =>
    divided[split].map((utterance): Used => ({ utterance, split, survey: surveys.get(utterance)! })),
  );
  const tooShort = sound.flatMap(([{ path }, { segments }]) => (segments === 0 ? [path] : []));
  if (divided.train.length === 0) {
    const held = used.length > 0 ? [`${counted(used.length, 'recording')} found for validation and test only`] : [];
    const why = [...bad, ...tooShort.map((path) => `${path}: shorter than that`)].slice(0, 3);
    const missing = `${info.name}: no recording of 222 ms or more found to train on, at least one expected`;
    throw new CdsvaeError('input', [missing, ...held, ...why].join('; '));
  }
  const statistics = statisticsOf(used);
  const resumed = writer.jobs;
  await extractAll(used, info, statistics, writer, threads, options);
  const { train, validation } = writer.rows;
  if (train < 2 && validation === 0) {
    const found = `${info.name}: one segment of 200 ms found to train on, and none to validate on`;
    throw new CdsvaeError('input', `${found}; two or more are expected: longer recordings, or more of them`);
  }
  const splits = writer.finish({ range: rangeOf(used, statistics), audio: { features: 'log-mel-80', ...statistics } });
  const speakersOf = (name: SplitName) => new Set(divided[name].flatMap((u) => u.speaker ?? []));
  const [inTrain, inValidation, inTest] = SPLIT_NAMES.map(speakersOf) as [Set<string>, Set<string>, Set<string>];
  return {
    folder: writer.folder,
    splits,
    speakers: { train: inTrain.size, validation: inValidation.size, test: inTest.size },
    sharedSpeakers: [...inTrain].filter((speaker) => inValidation.has(speaker) || inTest.has(speaker)).length,
    utterances: used.length,
    seconds: used.reduce((n, { survey }) => n + survey.seconds, 0),
    sampleRates: countBy(used.map(({ survey }) => String(survey.sampleRate))),
    tooShort,
    bad,
    conversions,
    resumed,
  };
}

/** The first pass, over all files: which can be read, and what is in them. */
async function surveyAll(utterances: readonly Utterance[], path: string, threads: Threads, options: SpeechOptions) {
  const { onBadFile = 'skip', onProgress } = options;
  const sound: [Utterance, Survey][] = [];
  const bad: string[] = [];
  let done = 0;
  const take = (reply: Reply<Survey>) => {
    const utterance = utterances[done]!;
    if ('result' in reply) sound.push([utterance, reply.result]);
    else if (onBadFile === 'skip' && reply.error.code === 'input') bad.push(reply.error.message);
    else throw errorOf(reply.error);
    done++;
    onProgress?.(done, utterances.length, 'survey');
  };
  const log = new AnswerLog<Reply<Survey>>(path);
  try {
    for (const reply of log.kept) take(reply);
    const tasks = utterances.slice(done).map(({ path }): SurveyTask => ({ kind: 'survey', path }));
    const keep = (_: number, reply: Reply<Survey>) => {
      take(reply);
      log.add(reply);
    };
    await threads.run(tasks, keep, options.signal);
  } finally {
    log.close();
  }
  return { sound, bad: bad.sort() };
}

/** The second pass: the values of all recordings in use, in their order, from the first that is not written yet. */
async function extractAll(
  used: readonly Used[],
  { factors }: DatasetInfo,
  statistics: BandStatistics,
  writer: GrowingWriter,
  threads: Threads,
  { conversions = 4, strength = 0.3, seed = 0, onProgress, signal }: SpeechOptions,
): Promise<void> {
  const left = used.slice(writer.jobs);
  const tasks = left.map(({ utterance: { path, name }, split }): ExtractTask => {
    const drawn = drawFactors(split === 'test' ? 0 : conversions, strength, Random.of(seed, `voice ${name}`));
    return { kind: 'extract', path, statistics, factors: drawn };
  });
  const write = (index: number, reply: Reply<Extract>) => {
    if ('error' in reply) throw errorOf(reply.error);
    const { utterance, split, survey } = left[index]!;
    const { sequences, conversions: converted } = reply.result;
    const labels = factors.map((factor) => factor.classes.indexOf(labelOf(utterance, factor.name) ?? ''));
    const rowOf = (values: Float32Array, n: number, length: number) => values.subarray(n * length, (n + 1) * length);
    for (let n = 0; n < survey.segments; n++) {
      const voices = converted.length > 0 ? rowOf(converted, n, conversions * SEGMENT_LENGTH) : undefined;
      writer.add(rowOf(sequences, n, SEGMENT_LENGTH), labels, voices);
    }
    writer.endJob(split);
    onProgress?.(writer.jobs, used.length, 'extract');
  };
  await threads.run(tasks, write, signal);
}

function statisticsOf(used: readonly Used[]): BandStatistics {
  const sums = new BandSums();
  for (const { split, survey } of used) if (split === 'train') sums.merge(survey.sums);
  return sums.statistics();
}

/** Lowest and highest standardised value; where all is silence, a little above it, because a range must be one. */
function rangeOf(used: readonly Used[], { mean, deviation }: BandStatistics): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  // As it stands in the file.
  const scaled = (value: number, band: number) => Math.fround((value - mean[band]!) / deviation[band]!);
  for (const { survey } of used) {
    low = Math.min(low, ...survey.low.map(scaled));
    high = Math.max(high, ...survey.high.map(scaled));
  }
  return [low, high > low ? high : low + 1];
}

/** What is known of the dataset before anything is read: all but the range and the statistics. */
function describe(
  { from, layout = 'folders', conversions = 4 }: SpeechOptions,
  all: readonly Utterance[],
): DatasetInfo {
  const factors = [
    { name: 'speaker', type: 'static' },
    { name: 'utterance', type: 'static' },
    { name: 'digit', type: 'dynamic' },
  ] as const;
  return {
    name: layout === 'folders' ? basename(resolve(from)) : layout,
    kind: 'audio',
    frames: SEGMENT_FRAMES,
    frame: [MEL_BANDS],
    dtype: 'float32',
    divisor: 1,
    range: [0, 1],
    factors: factors.flatMap(({ name, type }): Factor[] => {
      const classes = [...new Set(all.flatMap((utterance) => labelOf(utterance, name) ?? []))].sort();
      return classes.length > 0 ? [{ name, type, classes }] : [];
    }),
    ...(conversions > 0 && { conversions }),
  };
}

function labelOf(utterance: Utterance, factor: string): string | undefined {
  if (factor === 'utterance') return utterance.name;
  return factor === 'digit' ? utterance.digit : utterance.speaker;
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
