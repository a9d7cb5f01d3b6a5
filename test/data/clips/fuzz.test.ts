import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT, requireDist } from '../../cli/dist.js';

it('300 bent files of each format are read or refused, and nothing else', () => {
  requireDist();
  const { status, stdout } = spawnSync(process.execPath, [join(ROOT, 'bench', 'fuzz.js'), '--count', '300'], {
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([0, expect.not.stringMatching(/[1-9]\d* wrong/)]);
  expect(stdout.match(/^\w+ +300 files/gm)).toHaveLength(7);
}, 240_000);
