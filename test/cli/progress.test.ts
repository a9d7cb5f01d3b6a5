import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bar, formatCount, formatDuration, formatRate } from '../../src/cli/terminal/format.js';
import {
  createProgress,
  type ProgressOptions,
  type ProgressState,
  progressBlock,
  progressLine,
} from '../../src/cli/terminal/progress.js';
import { formatValue } from '../../src/format-value.js';

const STATE: ProgressState = {
  phase: 'train',
  step: 840,
  steps: 2000,
  fraction: 0.42,
  secondsElapsed: 140.2,
  secondsLeft: 192,
  stepsPerSecond: 9.83,
  sequencesPerSecond: 157.3,
  terms: { loss: 163.24, reconstruction: 150.1, kl_s: 5.312, contrast_content: 0.4312, mws: 1.2e-5 },
  stepShare: 0.973,
};

const text = (s: ProgressState, width: number) => progressBlock(s, width).map((l) => l.map((p) => p.text).join(''));

const ESC = '\x1b';
const CONTROL = new RegExp(`${ESC}\\[(\\d*)([A-Za-z])|[^${ESC}]`, 'gu');
const COLOUR = new RegExp(`${ESC}\\[\\d+m`);

/** A terminal good enough for what we send: text that wraps, newline, return, cursor up, clear to the end, colours. */
class Terminal {
  isTTY = true;
  rows: string[] = [''];
  raw = '';
  private row = 0;
  private column = 0;
  constructor(public columns: number) {}

  write(s: string): void {
    this.raw += s;
    for (const [token, code, command] of s.matchAll(CONTROL)) {
      if (command === 'A') this.row = Math.max(0, this.row - Number(code || 1));
      else if (command === 'K') this.rows[this.row] = this.rows[this.row]!.slice(0, this.column);
      else if (command === 'J') {
        this.rows[this.row] = this.rows[this.row]!.slice(0, this.column);
        this.rows.length = this.row + 1;
      } else if (command === 'm') continue;
      else if (token === '\n') this.down();
      else if (token === '\r') this.column = 0;
      else {
        if (this.column >= this.columns) this.down();
        const line = this.rows[this.row]!.padEnd(this.column);
        this.rows[this.row] = line.slice(0, this.column) + token + line.slice(this.column + 1);
        this.column++;
      }
    }
  }

  private down(): void {
    this.row++;
    this.column = 0;
    this.rows[this.row] ??= '';
  }
}

function collect(isTTY: boolean, options: Partial<ProgressOptions> = {}) {
  const clock = { ms: 0 };
  const stream = {
    isTTY,
    columns: 80,
    text: '',
    write(s: string) {
      stream.text += s;
    },
  };
  const progress = createProgress(stream, { env: {}, now: () => clock.ms, ...options });
  const lines = () => stream.text.split('\n').filter(Boolean);
  return { clock, stream, progress, lines };
}

describe('formats', () => {
  test('durations', () => {
    const spans = [0, 0.44, 9.94, 9.96, 42, 59.6, 192, 3599.7, 7509, 48 * 3600, 100 * 3600];
    expect(spans.map(formatDuration)).toEqual([
      '0.0 s',
      '0.4 s',
      '9.9 s',
      '10 s',
      '42 s',
      '1:00',
      '3:12',
      '1:00:00',
      '2:05:09',
      '2 d 0 h',
      '4 d 4 h',
    ]);
    expect([undefined, Number.NaN, -1, Number.POSITIVE_INFINITY].map(formatDuration)).toEqual(['?', '?', '?', '?']);
  });

  test('counts, values and rates', () => {
    expect([0, 840, 12345, 999999, 1234567, 4.5e9].map(formatCount)).toEqual([
      '0',
      '840',
      '12,345',
      '999,999',
      '1.23 M',
      '4.50 G',
    ]);
    expect([163.24, 5.312, 0.4312, 1.2e-5, 0, -2000.4, 1e9, Number.NaN].map(formatValue)).toEqual([
      '163.2',
      '5.31',
      '0.4312',
      '1.20e-5',
      '0',
      '-2000',
      '1.00e9',
      'NaN',
    ]);
    expect(formatRate(9.83, 'step')).toBe('9.8 steps/s');
    expect(formatRate(99.7, 'step')).toBe('100 steps/s');
    expect(formatRate(0.54, 'step')).toBe('1.9 s/step');
    expect(formatRate(0.008, 'step')).toBe('125 s/step');
    expect(formatRate(0, 'step')).toBe('? steps/s');
  });

  test('a bar has its width whatever the fraction', () => {
    expect(bar(0, 4)).toBe('░░░░');
    expect(bar(0.5, 4)).toBe('██░░');
    expect(bar(0.5625, 4)).toBe('██▎░');
    expect(bar(1, 4)).toBe('████');
    expect(bar(0.5, 4, true)).toBe('##--');
    fc.assert(fc.property(fc.double(), fc.integer({ min: 0, max: 60 }), (f, w) => bar(f, w).length === w));
  });
});

describe('block', () => {
  test('shows everything at 80 columns', () => {
    expect(text(STATE, 79)).toEqual([
      'train  ███████████████▌░░░░░░░░░░░░░░░░░░░░░ 42 %  step 840 of 2,000  3:12 left',
      '9.8 steps/s · 157 sequences/s · 2:20 so far · 97 % in the step',
      'loss 163.2  reconstruction 150.1  kl_s 5.31  contrast_content 0.4312',
      'mws 1.20e-5',
    ]);
  });

  test('shows what matters most at 40 columns', () => {
    const lines = text(STATE, 39);
    expect(lines[0]).toMatch(/^train {2}█+.*42 % {2}3:12 left$/);
    expect(lines[1]).toBe('step 840 of 2,000 · 9.8 steps/s');
    expect(lines[2]).toContain('loss 163.2');
  });

  test('no line is ever wider than asked, and names cannot steer the terminal', () => {
    const name = fc.string({ maxLength: 60 });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 130 }),
        name,
        fc.dictionary(name, fc.double(), { maxKeys: 12 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.option(fc.nat(), { nil: undefined }),
        (width, phase, terms, fraction, steps) => {
          for (const line of text({ ...STATE, phase, terms, fraction, ...(steps !== undefined && { steps }) }, width)) {
            expect(line.length).toBeLessThanOrEqual(width);
            expect(line).not.toMatch(/\p{Cc}/u);
          }
        },
      ),
    );
  });
});

describe('on a terminal', () => {
  for (const columns of [40, 80]) {
    test(`overwrites itself at ${columns} columns, notes stay above, nothing wraps`, () => {
      const terminal = new Terminal(columns);
      let ms = 0;
      const progress = createProgress(terminal, { env: {}, now: () => ms });
      for (let i = 0; i < 50; i++) {
        ms += 200;
        // Blocks of different heights: fewer terms now and then.
        progress.update({ ...STATE, step: i, ...(i % 3 === 0 && { terms: { loss: 1 } }) });
        if (i === 20) progress.note('saved step 20');
      }
      const block = text({ ...STATE, step: 49 }, columns - 1);
      expect(terminal.rows.slice(0, -1)).toEqual(['saved step 20', ...block]);
      progress.done();
      terminal.write('best loss 160\n');
      expect(terminal.rows).toEqual(['saved step 20', ...block, 'best loss 160', '']);
      expect(Math.max(...terminal.rows.map((r) => r.length))).toBeLessThan(columns);
    });
  }

  test('draws at most ten times a second, and the last state at the end', () => {
    const { clock, stream, progress } = collect(true);
    progress.update(STATE);
    const once = stream.text.length;
    for (let i = 0; i < 99; i++) {
      clock.ms += 1;
      progress.update({ ...STATE, step: 900 + i });
    }
    expect(stream.text.length).toBe(once);
    progress.done();
    expect(stream.text).toContain('step 998 of 2,000');
  });

  test('NO_COLOR leaves no colour', () => {
    const coloured = collect(true);
    coloured.progress.update(STATE);
    expect(coloured.stream.text).toMatch(COLOUR);
    const plain = collect(true, { env: { NO_COLOR: '1' } });
    plain.progress.update(STATE);
    expect(plain.stream.text).not.toMatch(COLOUR);
    expect(plain.stream.text).toContain('█');
  });
});

describe('elsewhere', () => {
  const silent: [string, boolean, Partial<ProgressOptions>][] = [
    ['not a terminal', false, {}],
    ['CI', true, { env: { CI: 'true' } }],
    ['a dumb terminal', true, { env: { TERM: 'dumb' } }],
  ];
  for (const [name, isTTY, options] of silent) {
    test(`${name}: plain lines of key=value`, () => {
      const { progress, stream, lines } = collect(isTTY, options);
      progress.update(STATE);
      expect(stream.text).not.toContain(ESC);
      const line = Object.fromEntries(
        lines()[0]!
          .split(' ')
          .map((p) => p.split('=')),
      );
      expect(line).toMatchObject({ phase: 'train', step: '840', steps: '2000', left_s: '192.0', loss: '163.24' });
    });
  }

  test('a line every 10 seconds, every 5 %, at a new phase and at the end', () => {
    const { clock, progress, lines } = collect(false);
    const run = (n: number, ms: number, gain: number, phase = 'train', from = 0) => {
      const before = lines().length;
      for (let i = 1; i <= n; i++) {
        clock.ms += ms;
        progress.update({ ...STATE, phase, fraction: from + i * gain });
      }
      return lines().length - before;
    };
    expect(run(1, 0, 0)).toBe(1);
    expect(run(1000, 100, 0)).toBe(10);
    expect(run(90, 500, 0.01)).toBe(18);
    expect(run(1, 1, 0, 'validate', 0.9)).toBe(1);
    expect(run(1, 1, 0.01, 'validate', 0.9)).toBe(0);
    const before = lines().length;
    progress.done();
    expect(lines().slice(before)).toEqual([expect.stringContaining('fraction=0.9100')]);
  });

  test('names with spaces or equal signs stay one pair', () => {
    const line = progressLine({ ...STATE, phase: 'train fast', terms: { 'kl = s': Number.NaN } });
    expect(line).toContain('phase=train_fast ');
    expect(line).toMatch(/ kl_s=NaN$/);
  });

  test('--json: no progress, but notes', () => {
    const { progress, stream } = collect(true, { json: true });
    progress.update(STATE);
    progress.note('the batch does not fit: using the reference coder');
    progress.done();
    expect(stream.text).toBe('the batch does not fit: using the reference coder\n');
  });
});

test('of what is not done in steps no step and no rate is shown', () => {
  const state: ProgressState = { phase: 'probes', fraction: 0.42, secondsElapsed: 12, secondsLeft: 20, terms: {} };
  expect(text(state, 80).join('\n')).not.toMatch(/step|sequence|\?/);
  expect(progressLine(state)).toBe('phase=probes fraction=0.4200 elapsed_s=12.0 left_s=20.0');
});
