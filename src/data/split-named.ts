import type { SplitName } from './dataset.js';

/** Splits by the names people give to folders. */
const SPLITS: Readonly<Record<string, SplitName>> = {
  train: 'train',
  training: 'train',
  dev: 'validation',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  test: 'test',
  testing: 'test',
};

/** The split that a folder, or a field of a table, of this name stands for. */
export function splitNamed(name: string): SplitName | undefined {
  const key = name.toLowerCase();
  // A speaker may have a name that every object knows, such as `constructor`.
  return Object.hasOwn(SPLITS, key) ? SPLITS[key] : undefined;
}
