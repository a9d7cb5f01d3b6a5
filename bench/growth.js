/**
 * How time and memory grow, into docs/performance.md with a plot for each: `npm run bench:growth`, about eight minutes on two cores;
 * with `-- --quick` every second case. Also fits the estimate of memory (src/train/memory.ts) again and tells
 * how far it is off.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isolated } from '../dist/bench/isolated.js';
import { prepareStep, stepCase } from '../dist/bench/step-case.js';
import { tunables } from '../dist/cli/terminal/supervise.js';
import { curvesSvg } from '../dist/picture/curves.js';
import { MEMORY_FIT, memoryTerms, stepMemory } from '../dist/train/memory.js';
import { DOCS, markdownTable, writeSection } from './document.js';

const quick = process.argv.includes('--quick');
const SMALL = { width: 16, hidden: 256 };
const threads = Array.from({ length: availableParallelism() }, (_, i) => i + 1);
/** What grows, from what base, in what it is counted. */
const AXES = [
  { key: 'batch', name: 'sequences in a step', base: SMALL, values: [1, 2, 4, 8, 16, 32, 64, 128] },
  { key: 'batch', name: 'sequences in a step, width 64', base: { width: 64 }, values: [1, 4, 16, 64, 128] },
  { key: 'width', name: 'width', base: { hidden: 256 }, values: [8, 16, 24, 32, 48, 64] },
  { key: 'frames', name: 'frames', base: { ...SMALL, batch: 8 }, values: [2, 4, 8, 16, 32, 64] },
  { key: 'size', name: 'pixels across a frame', base: { ...SMALL, batch: 8 }, values: [16, 32, 64, 128] },
  { key: 'threads', name: 'threads', base: SMALL, values: threads },
];

const env = tunables(process.env);
const folder = join(DOCS, 'growth');
mkdirSync(folder, { recursive: true });
const lines = [];
const measured = [];
const begun = performance.now();
for (const { key, name, base, values } of AXES) {
  const rows = [];
  const used = quick ? values.filter((_, i) => (values.length - 1 - i) % 2 === 0) : values;
  for (const value of used) {
    const c = stepCase({ ...base, [key]: value });
    const { setup } = prepareStep(c);
    const parameters = setup.layout.parameters.size;
    const estimate = stepMemory(setup.model, parameters, c.batch);
    if (estimate > process.availableMemory()) {
      process.stderr.write(`${name} ${value}: left out, it takes about ${gib(estimate)} GiB\n`);
      continue;
    }
    const r = await isolated({ do: 'step', case: c, repeats: { warmUp: 1, steps: quick ? 2 : 7 } }, env);
    const row = { value, r, estimate, terms: memoryTerms(setup.model, parameters, c.batch), work: r.flops / c.batch };
    rows.push(row);
    measured.push(row);
    process.stderr.write(`${name} ${value}: ${r.fastest.toFixed(3)} s, ${gib(r.memory)} GiB\n`);
  }
  const file = `${key}-${base.width ?? 'all'}.svg`;
  const points = (of) => rows.map((row) => [row.value, of(row)]);
  const curves = [
    { name: 'ms a sequence', points: points(({ r }) => (1000 * r.fastest) / r.batch) },
    { name: 'MiB a sequence', points: points(({ r }) => r.memory / 2 ** 20 / r.batch) },
  ];
  writeFileSync(join(folder, file), curvesSvg(curves, { xLabel: name, log: true }));
  lines.push(
    `**${name[0].toUpperCase()}${name.slice(1)}**`,
    '',
    `![Time and memory of a sequence by ${name}](growth/${file})`,
    '',
    ...markdownTable(
      [name, 's/step', 'ms a sequence', 'GFLOP/s', 'GiB', 'MiB a sequence', 'GiB estimated', 'session s'],
      rows.map(({ value, r, estimate }) => [
        value,
        r.fastest.toFixed(3),
        ((1000 * r.fastest) / r.batch).toFixed(1),
        (r.flops / r.fastest / 1e9).toFixed(0),
        gib(r.memory),
        (r.memory / 2 ** 20 / r.batch).toFixed(0),
        gib(estimate),
        r.creation.toFixed(1),
      ]),
    ),
    '',
    slope(key, rows),
    '',
  );
}
const off = measured.map(({ estimate, r }) => estimate / r.memory - 1);
lines.push(
  `The estimate of memory that \`cdsvae train\` refuses by is off by ${percent(Math.min(...off))} to ${percent(Math.max(...off))} in these cases; ` +
    `fitted to them it would be ${fitted(measured)} (now: ${JSON.stringify(MEMORY_FIT)}).`,
);
writeSection('growth', lines);
process.stderr.write(`${((performance.now() - begun) / 60_000).toFixed(1)} minutes\n`);

/** The power of the last doubling: 1 is in proportion. */
function slope(key, rows) {
  if (rows.length < 2 || key === 'threads') return '';
  const [a, b] = rows.slice(-2);
  const power = (of) => (Math.log(of(b) / of(a)) / Math.log(b.value / a.value)).toFixed(2);
  const work = key === 'width' || key === 'size' ? ` (operations by the power ${power(({ r }) => r.flops)})` : '';
  return `From ${a.value} to ${b.value} time grows by the power ${power(({ r }) => r.fastest)} and memory by ${power(({ r }) => r.memory)}${work}.`;
}

/** Least squares of the relative error over the terms of the fit but the last, which is given, by its normal equations. */
function fitted(rows) {
  const names = ['base', 'parameters', 'activations', 'pixels'];
  const { pairs } = MEMORY_FIT;
  const x = rows.map(({ r, terms }) => names.map((name) => (terms[name] ?? 1) / r.memory));
  const y = rows.map(({ r, terms }) => 1 - (pairs * terms.pairs) / r.memory);
  const matrix = names.map((_, i) => [
    ...names.map((_, j) => x.reduce((sum, row) => sum + row[i] * row[j], 0)),
    x.reduce((sum, row, k) => sum + row[i] * y[k], 0),
  ]);
  const solution = solve(matrix);
  const found = names.map((name, i) => [name, Number(solution[i].toPrecision(3))]);
  return JSON.stringify({ ...Object.fromEntries(found), pairs });
}

/** Gauss's elimination of a matrix with its right side as last column. */
function solve(rows) {
  const m = rows.map((row) => [...row]);
  for (let i = 0; i < m.length; i++) {
    const pivot = m.slice(i).reduce((best, row, k) => (Math.abs(row[i]) > Math.abs(m[best][i]) ? i + k : best), i);
    [m[i], m[pivot]] = [m[pivot], m[i]];
    for (let k = 0; k < m.length; k++) {
      if (k === i) continue;
      const factor = m[k][i] / m[i][i];
      m[k] = m[k].map((v, j) => v - factor * m[i][j]);
    }
  }
  return m.map((row, i) => row.at(-1) / row[i]);
}

function gib(bytes) {
  return (bytes / 2 ** 30).toFixed(2);
}

function percent(share) {
  return `${(100 * share).toFixed(0)} %`;
}
