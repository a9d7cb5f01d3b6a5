/**
 * How well s tells speakers apart, and how badly z does: equal error rates on speakers that training never heard.
 *
 *   npm run bench:speech -- DATA [--out DIR] [--minutes M | --steps N] [--seeds 3] [--methods cdsvae,dsvae] [--set key=value …]
 *
 * Trains each method with each seed (runs that are there already are only measured), then prints the table. Trials are all pairs
 * of 200 ms segments of different utterances (of 3000 segments, where there are more), scored by the cosine of their vectors.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { load, openDataset, train, verificationError } from '../dist/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: 'runs/speech' },
    minutes: { type: 'string' },
    steps: { type: 'string' },
    seeds: { type: 'string', default: '3' },
    methods: { type: 'string', default: 'cdsvae,dsvae' },
    split: { type: 'string', default: 'test' },
    threads: { type: 'string', default: '1' },
    set: { type: 'string', multiple: true, default: [] },
  },
});
const data = openDataset(positionals[0]);
const test = data.split(values.split);
const { frames, frame, factors } = data.info;
const length = frames * frame[0];
const sequences = new Float32Array(test.size * length);
const all = Array.from({ length: test.size }, (_, i) => i);
test.read(all, sequences);
const column = (name) => factors.findIndex((f) => f.name === name);
const labels = test.labels(all);
const labelsOf = (name) => all.map((i) => labels[i * factors.length + column(name)]);
const [speakers, utterances] = [labelsOf('speaker'), labelsOf('utterance')];
// Where each speaker has one utterance, its own segments are all there is to compare.
const groups = new Set(utterances).size > new Set(speakers).size ? utterances : undefined;
const errorOf = (vectors) => 100 * verificationError(vectors, speakers, groups);

const means = Float32Array.from({ length: test.size * frame[0] }, (_, i) => {
  const [n, band] = [Math.floor(i / frame[0]), i % frame[0]];
  let sum = 0;
  for (let t = 0; t < frames; t++) sum += sequences[n * length + t * frame[0] + band];
  return sum / frames;
});

const rows = [];
for (const method of values.methods.split(',')) {
  const measured = [];
  for (let seed = 0; seed < Number(values.seeds); seed++) {
    const run = join(values.out, `${method}-${seed}`);
    if (!existsSync(join(run, 'model', 'model.json'))) await trainOne(method, seed, run);
    measured.push(await measure(run));
  }
  rows.push([method, ...['s', 'z'].map((k) => spread(measured.map((m) => m[k])))]);
}
console.log(`${new Set(speakers).size} speakers, ${test.size} segments, ${values.split}; equal error rates in %`);
console.log(`mean log-mel vector: ${errorOf(means).toFixed(1)}; all values: ${errorOf(sequences).toFixed(1)}`);
for (const [method, s, z] of rows) console.log(`${method.padEnd(20)} s ${s}   z ${z}`);
data.close();

async function trainOne(method, seed, out) {
  const { minutes, steps, set, threads } = values;
  const begun = performance.now();
  await train({
    data: positionals[0],
    out,
    objective: method,
    seed,
    threads: Number(threads),
    set,
    ...(minutes && { minutes: Number(minutes) }),
    ...(steps && { steps: Number(steps) }),
  });
  console.error(`${out}: trained in ${((performance.now() - begun) / 60_000).toFixed(1)} minutes`);
}

async function measure(run) {
  const model = await load(run, { threads: Number(values.threads) });
  const parts = { s: [], z: [] };
  for (let at = 0; at < test.size; at += 100) {
    const n = Math.min(100, test.size - at);
    const { s, z } = await model.encode({
      shape: [n, frames, frame[0]],
      data: sequences.subarray(at * length, (at + n) * length),
    });
    for (const v of s.data) parts.s.push(v);
    for (const v of z.data) parts.z.push(v);
  }
  await model.release();
  const result = { s: errorOf(parts.s), z: errorOf(parts.z) };
  console.error(`${run}: s ${result.s.toFixed(2)}, z ${result.z.toFixed(2)}`);
  return result;
}

/** Mean ± standard deviation (of n − 1). */
function spread(numbers) {
  const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
  const variance = numbers.reduce((a, v) => a + (v - mean) ** 2, 0) / Math.max(1, numbers.length - 1);
  return `${mean.toFixed(1)} ± ${Math.sqrt(variance).toFixed(1)}`;
}
