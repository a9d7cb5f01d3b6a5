import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, requireDist } from '../cli/dist.js';

const python = process.env.PYTHON ?? '/usr/bin/python3';
const hasPytorch = spawnSync(python, ['-c', 'import torch, numpy'], { stdio: 'ignore' }).status === 0;

/** The smallest step there is: the script compares losses with PyTorch's, of which it does not get past the first if they differ. */
test.skipIf(!hasPytorch).each(['causal', 'smoothing'])(
  'a step is timed beside the same step in PyTorch: %s',
  (posterior) => {
    requireDist();
    const script = join(ROOT, 'bench/pytorch/run.js');
    const small = '--width 4 --batch 2 --frames 2 --seconds 0 --threads 1 --json'.split(' ');
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...small, '--posterior', posterior], {
      encoding: 'utf8',
      env: { ...process.env, PYTHON: python },
    });
    expect(stderr).toMatch(/lean: loss at step 2/);
    expect(status).toBe(0);
    const rows = JSON.parse(stdout) as { form: string; pairs: unknown[] }[];
    expect(rows.map((r) => r.form)).toEqual(['released', 'lean']);
  },
  120_000,
);
