import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runPaths } from '../../formats/run-paths.js';
import { nameOf } from '../file-name.js';
import type { Run } from '../run-argument.js';

/**
 * Where what is made goes by default: into a run, which keeps what is made of it, or else into the current folder. The name tells it
 * from what another model, or the same one of other data, made of sequences of the same names.
 *
 * @param folder what it is, in a word
 * @param words what was asked for
 * @param data of `--data`
 * @returns a path without an ending
 */
export function usualPath(
  run: Run,
  folder: 'generated' | 'encoded',
  words: readonly string[],
  data: string | undefined,
): string {
  const inRun = existsSync(runPaths(run.folder).config);
  const of = data === undefined ? [] : ['of', data];
  const by = inRun || run.pretrained ? [] : ['by', run.folder];
  return join(inRun ? run.folder : '.', folder, nameOf([...words, ...of, ...by]));
}
