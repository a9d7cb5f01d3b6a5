/** What the names of folders say of the clips in them: to which split they belong, and what they show. */
import type { Factor, SplitName } from '../dataset.js';
import { splitNamed } from '../split-named.js';
import type { Found } from './discover.js';
import type { Entry } from './plan.js';

/** Clips with what their folders say of them. */
export interface ByFolder {
  /** Those for validation and test have their split; the others are for training, but for what is drawn from them. */
  readonly entries: readonly Entry[];
  /** What the folders label, if anything. */
  readonly factors: readonly Factor[];
  /** Folders that name a split, by their names. */
  readonly splits: Readonly<Record<string, SplitName>>;
}

/**
 * First-level folders named as splits are (`train`, `val`, `test` and the like) say the split of the clips in them, unless none were
 * left to train on. The others, and within splits the folders below, are labels, where there are at least two of them.
 *
 * @param label what these label, or `none`
 */
export function byFolder(clips: readonly Found[], label: Factor['type'] | 'none'): ByFolder {
  const named = clips.map(({ name }) => splitOf(name));
  const trusted = named.some((split) => split === undefined || split === 'train');
  const placed = clips.map((clip, i) => {
    const split = trusted ? named[i] : undefined;
    const parts = clip.name.split('/');
    return { clip, top: parts[0]!, split, folder: parts.slice(split ? 1 : 0, -1)[0] };
  });
  const classes = [...new Set(placed.flatMap(({ folder }) => folder ?? []))];
  const labelled = label !== 'none' && classes.length > 1;
  return {
    entries: placed.map(({ clip, split, folder }) => ({
      ...clip,
      labels: labelled ? [classes.indexOf(folder ?? '')] : [],
      ...(split && split !== 'train' && { split }),
    })),
    factors: labelled ? [{ name: 'folder', type: label, classes }] : [],
    splits: Object.fromEntries(placed.flatMap(({ top, split }) => (split ? [[top, split]] : []))),
  };
}

/** The split that the first-level folder of a clip names; a folder of pictures is a clip itself. */
function splitOf(name: string): SplitName | undefined {
  return name.includes('/') ? splitNamed(name.slice(0, name.indexOf('/'))) : undefined;
}
