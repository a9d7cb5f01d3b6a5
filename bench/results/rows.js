/**
 * The rows of docs/results.md: what is trained, on what, for how long. Lengths are in steps, which a busy machine makes more slowly
 * and not fewer; some are in minutes, for what is to be compared by them.
 */

import { defaultSettings } from '../../dist/train/presets.js';
import { assign } from '../../dist/train/settings.js';

export const DATA = ['sprites', 'sm-mnist'];
/** Steps of a row. */
const STEPS = { sprites: 1500, 'sm-mnist': 2500 };
/** The rows that have longer: Sprites' to see how good it gets, those of digits beside each other after equal minutes. */
const LONG = [
  { data: 'sprites', objective: 'cdsvae', minutes: 60 },
  { data: 'sprites', objective: 'cdsvae', steps: 13_000 },
  { data: 'sm-mnist', objective: 'dsvae', minutes: 30, variant: 'whole' },
  { data: 'sm-mnist', objective: 'cdsvae', minutes: 30 },
];
/** Departures from the preset: what they are called on the page, and their settings. */
export const VARIANTS = {
  // As the paper's, whose z has 32 dimensions; two objects have positions of 4.
  whole: { title: 'frames drawn whole', set: ['model.objects=0', 'model.dynamic=32'] },
};
/** Sequences in a step at the compact preset, at which {@link STEPS} are counted. */
const BATCH = { sprites: 16, 'sm-mnist': 20 };
/** Objectives by their name in the paper's tables. */
export const OBJECTIVES = {
  dsvae: 'DSVAE',
  'cdsvae-mws': 'C-DSVAE, all MWS',
  'cdsvae-no-content': 'C-DSVAE without content augmentation',
  'cdsvae-no-motion': 'C-DSVAE without motion augmentation',
  cdsvae: 'C-DSVAE',
};
/** Table 9's sequences in a step; null is the preset's. Steps are fewer in proportion: all see the same number of sequences. */
const BATCHES = [null, 64, 128, 256];

/** Everything but seeds: one line of a table. `batch` null is the preset's. */
const line = (data, objective, steps = STEPS[data], batch = null) => ({ data, objective, steps, batch });

/** What a preset decides of a run, but for its length. */
export const presetPart = ({ model, objective, augment, optimizer }) => ({ model, objective, augment, optimizer });

/** That part of the compact preset as it is now, and what a row changes of it. */
export function presetOf({ data, objective, variant }) {
  const preset = defaultSettings({ data, corpus: data, kind: 'video', preset: 'compact', objective, threads: 1 });
  return presetPart(assign(preset, variant === undefined ? [] : VARIANTS[variant].set));
}

/** Lines of each table. */
export const LINES = {
  objectives: DATA.flatMap((data) => Object.keys(OBJECTIVES).map((objective) => line(data, objective))),
  long: LONG.map((long) => ({ ...long, batch: null })),
  batches: DATA.flatMap((data) => BATCHES.map((batch) => line(data, 'cdsvae', stepsAt(data, batch), batch))),
};

function stepsAt(data, batch) {
  return batch === null ? STEPS[data] : Math.round((STEPS[data] * BATCH[data]) / batch);
}

/** Seeds of a line. */
function seedsOf({ data, objective, steps, batch }) {
  const many = ['cdsvae', 'dsvae'].includes(objective) && steps === STEPS[data] && batch === null;
  return many ? [0, 1, 2] : [0];
}

/** Rows of a line, one a seed. */
export function rowsOf(of) {
  return seedsOf(of).map((seed) => ({ ...of, seed }));
}

/** Name of a row and of its file: all that the row is. */
export function nameOf(row) {
  const { data, objective, variant, batch, seed } = row;
  const what = [
    data,
    objective,
    ...(variant === undefined ? [] : [variant]),
    ...(batch === null ? [] : [`batch${batch}`]),
  ];
  return [...what, ...lengthOf(row), `seed${seed}`].join('-');
}

/** How long a row is trained, `[13000, 'steps']` or `[60, 'minutes']`. */
export function lengthOf({ steps, minutes }) {
  return minutes === undefined ? [steps, 'steps'] : [minutes, 'minutes'];
}

/** Every row once, by name, in the order in which they are trained: first seeds first. */
export const ROWS = new Map(
  Object.values(LINES)
    .flat()
    .flatMap(rowsOf)
    .sort((a, b) => a.seed - b.seed)
    .map((row) => [nameOf(row), row]),
);
