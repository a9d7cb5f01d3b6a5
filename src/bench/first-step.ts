import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DatasetWriter } from '../data/writer.js';
import { CdsvaeError } from '../errors.js';
import { prepareStep, type StepCase } from './step-case.js';
import { secondsSince } from './timing.js';

const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url));

/**
 * Seconds from the command `cdsvae train` to the end of its first step, on a data set of noise made for it.
 *
 * @throws CdsvaeError `runtime` where the command ends before
 */
export async function timeToFirstStep(c: StepCase): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'cdsvae-bench-'));
  try {
    const { info, inputs } = prepareStep(c);
    const [train, validation] = [c.batch, c.batch + 1];
    const data = join(folder, 'data');
    const splits = { train: [0, train], validation: [train, validation] } as const;
    const writer = new DatasetWriter(data, { info, count: validation, splits });
    const sequence = (inputs(1).x!.data as Uint8Array).subarray(0, c.frames * c.size ** 2 * c.channels);
    for (let i = 0; i < validation; i++) writer.write(i, sequence);
    writer.finish();
    return await run(c, data, join(folder, 'run'));
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function run(c: StepCase, data: string, out: string): Promise<number> {
  const set = {
    'model.width': c.width,
    'model.hidden': c.hidden,
    'model.posterior': c.posterior,
    'model.objects': 0,
  };
  const args = [
    ...['train', data, '--out', out, '--steps', '1000', '--threads', String(c.threads)],
    ...['--batch', String(c.batch), '--preset', c.width < 64 ? 'compact' : 'paper'],
    ...Object.entries(set).flatMap(([k, v]) => ['--set', `${k}=${v}`]),
  ];
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let seconds: number | undefined;
    let last = '';
    createInterface({ input: child.stderr }).on('line', (line) => {
      last = line;
      if (seconds === undefined && / step=[1-9]/.test(line)) {
        seconds = secondsSince(begun);
        child.kill('SIGTERM');
      }
    });
    child.on('error', reject);
    child.on('close', () => {
      if (seconds !== undefined) resolve(seconds);
      else reject(new CdsvaeError('runtime', `"cdsvae train" ended before its first step: ${last}`));
    });
  });
}
