import { appendFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Random } from '../../src/random.js';
import { Glances } from '../../src/studio/server/glance.js';
import { Metrics } from '../../src/studio/server/metrics.js';
import { Table } from '../../src/studio/server/table.js';

describe('curves', () => {
  const steps = 10_000;
  const random = Random.of(1, 'curves');
  const values = Array.from({ length: steps }, () => random.normal());
  values[1234] = 1000;
  const table = new Table();
  values.forEach((loss, i) => {
    table.add(i + 1, { loss });
  });

  test('keep every extreme and the mean of each piece', () => {
    const { steps: middles, terms } = table.curves(100);
    const { min, max, mean } = terms.loss!;
    expect(middles).toHaveLength(100);
    expect(middles[0]).toBe(50.5);
    expect(middles[99]).toBe(9950.5);
    for (let k = 0; k < 100; k++) {
      const piece = values.slice(100 * k, 100 * k + 100);
      expect(min[k]!).toBeCloseTo(Math.min(...piece), 3);
      expect(max[k]! / Math.max(...piece)).toBeCloseTo(1, 4);
      expect(mean[k]!).toBeCloseTo(piece.reduce((a, b) => a + b) / 100, 3);
    }
    expect(Math.max(...(max as number[]))).toBe(1000);
  });

  test('of few steps are the steps themselves', () => {
    const { steps: seen, terms } = table.curves(100, 1230, 1240);
    expect(seen).toEqual([1230, 1231, 1232, 1233, 1234, 1235, 1236, 1237, 1238, 1239, 1240]);
    expect(terms.loss!.min).toEqual(terms.loss!.max);
    expect(terms.loss!.mean[5]).toBe(1000);
  });

  test('of steps so large that thousandths are lost in them have the last one', () => {
    const t = new Table();
    for (const step of [20_000_000, 20_000_001, 20_000_002]) t.add(step, { loss: 1 });
    expect(t.curves(10, 20_000_000, 20_000_002).steps).toEqual([20_000_000, 20_000_001, 20_000_002]);
  });

  test('of no steps are empty', () => {
    expect(new Table().curves(10)).toEqual({ steps: [], terms: {} });
    expect(table.curves(10, 20_000, 30_000).steps).toEqual([]);
  });

  test('have gaps where a value is not finite, and where a term was not logged yet', () => {
    const t = new Table();
    t.add(1, { loss: 1 });
    t.add(2, { loss: 'NaN', other: 5 });
    expect(t.curves(10).terms).toMatchObject({ loss: { mean: [1, null] }, other: { mean: [null, 5] } });
    expect(t.last).toEqual({ step: 2, terms: { loss: null, other: 5 } });
  });
});

describe('a log', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cdsvae-metrics-'));
    path = join(folder, 'metrics.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const line = (step: number, loss: number) => `${JSON.stringify({ step, loss })}\n`;

  test('is read as it grows, a line that is half written when it is whole', async () => {
    const metrics = new Metrics(path);
    await metrics.refresh();
    expect(metrics.train.span).toEqual([0, 0]);
    writeFileSync(path, line(1, 10) + line(2, 9) + line(3, 8).slice(0, 7));
    await metrics.refresh();
    expect(metrics.train.last).toEqual({ step: 2, terms: { loss: 9 } });
    const { version } = metrics;
    await metrics.refresh();
    expect(metrics.version).toBe(version);
    appendFileSync(path, `${line(3, 8).slice(7)}${JSON.stringify({ step: 3, validation: { loss: 20 } })}\n`);
    await metrics.refresh();
    expect(metrics.version).not.toBe(version);
    expect(metrics.train.curves(9)).toMatchObject({ steps: [1, 2, 3], terms: { loss: { mean: [10, 9, 8] } } });
    expect(metrics.validation.last).toEqual({ step: 3, terms: { loss: 20 } });
  });

  test('is read anew when a resumed run has cut it, also when it is longer again by then', async () => {
    const metrics = new Metrics(path);
    writeFileSync(path, line(1, 10) + line(2, 9) + line(3, 8));
    await metrics.refresh();
    writeFileSync(path, line(1, 10) + line(2, 7) + line(3, 6) + line(4, 5));
    await metrics.refresh();
    expect(metrics.train.curves(9).terms.loss!.mean).toEqual([10, 7, 6, 5]);
    writeFileSync(path, line(1, 10));
    await metrics.refresh();
    expect(metrics.train.curves(9).terms.loss!.mean).toEqual([10]);
  });

  test('that is damaged says in which line', async () => {
    writeFileSync(path, `${line(1, 10)}{"step":\n${line(3, 8)}`);
    await expect(new Metrics(path).refresh()).rejects.toThrow(/metrics\.jsonl: line 2: .*found: \{"step":/);
  });

  test('that was damaged has each line once when it is mended', async () => {
    const metrics = new Metrics(path);
    writeFileSync(path, `${line(1, 10)}${line(2, 9)}{"note":"x"}\n`);
    for (const _ of [1, 2]) await expect(metrics.refresh()).rejects.toThrow(/line 3: .*found: \{"note"/);
    writeFileSync(path, line(1, 10) + line(2, 9));
    await metrics.refresh();
    expect(metrics.train.curves(9).steps).toEqual([1, 2]);
  });

  test('counts steps of whole sequences, and keeps their terms out of the others’ curves', async () => {
    const rows = [
      { step: 1, loss: 3, seconds: 1 },
      { step: 2, whole: { loss: 30 }, seconds: 3 },
    ];
    writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    expect(await new Glances().at(path)).toEqual({ step: 2, seconds: 2, terms: { loss: 3 }, validation: {} });
  });

  test('is glanced at again only when it has changed', async () => {
    const glances = new Glances();
    expect((await glances.at(path)).step).toBeUndefined();
    writeFileSync(path, line(1, 10));
    const first = await glances.at(path);
    expect(first).toMatchObject({ step: 1, terms: { loss: 10 } });
    expect(await glances.at(path)).toBe(first);
    appendFileSync(path, line(2, 9));
    expect(await glances.at(path)).toMatchObject({ step: 2, terms: { loss: 9 } });
    // As long as before: the time tells.
    writeFileSync(path, line(1, 10) + line(2, 8));
    utimesSync(path, 1, 1);
    expect(await glances.at(path)).toMatchObject({ step: 2, terms: { loss: 8 } });
    writeFileSync(path, '{"step":\n');
    await expect(glances.at(path)).rejects.toThrow(/metrics\.jsonl: a damaged line/);
    rmSync(path);
    expect((await glances.at(path)).step).toBeUndefined();
  });

  test('of 200,000 steps is read within two seconds, and glanced at within a tenth', { retry: 2 }, async () => {
    const terms = {
      reconstruction: 280.856689453125,
      klStatic: 142.98825073242188,
      klDynamic: 93.68700408935547,
      seconds: 0.07,
    };
    const lines: string[] = [];
    for (let step = 1; step <= 200_000; step++) lines.push(JSON.stringify({ step, loss: 1 / step, ...terms }));
    writeFileSync(path, `${lines.join('\n')}\n`);
    const cpu = process.cpuUsage();
    const metrics = new Metrics(path);
    await metrics.refresh();
    const curves = metrics.train.curves(800);
    const { user, system } = process.cpuUsage(cpu);
    expect(curves.steps).toHaveLength(800);
    expect(metrics.train.span).toEqual([1, 200_000]);
    // Of the processor's time: other tests run beside this one.
    expect((user + system) / 1e6).toBeLessThan(2);
    const begun = process.cpuUsage();
    const glances = new Glances();
    expect((await glances.at(path)).step).toBe(200_000);
    expect(process.cpuUsage(begun).user / 1e6).toBeLessThan(0.1);
    // A list of runs is asked for every few seconds, mostly of logs that nobody writes to.
    const again = process.cpuUsage();
    for (let i = 0; i < 10; i++) await glances.at(path);
    expect(process.cpuUsage(again).user / 1e6).toBeLessThan(0.05);
  });
});
