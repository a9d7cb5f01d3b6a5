/**
 * Speech as the paper has it (§4.1): log-mel spectra cut into segments of 200 ms, who speaks as the label, and voice conversions
 * of every segment for the motion view.
 */
import { availableParallelism } from 'node:os';
import { basename, resolve } from 'node:path';
import { CdsvaeError } from '../errors.js';
import { Random } from '../random.js';
import type { Extract, ExtractTask, Survey, SurveyTask } from './audio/analyze.js';
import { type Layout, listUtterances, type SpeakerSource, type Utterance } from './audio/layouts.js';
import { MEL_BANDS } from './audio/log-mel.js';
import { type BandStatistics, BandSums, SEGMENT_FRAMES } from './audio/segments.js';
import { divide } from './audio/splits.js';
import { type Reply, Threads } from './audio/threads.js';
import { drawFactors } from './audio/voice-conversion.js';
import { type DatasetInfo, type Factor, SPLIT_NAMES, type SplitName } from './dataset.js';
import { DatasetWriter } from './writer.js';

/** What {@link prepareSpeech} is told. */
export interface SpeechOptions {
  /** Folder of recordings: WAVE, FLAC or NIST SPHERE, of any sample rate. */
  from: string;
  /** Dataset folder to be made. */
  out: string;
  /** How the folder says who speaks. Default `folders`: the first folder, below train or test if there are such. */
  layout?: Layout;
  /** Where the speaker stands instead. */
  speakers?: SpeakerSource;
  /** K, voice conversions of an utterance, 0 to 64. Default 4. */
  conversions?: number;
  /** Largest change of all frequencies by a conversion, 0.02 to 0.9: 0.3 is a factor of 1.3 or 1/1.3. Default 0.3. */
  strength?: number;
  /** Draws conversions, and the speakers held out where the layout names none. Default 0. */
  seed?: number;
  /** A file that cannot be read ends it (`fail`) or is left out and named (`skip`). Default `skip`. */
  onBadFile?: 'fail' | 'skip';
  /** Replace a dataset folder that stands there. Default false. */
  overwrite?: boolean;
  /** Default: as many as the machine has cores. */
  threads?: number;
  /** Called with recordings done, and of all, in each of two passes. */
  onProgress?: (done: number, total: number, phase: 'survey' | 'extract') => void;
  /** Stops it, leaving nothing behind. */
  signal?: AbortSignal;
}

/** What {@link prepareSpeech} did. */
export interface SpeechReport {
  /** The dataset folder. */
  folder: string;
  /** Segments of each split. */
  splits: Record<SplitName, number>;
  /** Speakers of each split; 0 where they are not known. */
  speakers: Record<SplitName, number>;
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
}

/** A recording that is in use, and where its segments stand. */
interface Placed {
  readonly utterance: Utterance;
  readonly survey: Survey;
  /** Index of its first segment. */
  readonly first: number;
}

const THREAD = new URL('./audio/analysis-worker.js', import.meta.url);

/**
 * Makes a dataset folder of speech. Values are log-mel spectra (the recipe: `audio/log-mel.ts`), each band standardised by its mean
 * and deviation over training data, which stand in `dataset.json`. Labels: `speaker`, `utterance` and, for fsdd, `digit`.
 *
 * @throws CdsvaeError `input`: nothing to read, or a bad file with `onBadFile: 'fail'`; `usage`: an option out of range, `out` may
 *   not be replaced, or stopped by `signal`; `io`: cannot be written. Nothing is left of it then.
 */
export async function prepareSpeech(options: SpeechOptions): Promise<SpeechReport> {
  checkRange('conversions', options.conversions ?? 4, 0, 64);
  checkRange('strength', options.strength ?? 0.3, 0.02, 0.9);
  const utterances = listUtterances(resolve(options.from), options.layout ?? 'folders', options.speakers);
  const threads = new Threads(THREAD, Math.min(options.threads ?? availableParallelism(), utterances.length));
  try {
    return await prepare(utterances, threads, options);
  } finally {
    await threads.close();
  }
}

async function prepare(utterances: Utterance[], threads: Threads, options: SpeechOptions): Promise<SpeechReport> {
  const { layout = 'folders', conversions = 4, strength = 0.3, seed = 0, onProgress } = options;
  const { sound, bad } = await surveyAll(utterances, threads, options);
  const long = sound.filter((s) => s.survey.segments > 0);
  const tooShort = sound.filter((s) => s.survey.segments === 0).map((s) => s.utterance.path);
  const surveys = new Map(long.map((s) => [s.utterance, s.survey]));
  const divided = divide([...surveys.keys()], seed);
  const placed = place(divided, surveys);
  const statistics = statisticsOf(divided.train, surveys);
  const splits = ranges(divided, surveys);
  const info = describe(options, layout, placed, statistics);
  const converted = splits.test?.[0] ?? placed.reduce((n, p) => n + p.survey.segments, 0);

  const writer = new DatasetWriter(options.out, {
    info,
    count: placed.reduce((n, p) => n + p.survey.segments, 0),
    splits,
    ...(conversions > 0 && { converted }),
    about: `Log-mel segments of 200 ms of ${placed.length} recordings`,
    overwrite: options.overwrite ?? false,
  });
  try {
    const tasks = placed.map(({ utterance: { path, name }, first }): ExtractTask => {
      const factors = drawFactors(first < converted ? conversions : 0, strength, Random.of(seed, `voice ${name}`));
      return { kind: 'extract', path, statistics, factors };
    });
    let done = 0;
    const write = (index: number, reply: Reply<Extract>) => {
      const { utterance, first, survey } = placed[index]!;
      if ('error' in reply) throw failure(reply.error);
      const { sequences, conversions } = reply.result;
      const labels = info.factors.map((factor) => factor.classes.indexOf(labelOf(utterance, factor.name) ?? ''));
      writer.write(first, sequences, Array.from({ length: survey.segments }, () => labels).flat());
      if (conversions.length > 0) writer.writeConversions(first, conversions);
      onProgress?.(++done, tasks.length, 'extract');
    };
    await threads.run(tasks, write, options.signal);
    writer.finish();
  } catch (error) {
    writer.abort();
    throw error;
  }
  const of = <T>(value: (name: SplitName) => T) =>
    Object.fromEntries(SPLIT_NAMES.map((name) => [name, value(name)])) as Record<SplitName, T>;
  return {
    folder: writer.folder,
    splits: of((name) => (splits[name] ? splits[name][1] - splits[name][0] : 0)),
    speakers: of((name) => new Set(divided[name].flatMap((u) => u.speaker ?? [])).size),
    utterances: placed.length,
    seconds: placed.reduce((n, p) => n + p.survey.seconds, 0),
    sampleRates: countBy(placed.map((p) => String(p.survey.sampleRate))),
    tooShort,
    bad,
    conversions,
  };
}

/** The first pass, over all files: which can be read, and what is in them. */
async function surveyAll(utterances: readonly Utterance[], threads: Threads, options: SpeechOptions) {
  const { onBadFile = 'skip', onProgress } = options;
  const tasks = utterances.map(({ path }): SurveyTask => ({ kind: 'survey', path }));
  const found = new Map<Utterance, Survey>();
  const bad: string[] = [];
  let done = 0;
  const take = (index: number, reply: Reply<Survey>) => {
    if ('result' in reply) found.set(utterances[index]!, reply.result);
    else if (onBadFile === 'skip' && reply.error.code === 'input') bad.push(reply.error.message);
    else throw failure(reply.error);
    onProgress?.(++done, tasks.length, 'survey');
  };
  await threads.run(tasks, take, options.signal);
  // By place in the list: threads end in any order.
  const sound = utterances.flatMap((utterance) => {
    const survey = found.get(utterance);
    return survey ? [{ utterance, survey }] : [];
  });
  return { sound, bad: bad.sort() };
}

function place(divided: Record<SplitName, Utterance[]>, surveys: ReadonlyMap<Utterance, Survey>): Placed[] {
  let first = 0;
  return SPLIT_NAMES.flatMap((name) => divided[name]).map((utterance) => {
    const survey = surveys.get(utterance)!;
    const placed = { utterance, survey, first };
    first += survey.segments;
    return placed;
  });
}

function ranges(divided: Record<SplitName, Utterance[]>, surveys: ReadonlyMap<Utterance, Survey>) {
  const splits: Partial<Record<SplitName, readonly [number, number]>> = {};
  let start = 0;
  for (const name of SPLIT_NAMES) {
    const stop = divided[name].reduce((n, u) => n + surveys.get(u)!.segments, start);
    if (stop > start) splits[name] = [start, stop];
    start = stop;
  }
  if (!splits.train) {
    throw new CdsvaeError('input', 'no recording of 222 ms or more found to train on; longer ones are expected');
  }
  return splits;
}

function statisticsOf(train: readonly Utterance[], surveys: ReadonlyMap<Utterance, Survey>): BandStatistics {
  const sums = new BandSums();
  for (const utterance of train) sums.merge(surveys.get(utterance)!.sums);
  return sums.statistics();
}

function describe(
  { from, conversions = 4 }: SpeechOptions,
  layout: Layout,
  placed: readonly Placed[],
  statistics: BandStatistics,
): DatasetInfo {
  const { mean, deviation } = statistics;
  const low = Math.min(...placed.map((p) => p.survey.range[0]));
  const high = Math.max(...placed.map((p) => p.survey.range[1]));
  const scaled = (value: number) => mean.map((m, band) => (value - m) / deviation[band]!);
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
    range: [Math.min(...scaled(low)), Math.max(...scaled(high))],
    factors: factors.flatMap(({ name, type }): Factor[] => {
      const classes = [...new Set(placed.flatMap((p) => labelOf(p.utterance, name) ?? []))].sort();
      return classes.length > 0 ? [{ name, type, classes }] : [];
    }),
    audio: { features: 'log-mel-80', mean, deviation },
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

function failure({ code, message }: { code: CdsvaeError['code'] | undefined; message: string }): CdsvaeError {
  return new CdsvaeError(code ?? 'runtime', message);
}

function checkRange(name: string, value: number, low: number, high: number): void {
  if (!(value >= low && value <= high)) {
    throw new CdsvaeError('usage', `${name} ${value} given, ${low} to ${high} expected`);
  }
}
