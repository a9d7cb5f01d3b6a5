/**
 * Seconds per training step and peak memory, by width and batch: `npm run bench`.
 *
 * Each row is measured in a process of its own, since peak memory belongs to a process: 8 steps after 2 to warm up, Sprites'
 * shape (T = 8, 64×64×3), random frames, the paper's objective. `--reference` measures the plain frame coder beside the fast one.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fastCoder, plainCoder } from '../dist/model/index.js';
import { Random } from '../dist/random.js';
import { createSession } from '../dist/runtime/node.js';
import { prepareBatch } from '../dist/train/batches.js';
import { experiment } from '../dist/train/experiment.js';
import { defaultSettings } from '../dist/train/presets.js';
import { trainingGraph } from '../dist/train/step.js';
import { Trainer } from '../dist/train/trainer.js';

const ROWS = [16, 64].flatMap((width) => [16, 64].map((batch) => ({ width, batch })));
const STEPS = 10;
const WARM_UP = 2;

async function measure({ width, batch, coder }) {
  const threads = availableParallelism();
  const info = {
    name: 'sprites',
    kind: 'video',
    frames: 8,
    frame: [64, 64, 3],
    dtype: 'uint8',
    divisor: 255,
    range: [0, 1],
    factors: [],
  };
  const preset = width >= 64 ? 'paper' : 'compact';
  const settings = defaultSettings({ data: 'random', dataName: 'sprites', preset, method: 'cdsvae', threads });
  settings.train = { ...settings.train, batch };
  settings.model = { ...settings.model, width };
  const setup = experiment(settings, info, 9000);
  const build = coder === 'reference' ? plainCoder : fastCoder;
  const parts = { ...setup.parts, coder: build(setup.model, setup.model.frame) };
  const begun = performance.now();
  const trainer = await Trainer.create(setup.config, parts, setup.layout, 0, (model) =>
    createSession(model, { threads }),
  );
  const creation = (performance.now() - begun) / 1000;
  const random = Random.of(0, 'frames');
  const split = {
    name: 'train',
    size: 9000,
    read: (_, out) => {
      for (let i = 0; i < out.length; i += 4) new DataView(out.buffer).setUint32(out.byteOffset + i, random.uint32());
    },
  };
  const seconds = [];
  for (let step = 1; step <= STEPS; step++) {
    const inputs = prepareBatch(setup.plan, 'train', info, split, step);
    const before = performance.now();
    await trainer.step(step, 1e-3, inputs);
    if (step > WARM_UP) seconds.push((performance.now() - before) / 1000);
  }
  seconds.sort((a, b) => a - b);
  return {
    width,
    batch,
    coder,
    seconds: seconds[seconds.length / 2],
    fastest: seconds[0],
    creation,
    memory: process.resourceUsage().maxRSS / 2 ** 20,
    nodes: trainingGraph(setup.config, parts, setup.layout).nodes.length,
  };
}

const [argument] = process.argv.slice(2);
if (argument?.startsWith('{')) {
  console.log(JSON.stringify(await measure(JSON.parse(argument))));
} else {
  console.log('width  batch  coder      s/step  fastest  sequences/s  session s  peak GiB  nodes');
  for (const row of ROWS) {
    for (const coder of argument === '--reference' ? ['fast', 'reference'] : ['fast']) {
      const env = { ...process.env, GLIBC_TUNABLES: process.env.GLIBC_TUNABLES ?? 'glibc.malloc.hugetlb=1' };
      const child = spawnSync(process.execPath, [import.meta.filename, JSON.stringify({ ...row, coder })], {
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      if (child.status !== 0) process.exit(child.status ?? 1);
      const r = JSON.parse(child.stdout);
      const cells = [
        String(r.width).padStart(5),
        String(r.batch).padStart(5),
        r.coder.padEnd(9),
        r.seconds.toFixed(3).padStart(7),
        r.fastest.toFixed(3).padStart(7),
        (r.batch / r.seconds).toFixed(1).padStart(11),
        r.creation.toFixed(1).padStart(9),
        r.memory.toFixed(2).padStart(8),
        String(r.nodes).padStart(6),
      ];
      console.log(cells.join('  '));
    }
  }
}
