import { expect, test } from 'vitest';
import type { RunDetail } from '../../src/studio/api.js';
import { publicRun } from '../../src/studio/server/public-run.js';

const HOME = '/home/someone with a name';
const DETAIL = {
  id: 'r',
  problem: `${HOME}/runs/r/metrics.jsonl: damaged`,
  settings: `# Every setting of this run.\ndata: ${HOME}/clips\ntrain:\n  steps: 3\n`,
  evaluation: {
    found: {
      model: { folder: `${HOME}/runs/r`, steps: 3 },
      judge: { folder: '/d', factors: ['a/d'] },
      leftOut: [`swaps: no judge in ${HOME}/clips/judge`],
      warnings: [`${HOME}/runs/r: the model is of step 3`, 'skin: the judge is right in 98 %'],
      repeats: 5,
    },
  },
} as unknown as RunDetail;

test('what is told of a run has names in it, and no folders', () => {
  const told = publicRun(DETAIL);
  expect(JSON.stringify(told)).not.toContain(HOME);
  expect(told).toMatchObject({
    id: 'r',
    settings: '# Every setting of this run.\ndata: clips\ntrain:\n  steps: 3\n',
    evaluation: {
      found: {
        model: { folder: 'r', steps: 3 },
        judge: { folder: 'd', factors: ['a/d'] },
        leftOut: [],
        warnings: ['skin: the judge is right in 98 %'],
        repeats: 5,
      },
    },
  });
});

test('a model without a run, and an evaluation that cannot be read, are told as not there', () => {
  const told = publicRun({ ...DETAIL, settings: '', evaluation: { problem: `${HOME}/x: not JSON` } });
  expect(told).toMatchObject({ settings: '', evaluation: null });
});
