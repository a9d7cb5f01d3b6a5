import * as fs from 'node:fs';
import { join, relative } from 'node:path';
import { type Files, nodeFiles } from '../../src/formats/durable.js';
import { Random } from '../../src/random.js';
import { RunFolder } from '../../src/train/run-folder.js';
import { readCurves } from '../formats/read-events.js';

/** Steps of a toy run: checkpoints at 3, 6 and 7 (that one twice), an evaluation at 4. */
export const TOY_STEPS = 7;

/**
 * A run in small, with everything a real one writes: tensors that depend on all steps so far, a metrics line a step,
 * evaluations, curves, pictures, checkpoints, pruning. Begins the run or takes it up again, as a user would.
 *
 * @param onSaved told the step of each checkpoint once saving it has returned
 */
export function toyRun(path: string, files: Files = nodeFiles, onSaved = (_step: number) => {}): void {
  const options = { files, clock: () => 0 };
  const begun = fs.existsSync(join(path, 'config.yaml'));
  const interrupted = begun ? RunFolder.interrupted(path, options) : undefined;
  const run = interrupted ? interrupted.goOn() : RunFolder.create(path, 'seed: 7\n', options);
  const checkpoint = interrupted?.checkpoint;
  try {
    const restored = (group: string, name: string) =>
      checkpoint?.tensors[group]?.get(name)?.data as Float64Array | undefined;
    const weights = Float32Array.from(restored('weights', 'w') ?? new Float32Array(5));
    const moments = Float64Array.from(restored('moments', 'm') ?? new Float64Array(5));
    let best = (checkpoint?.state as { best: number } | undefined)?.best ?? 1e9;
    const save = (step: number) => {
      run.write(`samples/step-${step}.txt`, weights.join(' '));
      const tensors = {
        weights: new Map([['w', { shape: [5], data: weights }]]),
        moments: new Map([['m', { shape: [5], data: moments }]]),
      };
      run.save({ step, tensors, state: { best } });
      onSaved(step);
    };
    for (let step = (checkpoint?.step ?? 0) + 1; step <= TOY_STEPS; step++) {
      const noise = Random.of(7, 'toy', step);
      for (let i = 0; i < 5; i++) {
        moments[i] = 0.9 * moments[i]! + noise.normal();
        weights[i] = weights[i]! - 0.1 * moments[i]!;
      }
      const loss = weights.reduce((sum, w) => sum + w * w, 0);
      best = Math.min(best, loss);
      run.metrics.append({ step, loss });
      run.events.scalars(step, { loss });
      if (step % 4 === 0) run.metrics.append({ step, validation: { loss: 2 * loss } });
      if (step % 3 !== 0) continue;
      save(step);
      run.prune([step, step - 3]);
    }
    // Twice: it replaces the first.
    save(TOY_STEPS);
    save(TOY_STEPS);
    run.prune([6, TOY_STEPS]);
    run.write('evaluation.json', JSON.stringify({ best }));
  } finally {
    run.close();
  }
}

/** Every file below a folder with its bytes as hex, event files as the curves TensorBoard makes of them. */
export function contentsOf(path: string): Record<string, unknown> {
  const contents: Record<string, unknown> = {};
  const events: Buffer[] = [];
  for (const entry of fs.readdirSync(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    if (entry.name.includes('tfevents')) events.push(fs.readFileSync(file));
    else contents[relative(path, file)] = fs.readFileSync(file).toString('latin1');
  }
  contents.curves = readCurves(events);
  return contents;
}

/**
 * Makes the locks of a folder look like those of a process that is gone: a test that "kills" a run goes on in the same
 * process, which is alive.
 */
export function burySelf(path: string): void {
  if (!fs.existsSync(path)) return;
  for (const name of fs.readdirSync(path)) {
    if (!/^\.lock-\d+$/.test(name)) continue;
    const lock = join(path, name);
    const holder = JSON.parse(fs.readFileSync(lock, 'utf8')) as object;
    // Beyond the largest process id of any system.
    fs.writeFileSync(lock, JSON.stringify({ ...holder, pid: 2 ** 30 }));
  }
}
