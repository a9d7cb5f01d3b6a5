import { counted } from '../../counted.js';
import type { BadFile } from '../../data/clips/discover.js';
import type { Dataset, DatasetInfo, SplitName } from '../../data/dataset.js';
import { SPLIT_NAMES } from '../../data/dataset.js';
import { formatValue } from '../../format-value.js';
import { formatCount } from '../terminal/format.js';

/** Bad files that are named one by one. */
const NAMED = 10;

/** What a dataset is, as lines: counts, T, size, range, factors. */
export function describeDataset(info: DatasetInfo, splits: Readonly<Partial<Record<SplitName, number>>>): string[] {
  const frame =
    info.kind === 'video' ? pictures(info.frame) : `${info.frame[0]} ${info.kind === 'audio' ? 'bands' : 'values'}`;
  const counts = SPLIT_NAMES.flatMap((name) => {
    const size = splits[name];
    return size === undefined || size === 0 ? [] : [`${Number.isFinite(size) ? formatCount(size) : 'endless'} ${name}`];
  });
  const factors = info.factors.map((factor) => `${factor.name} (${factor.type}, ${factor.classes.length} classes)`);
  return [
    `Data       ${info.name}: ${info.kind}`,
    `Sequences  ${counts.join(', ')}`,
    `Frames     ${info.frames} of ${frame}, ${formatValue(info.range[0])} to ${formatValue(info.range[1])}`,
    `Factors    ${factors.length > 0 ? factors.join(', ') : 'none'}`,
  ];
}

/** Factors that not one sequence is labelled with, whatever `dataset.json` says of them. */
export function unlabelled(data: Dataset): string[] {
  const { factors } = data.info;
  const known = new Set<number>();
  for (const name of SPLIT_NAMES) {
    const split = data.split(name);
    if (!split) continue;
    // Of an endless source one tells for all.
    const size = Number.isFinite(split.size) ? split.size : 1;
    split.labels(Array.from({ length: size }, (_, i) => i)).forEach((label, i) => {
      if (label >= 0) known.add(i % factors.length);
    });
  }
  return factors.filter((_, k) => !known.has(k)).map(({ name }) => name);
}

/** Sequences of each split of an open dataset. */
export function splitSizes(data: Dataset): Partial<Record<SplitName, number>> {
  return Object.fromEntries(
    SPLIT_NAMES.flatMap((name) => {
      const split = data.split(name);
      return split === undefined ? [] : [[name, split.size]];
    }),
  );
}

/** Files that were left out, with the reason of each, and how many there are. */
export function describeFiles(title: string, files: readonly BadFile[]): string[] {
  if (files.length === 0) return [];
  const named = files.slice(0, NAMED).map((file) => `  ${file.name}: ${file.reason}`);
  const more = files.length > NAMED ? [`  and ${files.length - NAMED} more`] : [];
  return [`${title}  ${counted(files.length, 'file', formatCount)}`, ...named, ...more];
}

function pictures([height, width, channels]: readonly number[]): string {
  return `${width}×${height} ${channels === 1 ? 'grey' : 'colour'}`;
}
