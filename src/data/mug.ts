/**
 * MUG, the paper's faces (§4.1, C.1): videos of people who make one of six expressions (Aifanti, Papachristou and
 * Delopoulos, "The MUG facial expression database", 2010), or any tree of pictures like it.
 */
import { basename, resolve } from 'node:path';
import { checkOneOf, checkWhole } from '../bounds.js';
import { CdsvaeError } from '../errors.js';
import { Random } from '../random.js';
import { spread } from './clips/cut.js';
import { type BadFile, discover, type Found } from './clips/discover.js';
import { type Entry, plan, type Wishes } from './clips/plan.js';
import { type OnBadFile, type PrepareReport, prepare } from './clips/prepare.js';
import type { Factor, SplitName } from './dataset.js';

/** The six expressions; a folder of another name (`neutral`, `mixed`) is left out. */
const MUG_EXPRESSIONS = ['anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise'] as const;
/** T (§4.1 of the C-DSVAE paper). */
const MUG_FRAMES = 15;
const SIDE = 64;
/** Clips drawn from each video. */
const CLIPS = 3;
/** A clip covers at least this share of its video, so that an expression is seen to rise. */
const LEAST_COVERED = 0.7;

/** What {@link prepareMug} is told. */
export interface MugOptions {
  /** Folder of `subject/expression/take/*.jpg`, or of folders of such, such as MUG's `subjects1` and `session0`. */
  from: string;
  /** Dataset folder to be made. */
  out: string;
  /** Replace a dataset folder that stands there. Default false. */
  overwrite?: boolean | undefined;
  /** `video`: a quarter of the videos is for test, every person is in train. `identity`: a quarter of the people is. Default `video`. */
  holdOut?: 'video' | 'identity' | undefined;
  /** Clips drawn from each video, 1 to 100. Default 3. */
  clips?: number | undefined;
  /** Fixes the split and the clips. Default 0. */
  seed?: number | undefined;
  /** Default `skip`. */
  onBadFile?: OnBadFile | undefined;
  /** Called with clips made so far, and clips planned in all. */
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** Stops it; what is done is kept, and gone on with the next time. */
  signal?: AbortSignal | undefined;
}

/** What {@link prepareMug} made. */
export interface MugReport extends PrepareReport {
  /** People and expressions, by name. */
  identities: readonly string[];
  expressions: readonly string[];
  /** Takes that are no expression of the six, by the name of the folder that holds them. */
  leftOut: Readonly<Record<string, number>>;
}

/**
 * Makes a dataset of MUG's videos: clips of 15 frames, spread over a random 70 to 100 % of each video (the first over the
 * whole), 64×64 RGB cut from the centre, labelled with identity and expression. Three quarters of the videos (of the
 * people, with `holdOut: 'identity'`) are for train and validation, the rest for test, as S3VAE has it, whose setup the
 * paper takes over (Zhu et al., "S3VAE", 2020); a tenth of the former is for validation.
 *
 * @throws CdsvaeError `input`: no such tree, or pictures damaged and `onBadFile: 'fail'`; `usage`, `stopped`, `busy`, `io`
 */
export async function prepareMug(options: MugOptions): Promise<MugReport> {
  const { from, holdOut = 'video', clips = CLIPS, seed = 0 } = options;
  checkWhole('clips', clips, 1, 100);
  checkOneOf('holdOut', holdOut, ['video', 'identity']);
  checkWhole('seed', seed, 0);
  const found = await discover(resolve(from));
  // Without what every object has: a folder may be named `constructor`.
  const leftOut: Record<string, number> = Object.create(null);
  const takes = found.clips.flatMap((clip) => {
    const take = understand(clip);
    if (take === undefined) {
      const name = clip.name.split('/').at(-2) ?? clip.name;
      leftOut[name] = (leftOut[name] ?? 0) + 1;
    }
    return take ?? [];
  });
  if (takes.length === 0) {
    throw new CdsvaeError(
      'input',
      `${from}: no folders of pictures under a folder named ${MUG_EXPRESSIONS.join(', ')} found; ` +
        'subject/expression/take/*.jpg expected',
    );
  }
  const identities = [...new Set(takes.map((take) => take.identity))];
  const factors: Factor[] = [
    { name: 'expression', type: 'dynamic', classes: MUG_EXPRESSIONS },
    { name: 'identity', type: 'static', classes: identities },
  ];
  const groups = holdOut === 'identity' ? identities : takes.map((take) => take.name);
  const splitOf = divide(groups, seed);
  const entries = takes.map(
    (take, i): Entry => ({
      ...take,
      labels: [MUG_EXPRESSIONS.indexOf(take.expression), identities.indexOf(take.identity)],
      split: splitOf.get(holdOut === 'identity' ? take.identity : take.name)!,
      cut: (length) => draw(length, clips, seed, i),
    }),
  );
  const wishes: Wishes = { name: 'mug', corpus: 'mug', factors, frames: MUG_FRAMES, size: SIDE, channels: 3 };
  const made = await plan(entries, wishes, options.signal === undefined ? {} : { signal: options.signal });
  const bad: BadFile[] = [...found.bad, ...made.bad];
  const report = await prepare(
    { ...made, bad },
    {
      ...options,
      fingerprint: found.fingerprint,
      about: `Clips of ${basename(resolve(from))}, held out by ${holdOut}`,
    },
  );
  return { ...report, identities, expressions: MUG_EXPRESSIONS, leftOut };
}

interface Take extends Found {
  readonly identity: string;
  readonly expression: (typeof MUG_EXPRESSIONS)[number];
}

/** `…/subject/expression/take`, with folders of archives and sessions between them as MUG's distributions have them. */
function understand(clip: Found): Take | undefined {
  const parts = clip.name.split('/');
  const named = (part: string | undefined) => MUG_EXPRESSIONS.find((name) => name === part?.toLowerCase());
  const at = parts.findLastIndex((part) => named(part) !== undefined);
  const expression = named(parts[at]);
  if (expression === undefined) return undefined;
  const identity = parts
    .slice(0, at)
    .findLast((part) => !/^(subjects?\d*|sessions?[-_ ]?\d*|manual|automatic)$/i.test(part));
  return identity === undefined ? undefined : { ...clip, identity, expression };
}

/** A quarter for test, a tenth of the rest for validation. */
function divide(groups: readonly string[], seed: number): Map<string, SplitName> {
  const order = Random.of(seed, 'mug split').permutation(groups.length);
  const test = Math.round(groups.length / 4);
  const validation = test + Math.round((groups.length - test) / 10);
  return new Map(
    groups.map((group, i) => [group, order[i]! < test ? 'test' : order[i]! < validation ? 'validation' : 'train']),
  );
}

/** The frames of a video's clips. */
function draw(length: number, clips: number, seed: number, video: number): number[][] {
  if (length < MUG_FRAMES) return [];
  const random = Random.of(seed, 'mug clip', video);
  return Array.from({ length: clips }, (_, i) => {
    const share = i === 0 ? 1 : random.uniform(LEAST_COVERED, 1);
    const span = Math.max(MUG_FRAMES, Math.round(share * length));
    const first = random.integer(length - span + 1);
    return spread(first, first + span - 1, MUG_FRAMES);
  }).sort((a, b) => a[0]! - b[0]!);
}
