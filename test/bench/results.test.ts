import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultSettings } from '../../src/train/presets.js';
import { ROOT, requireDist, temporaryFolder } from '../cli/dist.js';

const PAGE = join(ROOT, 'bench/results/page.js');
const PAGE_COMMITTED = join(ROOT, 'docs/results.md');

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  requireDist();
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

/** Distinct means, so that a figure in the wrong column shows. */
function evaluation(share: number) {
  const spread = (mean: number) => ({ mean, deviation: 0.5 });
  const kept = (factor: string, by: number) => ({
    factor,
    accuracy: spread(share * by),
    score: spread(8 + share),
    conditional: spread(share / 10),
    marginal: spread(2 + share),
  });
  const changed = (factor: string) => ({ factor, accuracy: spread(share / 4), chance: 0.125 });
  return {
    format: 'cdsvae evaluation 1',
    data: { name: 'sprites', split: 'test', sequences: 2664 },
    repeats: 5,
    judge: { factors: ['action', 'skin'], accuracy: { sequences: 2664, factors: [1, 0.9975] } },
    dynamicFixed: { kept: [kept('action', 1)], changed: [changed('skin')] },
    staticFixed: { kept: [kept('skin', 0.5)], changed: [changed('action')] },
    swap: { accuracy: spread(share / 5) },
    reconstruction: { errorPerValue: share / 1000 },
    probes: [
      { factor: 'action', type: 'dynamic', fromS: share / 3, fromZ: share, chance: 0.2 },
      { factor: 'skin', type: 'static', fromS: share, fromZ: share / 4, chance: 0.2 },
    ],
  };
}

/** What the compact preset decides of a run on Sprites. */
function presetNow() {
  const all = {
    data: '',
    corpus: 'sprites',
    kind: 'video',
    preset: 'compact',
    objective: 'cdsvae',
    threads: 1,
  } as const;
  const { model, objective, augment, optimizer } = defaultSettings(all);
  return { model: { ...model }, objective, augment, optimizer };
}

function result(seed: number, share: number) {
  const date = '2026-01-02T03:04:05.000Z';
  return {
    format: 'cdsvae result 1',
    row: { data: 'sprites', objective: 'cdsvae', steps: 1500, batch: null, seed },
    commands: [
      { command: `cdsvae train data/sprites --seed ${seed}`, commit: '0123456789'.repeat(4), date, exit: 143 },
      { command: 'cdsvae train --out run --resume', commit: 'abcdef0123'.repeat(4), date, exit: 0 },
    ],
    trained: { batch: 16, steps: 1500, minutes: 20 + seed },
    settings: presetNow(),
    machine: '2 cores',
    date,
    evaluation: evaluation(share),
  };
}

/** Writes files of results, and has the page made of them. */
function page(name: string, files: Record<string, unknown>) {
  const results = join(folder.path, name);
  mkdirSync(results);
  for (const [file, value] of Object.entries(files))
    writeFileSync(join(results, file), typeof value === 'string' ? value : JSON.stringify(value));
  const out = join(folder.path, `${name}.md`);
  const { status, stderr } = spawnSync(process.execPath, [PAGE, '--results', results, '--out', out], {
    encoding: 'utf8',
  });
  return { status, stderr, text: () => readFileSync(out, 'utf8') };
}

const fileOf = (seed: number) => `sprites-cdsvae-1500-steps-seed${seed}.json`;

test('docs/results.md is what its files make', () => {
  const out = join(folder.path, 'results.md');
  execFileSync(process.execPath, [PAGE, '--out', out]);
  expect(readFileSync(out, 'utf8')).toBe(readFileSync(PAGE_COMMITTED, 'utf8'));
});

describe('the page', () => {
  test('gives the mean and standard deviation over seeds, the paper beside it, and what is not yet run', () => {
    const files = Object.fromEntries([0.9, 0.8, 0.7].map((share, seed) => [fileOf(seed), result(seed, share)]));
    const { status, text } = page('three', files);
    expect(status).toBe(0);
    const lines = text().split('\n');
    expect(lines).toContain(
      '| cdsvae | 3 | 16 | 1500 | 21.0 | 80.00 ± 10.00 | 99.99 | 8.800 ± 0.100 | 8.871 | 0.080 ± 0.010 | 0.014 | 2.800 ± 0.100 | 2.197 |',
    );
    expect(lines).toContain(
      '| objective | skin, kept % | action, drawn anew % (chance 12.50) | swap % | squared error |',
    );
    expect(lines).toContain('| cdsvae | 40.00 ± 5.00 | 20.00 ± 2.50 | 16.00 ± 2.00 | 0.00080 ± 0.00010 |');
    expect(lines).toContain('| objective | action from s % | skin from z % |');
    expect(lines).toContain('| cdsvae | 26.67 ± 3.33 | 20.00 ± 2.50 |');
    expect(text()).toContain('the judge is right on 2664 real ones in action 100.00, skin 99.75 %');
    expect(text()).toMatch(
      /`cdsvae train data\/sprites --seed 2`, then `cdsvae train --out run --resume` \| 0123456, abcdef0 \| 22.0 \|/,
    );
    expect(text()).not.toContain('| dsvae |');
    expect(text()).toMatch(/^Not yet run: (?!.*sprites-cdsvae-1500-steps).*sprites-dsvae-1500-steps-seed0/m);
  });

  test('has no deviation of one seed', () => {
    const { text } = page('one', { [fileOf(0)]: result(0, 0.9) });
    expect(text()).toContain('| cdsvae | 1 of 3 | 16 | 1500 | 20.0 | 90.00 | 99.99 | 8.900 |');
  });

  test('says what a row of so many minutes came to in steps', () => {
    const { steps: _, ...row } = result(0, 0.9).row;
    const hour = {
      ...result(0, 0.9),
      row: { ...row, minutes: 60 },
      trained: { batch: 16, steps: 10_800, minutes: 60.02 },
    };
    const { text } = page('minutes', { 'sprites-cdsvae-60-minutes-seed0.json': hour });
    expect(text()).toContain('| cdsvae, 60 minutes | 1 | 16 | 10800 | 60.0 | 90.00 | 99.99 | 8.900 |');
  });

  test('marks a row that the preset, as it is now, would not make again', () => {
    const now = result(0, 0.9);
    const [first, second] = [structuredClone(now), structuredClone(result(1, 0.8))];
    first.settings.model.width *= 2;
    const { text } = page('earlier', { [fileOf(0)]: first, [fileOf(1)]: second });
    expect(text()).toContain('| cdsvae † | 2 of 3 | 16 | 1500 |');
    expect(text()).toContain('| Sprites † | 16 | 2 of 3 |');
    expect(text()).toContain('† Made by an earlier version of the preset');
    expect(page('current', { [fileOf(0)]: now }).text()).not.toContain('†');
    // Of before there was such a setting; the preset has it now.
    const { clipElement, ...optimizer } = now.settings.optimizer;
    expect(clipElement).toBeGreaterThan(0);
    expect(page('without', { [fileOf(0)]: { ...now, settings: { ...now.settings, optimizer } } }).text()).toContain(
      '†',
    );
  });
});

describe('a file that is not a result is refused by its name', () => {
  const good = result(0, 0.9);
  const { machine: _, ...partial } = good;
  const elsewhere = { ...good, evaluation: { ...good.evaluation, data: { ...good.evaluation.data, name: 'mug' } } };
  const dirty = { ...good, commands: [{ ...good.commands[0], commit: '0123456-dirty' }] };
  const extra = { ...good, row: { ...good.row, steps: 6001 } };
  test.each([
    ['cut', fileOf(0), '{"format":', /JSON/],
    ['partial', fileOf(0), partial, /machine: /],
    ['dirty', fileOf(0), dirty, /commands\.0\.commit: 40 hexadecimal digits expected/],
    ['renamed', fileOf(1), good, /holds the row sprites-cdsvae-1500-steps-seed0/],
    ['elsewhere', fileOf(0), elsewhere, /evaluated on "mug"/],
    ['unknown', 'sprites-cdsvae-6001-steps-seed0.json', extra, /no row of bench\/results\/rows\.js/],
  ])('%s', (name, file, value, message) => {
    const { status, stderr, text } = page(name, { [file]: value });
    expect(status).toBe(2);
    expect(stderr).toContain(`error: ${join(folder.path, name, file)}: `);
    expect(stderr).toMatch(message);
    expect(stderr.split('\n')).toHaveLength(2);
    expect(text).toThrow();
  });
});
