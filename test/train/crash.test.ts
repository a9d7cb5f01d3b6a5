import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { CdsvaeError } from '../../src/errors.js';
import { listCheckpoints, loadCheckpoint } from '../../src/train/checkpoint.js';
import { readMetrics } from '../../src/train/metrics-log.js';
import { CRASH_ROOT, CrashingFiles, ENDS, type Fault, Killed } from './crashing-files.js';
import { burySelf, contentsOf, TOY_STEPS, toyRun } from './toy-run.js';

const root = mkdtempSync(join(CRASH_ROOT, 'cdsvae-crash-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const run = join(root, 'runs', 'toy');

/** The newest checkpoint whose saving has returned, since the folder was cleared. */
let promised = 0;
const clear = () => {
  rmSync(join(root, 'runs'), { recursive: true, force: true });
  promised = 0;
};

/** The run with a fault; whether it reached its end, or the error. */
function disturbed(fault: Fault): unknown {
  const crashing = new CrashingFiles(fault);
  try {
    toyRun(run, crashing.files, (step) => {
      promised = step;
    });
    return 'ended';
  } catch (error) {
    return error;
  } finally {
    crashing.end();
    burySelf(run);
  }
}

/** The run to its end; how many calls that took. */
function toTheEnd(): number {
  const counting = new CrashingFiles();
  toyRun(run, counting.files);
  counting.end();
  return counting.calls;
}

const calls = toTheEnd();
const contents = contentsOf(run);

/** What holds at any moment, whatever happened: a folder with a checkpoint's name is one, and what was saved is there. */
function expectNothingLost(): void {
  const checkpoints = listCheckpoints(run);
  for (const { step, path } of checkpoints) expect(loadCheckpoint(path).step).toBe(step);
  expect(checkpoints.at(-1)?.step ?? 0).toBeGreaterThanOrEqual(promised);
}

test('the undisturbed run leaves all lines, its checkpoints, and nothing else', () => {
  expect(Object.keys(contents).sort()).toEqual([
    ...[6, 7].flatMap((n) =>
      ['manifest.json', 'moments.safetensors', 'state.json', 'weights.safetensors'].map(
        (f) => `checkpoints/step-${n}/${f}`,
      ),
    ),
    'config.yaml',
    'curves',
    'evaluation.json',
    'metrics.jsonl',
    ...[3, 6, 7].map((n) => `samples/step-${n}.txt`),
  ]);
  expect(readMetrics(join(run, 'metrics.jsonl')).map(({ step }) => step)).toEqual([1, 2, 3, 4, 4, 5, 6, 7]);
  expect((contents.curves as Record<string, unknown[]>).loss).toHaveLength(TOY_STEPS);
});

describe(`killed at each of ${calls} calls in ${ENDS.length} ways (${calls * ENDS.length} points)`, () => {
  test.each(ENDS)('%s: resumed, it ends as if nothing had happened', (end) => {
    for (let call = 1; call <= calls; call++) {
      clear();
      expect(disturbed({ call, end }), `call ${call}`).toBeInstanceOf(Killed);
      expectNothingLost();
      toTheEnd();
      expect(contentsOf(run), `call ${call}`).toEqual(contents);
    }
  });

  test.each(ENDS)('%s: killed again and again while it resumes, it still does', (end) => {
    // The second kill moves through the whole resumed run as the first moves through the run; the third follows closely.
    for (let call = 1; call <= calls; call += 4) {
      clear();
      disturbed({ call, end });
      disturbed({ call: 1 + ((call * 7) % 60), end: ENDS[call % ENDS.length]! });
      disturbed({ call: 1 + ((call * 3) % 20), end });
      expectNothingLost();
      toTheEnd();
      expect(contentsOf(run), `call ${call}`).toEqual(contents);
    }
  });
});

/** A full disk at every call; other reasons, which take the same way through the code, at every sixth. */
describe.each([
  ['ENOSPC', 1],
  ['EACCES', 6],
  ['EROFS', 6],
  ['EIO', 6],
  ['EDQUOT', 6],
])(`%s at every call (%i) of ${calls}`, (code, every) => {
  test.each([
    ['once', false],
    ['from then on', true],
  ])('%s: an error with path and reason, and nothing lost', (_, lasting) => {
    let errors = 0;
    for (let call = 1; call <= calls; call += every) {
      clear();
      const outcome = disturbed({ call, code, lasting });
      if (outcome !== 'ended') {
        errors++;
        expect(outcome, `call ${call}`).toBeInstanceOf(CdsvaeError);
        expect(outcome).toMatchObject({ code: 'io' });
        expect((outcome as CdsvaeError).message).toMatch(new RegExp(`^/.* cannot be written: .*\\(${code}\\)(; .*)?$`));
      }
      expectNothingLost();
      toTheEnd();
      const found = contentsOf(run);
      // The one thing that fails unseen is a clean-up.
      for (const name of Object.keys(found)) if (name.startsWith('.lock-')) delete found[name];
      expect(found, `call ${call}`).toEqual(contents);
    }
    // Almost every failure is one: the exceptions are clean-ups.
    expect(errors).toBeGreaterThan((0.9 * calls) / every);
  });
});
