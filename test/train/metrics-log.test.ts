import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Files, nodeFiles } from '../../src/formats/durable.js';
import { EventLog } from '../../src/train/event-log.js';
import { MetricsLog, readMetrics } from '../../src/train/metrics-log.js';
import { readCurves, readEvents } from '../formats/read-events.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdsvae-metrics-'));
  path = join(folder, 'metrics.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A log of steps 1 to 3; its length after each. */
function threeLines(): number[] {
  const log = MetricsLog.open(path);
  const lengths = [1, 2, 3].map((step) => {
    log.append({ step, loss: 1 / step });
    return log.sync();
  });
  log.close();
  return lengths;
}

/** File operations with some replaced. */
const withFaults = (faults: Partial<Files>): Files => ({ ...nodeFiles, ...faults });
const fail = (code: string) => (): never => {
  throw Object.assign(new Error(code), { code, syscall: 'write' });
};

test('one whole line an entry, readable while it is being written', () => {
  const log = MetricsLog.open(path);
  log.append({ step: 1, loss: 0.1, text: 'a\nb' });
  expect(readMetrics(path)).toEqual([{ step: 1, loss: 0.1, text: 'a\nb' }]);
  log.append({ step: 1, validation: { loss: 2 } });
  expect(readFileSync(path, 'utf8')).toBe('{"step":1,"loss":0.1,"text":"a\\nb"}\n{"step":1,"validation":{"loss":2}}\n');
  expect(log.sync()).toBe(readFileSync(path).length);
  log.close();
});

test('NaN and infinities are spelled out, not turned into null', () => {
  const log = MetricsLog.open(path);
  log.append({ step: 1, loss: Number.NaN, terms: { kl: Infinity, mws: -Infinity } });
  log.close();
  expect(readMetrics(path)).toEqual([{ step: 1, loss: 'NaN', terms: { kl: 'Infinity', mws: '-Infinity' } }]);
});

describe('opened again', () => {
  test('keeps what the checkpoint covers; later lines and a torn one go', () => {
    const [, two] = threeLines();
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"step":4,"lo`);
    const log = MetricsLog.open(path, two!);
    log.append({ step: 3, loss: 1 / 3 });
    log.close();
    expect(readMetrics(path).map(({ step }) => step)).toEqual([1, 2, 3]);
  });

  test('from the start: empty', () => {
    threeLines();
    MetricsLog.open(path, 0).close();
    expect(readMetrics(path)).toEqual([]);
  });

  test('shorter than the checkpoint recorded: refused, with both lengths, and left as it is', () => {
    const [one, , three] = threeLines();
    writeFileSync(path, readFileSync(path).subarray(0, one));
    expect(() => MetricsLog.open(path, three)).toThrow(`${path}: ${one} bytes found, at least ${three} expected`);
    expect(readFileSync(path).length).toBe(one);
  });

  test('no line ends where one did: refused', () => {
    const [one] = threeLines();
    expect(() => MetricsLog.open(path, one! - 1)).toThrow(
      `the end of a line expected by the checkpoint at byte ${one! - 1}`,
    );
  });

  test('deleted: starts anew', () => {
    const log = MetricsLog.open(path, 100);
    log.append({ step: 5 });
    expect(log.sync()).toBe(11);
    log.close();
  });
});

describe('a write that fails', () => {
  test('names path and reason, and leaves whole lines, also where half of one was written', () => {
    let full = false;
    const half: Files['writeSync'] = (fd: number, bytes: NodeJS.ArrayBufferView | string, ...rest: unknown[]) => {
      if (full) return fail('ENOSPC')();
      if ((bytes as Uint8Array).length < 60)
        return nodeFiles.writeSync(fd, bytes as Uint8Array, ...(rest as [number, number]));
      full = true;
      return nodeFiles.writeSync(fd, bytes as Uint8Array, 0, 30);
    };
    const log = MetricsLog.open(path, 0, withFaults({ writeSync: half }));
    log.append({ step: 1 });
    const append = () => log.append({ step: 2, text: 'x'.repeat(60) });
    expect(append).toThrow(`${path} cannot be written: the disk is full (ENOSPC); make room and run it again`);
    expect(readFileSync(path, 'utf8')).toBe('{"step":1}\n');
    full = false;
    log.append({ step: 2 });
    log.close();
    expect(readMetrics(path).map(({ step }) => step)).toEqual([1, 2]);
  });

  test('that cannot be taken back is taken back before the next line', () => {
    let broken = false;
    const files = withFaults({
      writeSync: ((fd: number, bytes: Uint8Array, at: number, length: number) => {
        if (!broken) return nodeFiles.writeSync(fd, bytes, at, length);
        nodeFiles.writeSync(fd, bytes, 0, 4);
        return fail('EIO')();
      }) as Files['writeSync'],
      ftruncateSync: (fd, length) => (broken ? fail('EIO')() : nodeFiles.ftruncateSync(fd, length)),
    });
    const log = MetricsLog.open(path, 0, files);
    broken = true;
    expect(() => log.append({ step: 1 })).toThrow('(EIO)');
    expect(() => log.append({ step: 1 })).toThrow('(EIO)');
    broken = false;
    log.append({ step: 1 });
    log.close();
    expect(readFileSync(path, 'utf8')).toBe('{"step":1}\n');
  });

  test('a failed flush is not taken back by a later one that succeeds', () => {
    let broken = false;
    const files = withFaults({ fsyncSync: (fd) => (broken ? fail('EIO')() : nodeFiles.fsyncSync(fd)) });
    const log = MetricsLog.open(path, 0, files);
    log.append({ step: 1 });
    broken = true;
    expect(() => log.sync()).toThrow('(EIO)');
    broken = false;
    expect(() => log.sync()).toThrow('(EIO)');
    log.close();
  });

  test.skipIf(!existsSync('/dev/full'))('a full device, for real (skipped where there is no /dev/full)', () => {
    const fd = nodeFiles.openSync('/dev/full', 'w');
    const log = MetricsLog.open(
      path,
      0,
      withFaults({ writeSync: ((_: number, b: Uint8Array) => nodeFiles.writeSync(fd, b)) as Files['writeSync'] }),
    );
    expect(() => log.append({ step: 1 })).toThrow(
      `${path} cannot be written: the disk is full (ENOSPC); make room and run it again`,
    );
    log.close();
    nodeFiles.closeSync(fd);
  });
});

test('a log that is not one is reported with line and content', () => {
  writeFileSync(path, '{"step":1}\nloss 0.5\n');
  expect(() => readMetrics(path)).toThrow(`${path}: line 2: a JSON object with a step expected, found: loss 0.5`);
  writeFileSync(path, '{"loss":1}\n');
  expect(() => readMetrics(path)).toThrow('line 1');
  expect(() => readMetrics(join(folder, 'none'))).toThrow('none: not found; check the path');
});

test('event files: one a start, each later one discarding what is logged again', () => {
  const first = EventLog.start(folder, 0, nodeFiles, () => 1);
  for (const step of [1, 2, 3]) first.scalars(step, { loss: step });
  first.close();
  writeFileSync(first.path, readFileSync(first.path).subarray(0, -5));
  const second = EventLog.start(folder, 2, nodeFiles, () => 2);
  for (const step of [2, 3]) second.scalars(step, { loss: 10 * step });
  second.close();
  expect(second.path > first.path).toBe(true);
  expect(second.path).toContain('tfevents');
  expect(readEvents(readFileSync(second.path))[1]).toEqual({ wallTime: 2, step: 2, sessionStart: true });
  const curves = readCurves([readFileSync(first.path), readFileSync(second.path)]);
  expect(curves.loss).toEqual([
    [1, 1],
    [2, 20],
    [3, 30],
  ]);
});
