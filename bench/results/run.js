/**
 * Trains and evaluates the rows of docs/results.md that are missing, then writes the page: `npm run results`.
 *
 *     npm run results -- [ROW…] [--runs DIR] [--data sprites=DIR] [--judge sprites=DIR] [--threads N] [--note TEXT]
 *     npm run results -- --list
 *
 * A ROW is the name of one, or of a data set for all of its rows. Rows are run one after another; Ctrl-C saves and ends, and the
 * same command goes on from there, as it does after a crash. To run a row anew, remove its file in docs/results and its folder
 * in DIR (default: runs/results). The note is kept with each result, for what a reader should know of how it was made.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDataset } from '../../dist/data/open.js';
import { usualJudge } from '../../dist/evaluate/judge/folder.js';
import { Ended } from './command.js';
import { writePage } from './page.js';
import { RESULTS, readResults } from './row-file.js';
import { DATA, ROWS } from './rows.js';
import { runRow } from './run-row.js';

try {
  await main();
} catch (error) {
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = error instanceof Ended ? error.exit : 2;
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: 'runs/results' },
      data: { type: 'string', multiple: true, default: [] },
      judge: { type: 'string', multiple: true, default: [] },
      threads: { type: 'string', default: '2' },
      note: { type: 'string' },
      list: { type: 'boolean', default: false },
    },
  });
  const sources = { sprites: 'data/sprites', 'sm-mnist': 'sm-mnist', ...folders('--data', values.data) };
  const judges = {
    ...Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, usualJudge(source)])),
    ...folders('--judge', values.judge),
  };
  const wanted = choose(positionals);
  const results = readResults();
  const missing = wanted.filter((name) => !results.has(name));
  if (values.list) return list(wanted, results, values.runs);
  // All data are looked at before hours are spent on the first row.
  for (const data of new Set(missing.map((name) => ROWS.get(name).data))) openDataset(sources[data]).close();
  for (const name of missing) {
    const row = ROWS.get(name);
    const where = { runs: values.runs, data: sources[row.data], judge: judges[row.data], results: RESULTS };
    const file = await runRow(row, where, values.threads, values.note);
    process.stdout.write(`${file} written\n`);
    writePage();
  }
  if (missing.length === 0) writePage();
}

/** `NAME=DIR`, given any number of times. */
function folders(flag, pairs) {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name, ...rest] = pair.split('=');
      if (!DATA.includes(name) || rest.length === 0)
        throw new Error(`${flag} ${pair}: NAME=DIR expected, NAME one of ${DATA.join(', ')}`);
      return [name, rest.join('=')];
    }),
  );
}

function choose(wanted) {
  const all = [...ROWS.keys()];
  for (const name of wanted)
    if (!ROWS.has(name) && !DATA.includes(name)) throw new Error(`no row ${name}; there are\n  ${all.join('\n  ')}`);
  return wanted.length === 0 ? all : all.filter((n) => wanted.includes(n) || wanted.includes(ROWS.get(n).data));
}

function list(names, results, runs) {
  const state = (name) => (results.has(name) ? 'done' : existsSync(join(runs, name, 'run')) ? 'begun' : 'not yet run');
  for (const name of names) process.stdout.write(`${name}  ${state(name)}\n`);
  const left = names.filter((name) => !results.has(name));
  process.stdout.write(`${left.length} of ${names.length} rows are left
`);
}
