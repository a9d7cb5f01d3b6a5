/** What RUN means on the command line: a folder, the word `pretrained`, or, left out, the same. */
import { existsSync, statSync } from 'node:fs';
import { parseItems } from '../generate/items.js';
import { PRETRAINED, pretrained } from '../trained/pretrained.js';

/** How the help of commands describes it. */
export const RUN_HELP = 'run folder or model folder (default: "pretrained", the model that comes with the package)';

/** A RUN, resolved. */
export interface Run {
  /** The folder of a run or a model. */
  readonly folder: string;
  /** Whether it is the model that comes with the package, whose folder is not to be written to. */
  readonly pretrained: boolean;
}

/** The folder that RUN means. One of the name `pretrained` is given as `./pretrained`. */
export function resolveRun(run: string | undefined): Run {
  if (run !== undefined && run !== 'pretrained') return { folder: run, pretrained: false };
  return { folder: pretrained(PRETRAINED[0]!), pretrained: true };
}

/**
 * Tells RUN from the sequences after it: it is left out where the first argument is an item such as `test:0`, or a file.
 *
 * @param usual sequences where none are given
 * @throws CdsvaeError `usage`
 */
export function resolveRunAndClips(
  args: readonly string[],
  usual: readonly string[],
): { readonly run: Run; readonly clips: readonly string[] } {
  const leftOut = args.length > 0 && isClip(args[0]!);
  const clips = leftOut ? args : args.slice(1);
  return { run: resolveRun(leftOut ? undefined : args[0]), clips: clips.length > 0 ? clips : usual };
}

function isClip(name: string): boolean {
  if (existsSync(name)) return statSync(name).isFile();
  return parseItems(name) !== undefined;
}
