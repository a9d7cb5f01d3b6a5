import { type Dataset, type DatasetInfo, SPLIT_NAMES, type Split, sequenceLength } from '../data/dataset.js';
import type { Picture } from '../picture/canvas.js';
import { contactSheet } from '../picture/contact-sheet.js';
import type { Frames } from '../picture/frames.js';

/**
 * A contact sheet of a dataset: sequences from all over its splits, with their labels.
 *
 * @param rows how many; half of them are for train where there are other splits
 * @throws CdsvaeError what reading the data throws
 */
export function datasetSheet(data: Dataset, rows: number): Picture {
  const { info } = data;
  const splits = SPLIT_NAMES.flatMap((name) => data.split(name) ?? []);
  const shareOf = (i: number) => (i === 0 ? rows / 2 : rows / 2 / (splits.length - 1));
  const groups = splits.map((split, i) => {
    const count = Math.min(split.size, Math.max(1, Math.round(splits.length === 1 ? rows : shareOf(i))));
    const step = Number.isFinite(split.size) ? split.size / count : 1;
    const indices = Array.from({ length: count }, (_, k) => Math.floor(k * step));
    return {
      heading: split.name,
      rows: indices.map((index) => ({ label: labelOf(info, split, index), frames: framesOf(info, split, index) })),
    };
  });
  const subtitle = `${info.frames} frames of ${info.frame.join('×')}`;
  return contactSheet({ title: info.name, subtitle, groups, legend: false });
}

function labelOf(info: DatasetInfo, split: Split, index: number): string {
  const labels = split.labels([index]);
  return info.factors.map(({ classes }, f) => classes[labels[f]!] ?? '?').join(', ') || `sequence ${index}`;
}

function framesOf(info: DatasetInfo, split: Split, index: number): Frames {
  const [height = 0, width = 0, channels = 0] = info.frame;
  const length = sequenceLength(info);
  if (info.dtype === 'uint8') {
    const data = new Uint8Array(length);
    split.read([index], data);
    return { kind: 'video', data, shape: [info.frames, height, width, channels] };
  }
  const data = new Float32Array(length);
  split.read([index], data);
  return { kind: 'features', data, shape: [info.frames, height] };
}
