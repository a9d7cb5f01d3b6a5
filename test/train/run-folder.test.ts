import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CdsvaeError } from '../../src/errors.js';
import { type Files, nodeFiles } from '../../src/formats/durable.js';
import { readMetrics } from '../../src/train/metrics-log.js';
import { RunFolder } from '../../src/train/run-folder.js';
import { CRASH_ROOT, CrashingFiles, Killed } from './crashing-files.js';
import { burySelf } from './toy-run.js';

let root: string;
let path: string;
beforeEach(() => {
  root = mkdtempSync(join(CRASH_ROOT, 'cdsvae-run-'));
  path = join(root, 'runs', 'digits');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const at = (step: number) => ({
  step,
  tensors: { weights: new Map([['w', { shape: [1], data: Float32Array.of(step) }]]) },
  state: { step },
});
const errorOf = (action: () => unknown): CdsvaeError => {
  try {
    action();
  } catch (error) {
    return error as CdsvaeError;
  }
  return expect.unreachable('an error was expected');
};

describe('create', () => {
  test('makes the folder, its settings and its logs', () => {
    const run = RunFolder.create(path, 'seed: 1\n');
    expect(readFileSync(run.paths.config, 'utf8')).toBe('seed: 1\n');
    expect(run.write('samples/step-1.txt', 'x')).toBe(join(path, 'samples', 'step-1.txt'));
    run.close();
    expect(readdirSync(path).sort()).toEqual([
      'config.yaml',
      'events.out.tfevents.000001.cdsvae',
      'metrics.jsonl',
      'samples',
    ]);
  });

  test('takes an empty folder', () => {
    mkdirSync(path, { recursive: true });
    RunFolder.create(path, '').close();
  });

  test('refuses a run that is there, saying how to go on with it, and leaves it untouched', () => {
    RunFolder.create(path, 'seed: 1\n').close();
    const error = errorOf(() => RunFolder.create(path, 'seed: 2\n'));
    expect(error).toMatchObject({ code: 'usage' });
    expect(error.message).toBe(
      `${path} holds a run already: go on with it by --resume, or give another folder by --out`,
    );
    expect(readFileSync(join(path, 'config.yaml'), 'utf8')).toBe('seed: 1\n');
    expect(readdirSync(path)).toHaveLength(3);
  });

  test('refuses a folder with other things in it', () => {
    mkdirSync(path, { recursive: true });
    for (const name of ['a', 'b', 'c', 'd']) writeFileSync(join(path, name), '');
    const error = errorOf(() => RunFolder.create(path, ''));
    expect(error).toMatchObject({
      code: 'usage',
      message: `${path} is not empty (a, b, c, …): give another folder by --out`,
    });
    expect(readdirSync(path)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('refuses a file, and a folder below a file', () => {
    const file = join(root, 'file');
    writeFileSync(file, 'x');
    expect(errorOf(() => RunFolder.create(file, ''))).toMatchObject({
      code: 'io',
      message: `${file} cannot be written: something of that name exists (EEXIST)`,
    });
    expect(errorOf(() => RunFolder.create(join(file, 'run'), ''))).toMatchObject({
      code: 'io',
      message: `${join(file, 'run')} cannot be written: part of the path is not a folder (ENOTDIR)`,
    });
    expect(errorOf(() => RunFolder.interrupted(join(file, 'run')))).toMatchObject({ code: 'input' });
  });

  test('refuses a second writer, naming process and folder', () => {
    const run = RunFolder.create(path, '');
    for (const again of [() => RunFolder.create(path, ''), () => RunFolder.interrupted(path)]) {
      const error = errorOf(again);
      expect(error.code).toBe('busy');
      expect(error.message).toContain(`${path}: process ${process.pid} has been writing to this run since`);
    }
    run.metrics.append({ step: 1 });
    run.close();
    RunFolder.interrupted(path).goOn().close();
  });

  test('is taken away again by discard, but a folder that was there stays', () => {
    const run = RunFolder.create(path, 'seed: 1\n');
    run.write('samples/a.txt', 'a');
    run.discard();
    expect(existsSync(path)).toBe(false);
    mkdirSync(path);
    RunFolder.create(path, 'seed: 1\n').discard();
    expect(readdirSync(path)).toEqual([]);
  });

  test('that fails at any call leaves nothing behind', () => {
    const counting = new CrashingFiles();
    RunFolder.create(path, 'seed: 1\n', { files: counting.files }).close();
    counting.end();
    let failed = 0;
    for (let call = 1; call <= counting.calls; call++) {
      rmSync(join(root, 'runs'), { recursive: true, force: true });
      const crashing = new CrashingFiles({ call, code: 'ENOSPC', lasting: false });
      let run: RunFolder | undefined;
      try {
        run = RunFolder.create(path, 'seed: 1\n', { files: crashing.files });
      } catch (error) {
        failed++;
        expect(error).toMatchObject({ code: 'io' });
        expect(existsSync(path), `call ${call}`).toBe(false);
      }
      if (run) {
        try {
          run.close();
        } catch {}
      }
      crashing.end();
    }
    expect(failed).toBeGreaterThan(20);
  });

  test('killed at any call: the same command, or --resume where a run is there, goes on', () => {
    for (let call = 1; ; call++) {
      rmSync(join(root, 'runs'), { recursive: true, force: true });
      const crashing = new CrashingFiles({ call, end: 'after' });
      try {
        RunFolder.create(path, 'seed: 1\n', { files: crashing.files }).close();
        crashing.end();
        break;
      } catch (error) {
        expect(error).toBeInstanceOf(Killed);
      }
      crashing.end();
      burySelf(path);
      const begun = existsSync(join(path, 'config.yaml'));
      const run = begun ? RunFolder.interrupted(path).goOn() : RunFolder.create(path, 'seed: 1\n');
      expect(run.config).toBe('seed: 1\n');
      run.close();
    }
  });
});

describe('resume', () => {
  test('gives settings and newest checkpoint, and cuts the log to what it covers', () => {
    const run = RunFolder.create(path, 'seed: 1\n');
    for (const step of [1, 2, 3]) {
      run.metrics.append({ step });
      if (step < 3) run.save(at(step));
    }
    run.close();
    const interrupted = RunFolder.interrupted(path);
    const { checkpoint, damaged } = interrupted;
    const resumed = interrupted.goOn();
    expect(resumed.config).toBe('seed: 1\n');
    expect(checkpoint).toMatchObject(at(2));
    expect(damaged).toEqual([]);
    expect(readMetrics(resumed.paths.metrics)).toEqual([{ step: 1 }, { step: 2 }]);
    resumed.prune([2]);
    expect(readdirSync(resumed.paths.checkpoints)).toEqual(['step-2']);
    resumed.close();
  });

  test('falls back on an older checkpoint, with the log of that one', () => {
    const run = RunFolder.create(path, '');
    for (const step of [1, 2]) {
      run.metrics.append({ step });
      run.save(at(step));
    }
    run.close();
    writeFileSync(join(path, 'checkpoints', 'step-2', 'weights.safetensors'), 'damaged');
    const interrupted = RunFolder.interrupted(path);
    const { checkpoint, damaged } = interrupted;
    const resumed = interrupted.goOn();
    expect(checkpoint?.step).toBe(1);
    expect(damaged.map(({ step }) => step)).toEqual([2]);
    expect(readMetrics(resumed.paths.metrics)).toEqual([{ step: 1 }]);
    resumed.close();
  });

  test('refuses to start over where checkpoints are there and none is good, and lets go of the folder', () => {
    const run = RunFolder.create(path, '');
    run.metrics.append({ step: 1 });
    run.save(at(1));
    run.close();
    const file = join(path, 'checkpoints', 'step-1', 'state.json');
    const good = readFileSync(file);
    writeFileSync(file, '{}');
    const error = errorOf(() => RunFolder.interrupted(path));
    expect(error.code).toBe('input');
    expect(error.message).toContain(`${path}: none of the run's checkpoints can be used:\n  ${file}: 2 bytes found`);
    expect(readMetrics(join(path, 'metrics.jsonl'))).toEqual([{ step: 1 }]);
    writeFileSync(file, good);
    RunFolder.interrupted(path).goOn().close();
  });

  test('refuses what is not a run, and leaves nothing in it', () => {
    const error = errorOf(() => RunFolder.interrupted(path));
    expect(error).toMatchObject({ code: 'input' });
    expect(error.message).toContain(`${join(path, 'config.yaml')}: no such file`);
    expect(existsSync(path)).toBe(false);
    errorOf(() => RunFolder.interrupted(root));
    expect(readdirSync(root)).toEqual([]);
  });

  test('leaves all as it was until it goes on', () => {
    const run = RunFolder.create(path, 'seed: 1\n');
    run.save(at(1));
    run.metrics.append({ step: 2 });
    run.close();
    const before = readdirSync(path);
    const interrupted = RunFolder.interrupted(path);
    expect(errorOf(() => RunFolder.interrupted(path))).toMatchObject({ code: 'busy' });
    interrupted.close();
    expect(readdirSync(path)).toEqual(before);
    expect(readMetrics(run.paths.metrics)).toEqual([{ step: 2 }]);
    const resumed = RunFolder.interrupted(path).goOn('seed: 2\n');
    expect(resumed.config).toBe('seed: 2\n');
    expect(readFileSync(resumed.paths.config, 'utf8')).toBe('seed: 2\n');
    expect(readMetrics(resumed.paths.metrics)).toEqual([]);
    resumed.close();
  });

  test('refuses a log that was cut, and takes a log that was deleted as wished', () => {
    const run = RunFolder.create(path, '');
    run.metrics.append({ step: 1 });
    run.save(at(1));
    run.close();
    writeFileSync(run.paths.metrics, '');
    expect(errorOf(() => RunFolder.interrupted(path).goOn()).message).toContain(
      '0 bytes found, at least 11 expected by the checkpoint',
    );
    rmSync(run.paths.metrics);
    RunFolder.interrupted(path).goOn().close();
  });
});

test('a save that fails is an error, the run goes on, and the checkpoint before stays', () => {
  let full = false;
  const files: Files = {
    ...nodeFiles,
    writeSync: ((fd: number, bytes: Uint8Array, offset: number, length: number) => {
      if (full) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' });
      return nodeFiles.writeSync(fd, bytes, offset, length);
    }) as Files['writeSync'],
  };
  const run = RunFolder.create(path, '', { files });
  run.save(at(1));
  full = true;
  expect(errorOf(() => run.save(at(2)))).toMatchObject({
    code: 'io',
    message: `${join(path, 'checkpoints', '.saving-step-2', 'weights.safetensors')} cannot be written: the disk is full (ENOSPC); make room and run it again`,
  });
  expect(readdirSync(run.paths.checkpoints)).toEqual(['step-1']);
  full = false;
  run.save(at(2));
  run.close();
  const interrupted = RunFolder.interrupted(path);
  expect(interrupted.checkpoint?.step).toBe(2);
  interrupted.close();
});
