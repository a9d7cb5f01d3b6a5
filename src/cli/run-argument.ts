/** What RUN means on the command line: a folder, the word `pretrained`, or, left out, the same. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { CdsvaeError } from '../errors.js';
import { parseFileItems, parseItems } from '../generate/items.js';
import { PRETRAINED, pretrained } from '../trained/pretrained.js';
import { isRunOrModel } from '../trained/run-or-model.js';

/** How the help of commands describes it. */
export const RUN_HELP = 'run folder or model folder (default: "pretrained", the model that comes with the package)';

/** A RUN, resolved. */
export interface Run {
  /** The folder of a run or a model. */
  readonly folder: string;
  /** Whether it is the model that comes with the package, whose folder is not to be written to. */
  readonly pretrained: boolean;
}

/**
 * The folder that RUN means. One of the name `pretrained` is given as `./pretrained`.
 *
 * @throws CdsvaeError `usage`: an empty name, as a variable of a shell that is not set gives
 */
export function resolveRun(run: string | undefined): Run {
  if (run === '') throw new CdsvaeError('usage', 'the name of the run or model folder is empty');
  if (run !== undefined && run !== 'pretrained') return { folder: run, pretrained: false };
  return { folder: pretrained(PRETRAINED[0]!), pretrained: true };
}

/**
 * Tells RUN from the sequences after it: it is left out where the first argument is a sequence itself.
 *
 * @throws CdsvaeError `usage`
 */
export async function resolveRunAndClips(
  args: readonly string[],
): Promise<{ readonly run: Run; readonly clips: readonly string[] }> {
  const leftOut = args.length > 0 && (await isClip(args[0]!));
  return { run: resolveRun(leftOut ? undefined : args[0]), clips: leftOut ? args : args.slice(1) };
}

/**
 * Whether an argument is a sequence rather than RUN: an item such as `test:0`, a file or the name of one, a folder of pictures.
 *
 * @throws CdsvaeError `usage`: an item that cannot be
 */
export async function isClip(name: string): Promise<boolean> {
  const found = existsSync(name) ? statSync(name) : undefined;
  if (found?.isFile()) return true;
  if (isRunOrModel(name)) return false;
  // Before any folder of that name, which `./test` means.
  if (parseItems(name) !== undefined) return true;
  // Only now: it loads the readers of pictures.
  const [{ readerOf }, { isStill }, { SOUND_FILE }] = [
    await import('../data/clips/readers.js'),
    await import('../data/clips/image-folder.js'),
    await import('../data/audio/read-sound.js'),
  ];
  if (found !== undefined) return namesIn(name).some(isStill);
  const { path } = parseFileItems(name);
  return isStill(path) || readerOf(path) !== undefined || SOUND_FILE.test(path);
}

/** Names in a folder; none where it cannot be read, which is told of when it is opened. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
