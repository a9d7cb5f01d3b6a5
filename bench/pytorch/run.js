/**
 * Seconds per training step beside PyTorch's, in one run: `npm run bench:pytorch`.
 *
 *     npm run bench:pytorch -- --width 64 --batch 16 --form lean --posterior smoothing --threads 2 --seconds 60
 *
 * About twelve minutes for all; `--write` puts the table into docs/performance.md. PyTorch is given the huge pages that this library's
 * command gives itself; `--small-pages` starts it as its users do.
 *
 * Each of PyTorch's two forms of the step (`peer.py`) takes turns with ours, A B A B …, on the same weights, batch and noise; the
 * loss of the first two steps is compared first, so that forward pass, gradient and Adam are known to be the same. A pair's ratio
 * is PyTorch's seconds by ours; what is concluded is the ratio of the medians.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stepCase } from '../../dist/bench/step-case.js';
import { median } from '../../dist/bench/timing.js';
import { tunables } from '../../dist/cli/terminal/supervise.js';
import { markdownTable, writeSection } from '../document.js';
import { Party } from './party.js';
import { findPython, INSTALL, peerEnv } from './python.js';

const PAIRS = { fewest: 3, most: 9 };
/** Relative difference of the loss that float32 leaves, at the first step and after one step of Adam. */
const TOLERANCE = [2e-5, 2e-3];

const { values: flags } = parseArgs({
  options: {
    width: { type: 'string', default: '16,64' },
    batch: { type: 'string', default: '16,64' },
    frames: { type: 'string', default: '8' },
    posterior: { type: 'string', default: 'causal' },
    threads: { type: 'string', default: String(availableParallelism()) },
    seconds: { type: 'string', default: '45' },
    form: { type: 'string', default: 'released,lean' },
    'small-pages': { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const list = (text) => text.split(',').map(Number);
const threads = Number(flags.threads);
const hugePages = !flags['small-pages'];
const say = (text) => (flags.json ? process.stderr : process.stdout).write(`${text}\n`);

const python = findPython();
if (python === undefined) {
  process.stderr.write(`error: ${INSTALL}\n`);
  process.exit(2);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));
const folder = mkdtempSync(join(tmpdir(), 'cdsvae-bench-'));
const results = [];
const begun = performance.now();
try {
  for (const width of list(flags.width)) {
    for (const batch of list(flags.batch)) {
      results.push(
        ...(await compare(
          stepCase({ width, batch, frames: Number(flags.frames), threads, posterior: flags.posterior }),
        )),
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
say(`\nwidth  batch  form      ours s  PyTorch s  ratio of medians  pairs from … to`);
for (const r of results) {
  say(
    [
      String(r.width).padStart(5),
      String(r.batch).padStart(5),
      r.form.padEnd(8),
      r.ours.toFixed(3).padStart(6),
      r.theirs.toFixed(3).padStart(9),
      `${r.ratio.toFixed(2)}×`.padStart(16),
      `${Math.min(...r.ratios).toFixed(2)}× … ${Math.max(...r.ratios).toFixed(2)}×`,
    ].join('  '),
  );
}
say(`\n${minutes((performance.now() - begun) / 1000)} in all`);
if (flags.json) process.stdout.write(`${JSON.stringify(results)}\n`);
if (flags.write) {
  const pages = hugePages ? 'in huge pages, as we give ourselves' : 'in small pages, as its users start it';
  writeSection(hugePages ? 'pytorch' : 'pytorch -- --small-pages', [
    `PyTorch ${results[0].torch}'s memory ${pages}. Medians of ${PAIRS.fewest} to ${PAIRS.most} pairs of steps, in turns.`,
    '',
    ...markdownTable(
      ['step', 'width', 'batch', 'ours s', 'PyTorch s', 'ratio', 'pairs', 'ours GiB', 'PyTorch GiB'],
      results.map((r) => [
        r.form,
        r.width,
        r.batch,
        r.ours.toFixed(3),
        r.theirs.toFixed(3),
        `${r.ratio.toFixed(2)} ×`,
        `${Math.min(...r.ratios).toFixed(2)} to ${Math.max(...r.ratios).toFixed(2)}`,
        gib(r.memory.ours),
        gib(r.memory.theirs),
      ]),
    ),
  ]);
}

async function compare(c) {
  say(
    `\nwidth ${c.width}, batch ${c.batch}, T ${c.frames}, ${c.size}×${c.size}×${c.channels}, ${c.posterior}, ${threads} threads`,
  );
  const tensors = join(folder, 'tensors.safetensors');
  const rows = [];
  for (const form of flags.form.split(',')) {
    const ours = new Party(process.execPath, [join(import.meta.dirname, 'ours.js')], tunables(process.env));
    const peer = new Party(python, ['-u', join(import.meta.dirname, 'peer.py')], peerEnv(threads, hugePages));
    try {
      const what = await ours.ask({ do: 'prepare', case: c, tensors });
      const { torch, memory_format } = await peer.ask({ do: 'prepare', form, tensors, threads, ...what });
      const first = { ours: [], theirs: [] };
      for (let i = 0; i < 2; i++) {
        first.ours.push(await ours.ask({ do: 'step' }));
        first.theirs.push(await peer.ask({ do: 'step' }));
      }
      checkLosses(form, first);
      const round = first.ours[1].seconds + first.theirs[1].seconds;
      const pairs = Math.max(PAIRS.fewest, Math.min(PAIRS.most, Math.floor(Number(flags.seconds) / round)));
      say(
        `  ${form}, PyTorch ${torch}, ${memory_format}, ${hugePages ? 'huge' : 'small'} pages: ${pairs} pairs, about ${minutes(pairs * round)}`,
      );
      const steps = [];
      for (let i = 0; i < pairs; i++) {
        const [a, b] = [await ours.ask({ do: 'step' }), await peer.ask({ do: 'step' })];
        steps.push({ ours: a, theirs: b, ratio: b.seconds / a.seconds });
        say(
          `    ours ${a.seconds.toFixed(3)} s   PyTorch ${b.seconds.toFixed(3)} s   ${(b.seconds / a.seconds).toFixed(2)}×`,
        );
      }
      const [our, their] = [median(steps.map((s) => s.ours.seconds)), median(steps.map((s) => s.theirs.seconds))];
      const memory = { ours: steps.at(-1).ours.memory, theirs: steps.at(-1).theirs.memory };
      say(
        `    medians ${our.toFixed(3)} s and ${their.toFixed(3)} s: ${(their / our).toFixed(2)}×; ` +
          `peak memory ${gib(memory.ours)} and ${gib(memory.theirs)} GiB`,
      );
      rows.push({
        ...c,
        form,
        torch,
        memoryFormat: memory_format,
        hugePages,
        ours: our,
        theirs: their,
        ratio: their / our,
        ratios: steps.map((s) => s.ratio),
        memory,
      });
    } finally {
      ours.end();
      peer.end();
    }
  }
  return rows;
}

/** @throws where the two do not compute the same */
function checkLosses(form, { ours, theirs }) {
  TOLERANCE.forEach((tolerance, i) => {
    const [a, b] = [ours[i].loss, theirs[i].loss];
    const difference = Math.abs(a - b) / Math.abs(b);
    if (!(difference <= tolerance)) {
      throw new Error(
        `step ${i + 1} of "${form}": the loss is ${a} here and ${b} in PyTorch; they compute different things`,
      );
    }
    say(`  ${form}: loss at step ${i + 1}: ${a.toPrecision(8)} here, ${b.toPrecision(8)} in PyTorch`);
  });
}

function gib(bytes) {
  return (bytes / 2 ** 30).toFixed(2);
}

function minutes(seconds) {
  return seconds < 90 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(1)} minutes`;
}
