/** The rows of docs/results.md: what is trained, on what, for how long. */

/** Minutes of training of a row, and of the one that has longer. */
const [MINUTES, LONG] = [60, 180];
export const DATA = ['sprites', 'sm-mnist'];
/** Objectives by their name in the paper's tables. */
export const OBJECTIVES = {
  dsvae: 'DSVAE',
  'cdsvae-mws': 'C-DSVAE, all MWS',
  'cdsvae-no-content': 'C-DSVAE without content augmentation',
  'cdsvae-no-motion': 'C-DSVAE without motion augmentation',
  cdsvae: 'C-DSVAE',
};
/** Table 9's sequences in a step. */
const BATCHES = [64, 128, 256];

/** Everything but seeds: one line of a table. `batch` null is the preset's. */
const line = (data, objective, minutes = MINUTES, batch = null) => ({ data, objective, minutes, batch });

/** Lines of each table. */
export const LINES = {
  objectives: DATA.flatMap((data) => Object.keys(OBJECTIVES).map((objective) => line(data, objective))),
  long: [line('sprites', 'cdsvae', LONG)],
  batches: DATA.flatMap((data) => [null, ...BATCHES].map((batch) => line(data, 'cdsvae', MINUTES, batch))),
};

/** Seeds of a line. */
function seedsOf({ objective, minutes, batch }) {
  const many = ['cdsvae', 'dsvae'].includes(objective) && minutes === MINUTES && batch === null;
  return many ? [0, 1, 2] : [0];
}

/** Rows of a line, one a seed. */
export function rowsOf(of) {
  return seedsOf(of).map((seed) => ({ ...of, seed }));
}

/** Name of a row and of its file: all that the row is. */
export function nameOf({ data, objective, minutes, batch, seed }) {
  return `${data}-${objective}${batch === null ? '' : `-batch${batch}`}-${minutes}min-seed${seed}`;
}

/** Every row once, by name, in the order in which they are trained: first seeds first. */
export const ROWS = new Map(
  Object.values(LINES)
    .flat()
    .flatMap(rowsOf)
    .sort((a, b) => a.seed - b.seed)
    .map((row) => [nameOf(row), row]),
);
