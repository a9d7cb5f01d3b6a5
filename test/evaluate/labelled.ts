import type { Dataset, DatasetInfo, Split, SplitName } from '../../src/data/dataset.js';
import { DatasetWriter } from '../../src/data/writer.js';
import { Judge } from '../../src/evaluate/judge/judge.js';
import { Random } from '../../src/random.js';
import { float32, type Session, type Values } from '../../src/runtime/session.js';
import { Model } from '../../src/trained/model.js';
import { littleModel } from '../model/little-model.js';

/** Classes of the static factor, of the dynamic one, and T. */
export const [PEOPLE, MOVES, FRAMES] = [3, 2, 4];
const WIDTH = PEOPLE + MOVES;

/**
 * Sequences `[4, 5]` that say what they are: in each frame a vector of 3 whose largest value is at the person, and one of 2 whose
 * largest value is at the move.
 */
export const LABELLED: DatasetInfo = {
  name: 'labelled',
  kind: 'array',
  frames: FRAMES,
  frame: [WIDTH],
  dtype: 'float32',
  divisor: 1,
  range: [-10, 10],
  factors: [
    { name: 'person', type: 'static', classes: ['a', 'b', 'c'] },
    { name: 'move', type: 'dynamic', classes: ['left', 'right'] },
  ],
};

const SIZES: Record<SplitName, number> = { train: 120, validation: 30, test: 60 };

/** Sequence i of a split and its labels. Every pair of labels is as frequent as any other. */
function make(name: SplitName, i: number): { values: Float32Array; labels: [number, number] } {
  const random = Random.of(5, name, i);
  const labels: [number, number] = [i % PEOPLE, Math.floor(i / PEOPLE) % MOVES];
  const person = Float32Array.from({ length: PEOPLE }, (_, k) => 0.2 * random.normal() + (k === labels[0] ? 2 : 0));
  const values = new Float32Array(FRAMES * WIDTH);
  for (let t = 0; t < FRAMES; t++) {
    values.set(person, t * WIDTH);
    for (let k = 0; k < MOVES; k++) {
      values[t * WIDTH + PEOPLE + k] = 0.2 * random.normal() + (k === labels[1] ? 2 : 0);
    }
  }
  return { values, labels };
}

/** The sequences as a dataset in memory. @param labels give them, or −1 for each */
export function labelledData(info: DatasetInfo = LABELLED, labels = true): Dataset {
  const split = (name: SplitName): Split => ({
    name,
    size: SIZES[name],
    read: (indices, out) => {
      for (let j = 0; j < indices.length; j++) out.set(make(name, indices[j]!).values, j * FRAMES * WIDTH);
    },
    labels: (indices) =>
      Int32Array.from(
        Array.from(indices).flatMap((i) => (info.factors.length === 0 ? [] : labels ? make(name, i).labels : [-1, -1])),
      ),
  });
  return { info, split, close: () => {} };
}

/** The sequences as a dataset folder. @param told labels of one, out of its own; default: these */
export function writeLabelled(
  folder: string,
  info: DatasetInfo = LABELLED,
  told: (own: readonly number[], split: SplitName, i: number) => readonly number[] = (own) => own,
): void {
  const { train, validation, test } = SIZES;
  const writer = new DatasetWriter(folder, {
    info,
    count: train + validation + test,
    splits: {
      train: [0, train],
      validation: [train, train + validation],
      test: [train + validation, train + validation + test],
    },
  });
  let at = 0;
  for (const name of ['train', 'validation', 'test'] as const) {
    for (let i = 0; i < SIZES[name]; i++) {
      const { values, labels } = make(name, i);
      writer.write(at++, values, info.factors.length > 0 ? told(labels, name, i) : undefined);
    }
  }
  writer.finish();
}

export const CONFIG = littleModel({
  frame: { kind: 'features', features: WIDTH },
  frames: FRAMES,
  static: PEOPLE,
  dynamic: MOVES,
});

function session(run: (inputs: Values) => Record<string, { shape: number[]; data: Float32Array }>): Session {
  return {
    run: async (inputs) =>
      Object.fromEntries(Object.entries(run(inputs)).map(([k, v]) => [k, float32(v.data, v.shape)])),
    release: async () => {},
  };
}

/**
 * A model that splits the sequences perfectly: s is what stays and z what moves, and frames are the two side by side. p(z) is standard
 * normal at every step.
 *
 * @param flaw `blind`: the decoder leaves s out; `still`: it leaves z out
 */
export function perfectModel(flaw?: 'blind' | 'still'): Model {
  const encoder = session(({ x }) => {
    const values = x!.data as Float32Array;
    const n = x!.shape[0]!;
    const s = new Float32Array(n * PEOPLE);
    const z = new Float32Array(n * FRAMES * MOVES);
    for (let i = 0; i < n * FRAMES; i++) {
      const frame = values.subarray(i * WIDTH, (i + 1) * WIDTH);
      s.set(frame.subarray(0, PEOPLE), Math.floor(i / FRAMES) * PEOPLE);
      z.set(frame.subarray(PEOPLE), i * MOVES);
    }
    const [sShape, zShape] = [
      [n, PEOPLE],
      [n, FRAMES, MOVES],
    ];
    return {
      's.mean': { shape: sShape!, data: s },
      's.logvar': { shape: sShape!, data: new Float32Array(s.length).fill(-6) },
      'z.mean': { shape: zShape!, data: z },
      'z.logvar': { shape: zShape!, data: new Float32Array(z.length).fill(-6) },
    };
  });
  const decoder = session(({ s, z }) => {
    const n = s!.shape[0]!;
    const x = new Float32Array(n * FRAMES * WIDTH);
    for (let i = 0; i < n * FRAMES; i++) {
      const from = Math.floor(i / FRAMES) * PEOPLE;
      if (flaw !== 'blind') x.set((s!.data as Float32Array).subarray(from, from + PEOPLE), i * WIDTH);
      if (flaw !== 'still') x.set((z!.data as Float32Array).subarray(i * MOVES, (i + 1) * MOVES), i * WIDTH + PEOPLE);
    }
    return { x: { shape: [n, FRAMES, WIDTH], data: x } };
  });
  const prior = session((inputs) => {
    const { 'noise.z': noise, ...rest } = inputs;
    const state = Object.entries(rest).filter(([name]) => name.startsWith('state.'));
    const same = state.map(([name, v]) => [
      name.replace('state', 'next'),
      { shape: [...v.shape], data: v.data as Float32Array },
    ]);
    return { z: { shape: [...noise!.shape], data: noise!.data as Float32Array }, ...Object.fromEntries(same) };
  });
  return new Model(CONFIG, { encoder, decoder, prior });
}

/** A judge that reads off the labels, and is sure of them. */
export function readingJudge(info: DatasetInfo = LABELLED): Judge {
  const reading = session(({ x }) => {
    const values = x!.data as Float32Array;
    const n = x!.shape[0]!;
    const read = (from: number, classes: number) => {
      const p = new Float32Array(n * classes);
      for (let i = 0; i < n; i++) {
        const sums = new Float32Array(classes);
        for (let t = 0; t < FRAMES; t++) {
          for (let k = 0; k < classes; k++) sums[k]! += values[(i * FRAMES + t) * WIDTH + from + k]!;
        }
        p[i * classes + sums.indexOf(Math.max(...sums))] = 1;
      }
      return { shape: [n, classes], data: p };
    };
    return { 'probabilities.0': read(0, PEOPLE), 'probabilities.1': read(PEOPLE, MOVES) };
  });
  const config = { ...CONFIG, looks: FRAMES, factors: info.factors };
  return new Judge(config, reading, { split: 'test', sequences: 60, factors: [1, 1], static: 1, dynamic: 1 });
}
