/**
 * Training from data that memory need not hold: `npm run bench:big`, about four minutes and 20 GB of disk; into docs/performance.md.
 *
 *     npm run bench:big -- --gigabytes 20 --folder DIR --steps 60 --threads 2
 *
 * Writes two data sets of noise, one as large as is asked and one of 64 MB, and trains the compact preset on each in turns: steps a
 * second, the share of the time that is spent in them, and peak memory. The system's cache of files is emptied before each turn
 * where that is allowed (root), so that what is read comes from the disk.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from '../dist/bench/timing.js';
import { SUPERVISED, tunables } from '../dist/cli/terminal/supervise.js';
import { DatasetWriter } from '../dist/data/writer.js';
import { markdownTable, writeSection } from './document.js';

const TURNS = 3;
const SMALL = 64e6;
const FRAME = [64, 64, 3];
const FRAMES = 8;
const SEQUENCE = FRAMES * FRAME[0] * FRAME[1] * FRAME[2];

const { values: flags } = parseArgs({
  options: {
    gigabytes: { type: 'string', default: '20' },
    folder: { type: 'string', default: tmpdir() },
    steps: { type: 'string', default: '60' },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
});
const folder = mkdtempSync(join(flags.folder, 'cdsvae-big-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));

const sets = [
  { name: 'large', bytes: Number(flags.gigabytes) * 1e9, turns: [] },
  { name: 'small', bytes: SMALL, turns: [] },
];
for (const set of sets) write(set);
let emptied = true;
for (let turn = 0; turn < TURNS; turn++) {
  for (const set of sets) {
    emptied &&= emptyCache();
    const result = await train(set.name, turn);
    set.turns.push(result);
    const speed = `${result.stepsPerSecond.toFixed(2)} steps/s, ${percent(result.stepShare)} of the time in them`;
    process.stdout.write(`${gigabytes(set.bytes)} GB: ${speed}, ${mebibytes(result.peak)} MiB\n`);
  }
}
const [large, small] = sets.map(({ turns }) => median(turns.map((t) => t.stepsPerSecond)));
writeSection('big', [
  ...markdownTable(
    ['data, GB', 'sequences', 'steps/s', 'of the time in steps', 'peak MiB'],
    sets.map(({ bytes, turns }) => [
      gigabytes(bytes),
      count(bytes),
      turns.map((t) => t.stepsPerSecond.toFixed(2)).join(', '),
      turns.map((t) => percent(t.stepShare)).join(', '),
      mebibytes(Math.max(...turns.map((t) => t.peak))),
    ]),
  ),
  '',
  `In turns, ${flags.steps} steps each; medians are as ${(large / small).toFixed(3)} to 1. The system's cache of files was ${emptied ? '' : 'not '}emptied before each.`,
]);

function write({ name, bytes }) {
  const info = {
    name,
    kind: 'video',
    frames: FRAMES,
    frame: FRAME,
    dtype: 'uint8',
    divisor: 255,
    range: [0, 1],
    factors: [],
  };
  const n = count(bytes);
  const held = Math.ceil(n / 20);
  const writer = new DatasetWriter(join(folder, name), {
    info,
    count: n,
    splits: { train: [0, n - held], validation: [n - held, n] },
  });
  const noise = Buffer.alloc(SEQUENCE);
  for (let i = 0; i < n; i++) {
    // Each sequence is another, and cheaply made.
    noise.writeUInt32LE(i, 4 * (i % (SEQUENCE / 4)));
    writer.write(i, noise, []);
    if (i % 10_000 === 0) process.stderr.write(`${name}: ${percent(i / n)} written\n`);
  }
  writer.finish();
}

/** A training of its own process, with its peak memory: what the system says of it the last time before it ends. */
function train(name, turn) {
  const args = ['train', join(folder, name), '--out', join(folder, `run-${name}-${turn}`), '--steps', flags.steps];
  const rest = ['--threads', flags.threads, '--set', 'train.validateOn=16', '--json', '--quiet'];
  const child = spawn(process.execPath, [join(import.meta.dirname, '../dist/cli/main.js'), ...args, ...rest], {
    env: { ...process.env, ...tunables(process.env), [SUPERVISED]: '1' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  let stdout = '';
  let peak = 0;
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  const watch = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid) ?? 0);
  }, 100);
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      clearInterval(watch);
      if (code === 0) resolve({ ...JSON.parse(stdout), peak });
      else reject(new Error(`training on the ${name} data ended with ${code}`));
    });
  });
}

function peakOf(pid) {
  try {
    const kib = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib && 1024 * Number(kib);
  } catch {
    return undefined;
  }
}

function emptyCache() {
  try {
    spawnSync('sync');
    writeFileSync('/proc/sys/vm/drop_caches', '1');
    return true;
  } catch {
    return false;
  }
}

function count(bytes) {
  return Math.round(bytes / SEQUENCE);
}

function gigabytes(bytes) {
  return (bytes / 1e9).toFixed(2);
}

function mebibytes(bytes) {
  return (bytes / 2 ** 20).toFixed(0);
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}
