import { statSync } from 'node:fs';

/** Changes when a file is written anew: a run, and its data, may be deleted and made again under its name. */
export function stampOf(file: string): string {
  const { mtimeMs, size } = statSync(file);
  return `${mtimeMs} ${size}`;
}
