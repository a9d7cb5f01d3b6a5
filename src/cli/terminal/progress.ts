import { formatValue } from '../../format-value.js';
import { clean, cleanLine } from './clean.js';
import { bar, formatCount, formatDuration, formatRate } from './format.js';

/** How far a run has come. */
export interface ProgressState {
  /** What is being done, in a word: `train`, `validate`. */
  phase: string;
  /** Steps done, of what is done in steps. */
  step?: number;
  /** Steps in all, where that is known; a run of so many minutes does not know. */
  steps?: number;
  /** Share done, 0 to 1. */
  fraction: number;
  secondsElapsed: number;
  secondsLeft?: number;
  stepsPerSecond?: number;
  sequencesPerSecond?: number;
  /** Loss terms by name, in the order to be shown. */
  terms: Record<string, number>;
  /** Share of time spent in the training step itself, 0 to 1. */
  stepShare?: number;
}

/** Where progress is written: `process.stderr` or the like. */
export interface ProgressStream {
  isTTY?: boolean;
  /** Width of the terminal. Default 80. */
  columns?: number;
  write(s: string): void;
}

export interface ProgressOptions {
  /** No progress, because the results are for a machine; notes are still written. Default false. */
  json?: boolean | undefined;
  /** Where NO_COLOR, CI and TERM are looked up. */
  env: Record<string, string | undefined>;
  /** Milliseconds on a clock that only goes forward. Default `performance.now`. */
  now?: (() => number) | undefined;
}

export interface Progress {
  /** Shows a new state; call it as often as you like, it writes only as often as is useful. */
  update(state: ProgressState): void;
  /** Writes a line that stays, above the progress. */
  note(line: string): void;
  /** Ends the progress with its last state. */
  done(): void;
}

/** Milliseconds between two drawings of the block, between two plain lines, and the least between lines of 5 % each. */
const REDRAW = 100;
const LINE = 10_000;
const LINE_AT_LEAST = 1_000;

/**
 * Shows progress on a terminal as a block that overwrites itself; elsewhere, and under CI, as occasional lines of
 * `key=value`.
 *
 * @example
 * const progress = createProgress(io.stderr, { json: flags.json === true, env: io.env });
 */
export function createProgress(stream: ProgressStream, options: ProgressOptions): Progress {
  const { env } = options;
  const now = options.now ?? (() => performance.now());
  if (options.json) return { update() {}, note: (line) => stream.write(`${clean(line)}\n`), done() {} };
  const live = stream.isTTY === true && !set(env.CI) && env.TERM !== 'dumb';
  return live ? liveProgress(stream, env, now) : plainProgress(stream, now);
}

function liveProgress(stream: ProgressStream, env: Record<string, string | undefined>, now: () => number): Progress {
  const colour = !set(env.NO_COLOR);
  let drawn: number[] = [];
  let drawnAt = Number.NEGATIVE_INFINITY;
  let last: ProgressState | undefined;
  const columns = () => Math.max(1, stream.columns ?? 80);
  // After the window has become narrower, a line drawn before takes several rows.
  const up = () => {
    const rows = drawn.reduce((n, width) => n + Math.max(1, Math.ceil(width / columns())), 0);
    return rows > 0 ? `\x1b[${rows}A\r` : '';
  };
  const draw = (above: string) => {
    const lines = last ? progressBlock(last, columns() - 1) : [];
    // One write, each line cleared only behind its text: the block never flickers.
    stream.write(`${up()}${above}${lines.map((l) => `${paint(l, colour)}\x1b[K\n`).join('')}\x1b[J`);
    drawn = lines.map(lineWidth);
    drawnAt = now();
  };
  return {
    update(state) {
      last = state;
      if (now() - drawnAt >= REDRAW) draw('');
    },
    note(line) {
      draw(`${clean(line)}\x1b[K\n`);
    },
    done() {
      draw('');
      drawn = [];
      last = undefined;
    },
  };
}

function plainProgress(stream: ProgressStream, now: () => number): Progress {
  let shown: { at: number; state: ProgressState } | undefined;
  let last: ProgressState | undefined;
  const show = (state: ProgressState) => {
    stream.write(`${progressLine(state)}\n`);
    shown = { at: now(), state };
  };
  return {
    update(state) {
      last = state;
      const since = shown ? now() - shown.at : Number.POSITIVE_INFINITY;
      const gained = state.fraction - (shown?.state.fraction ?? 0);
      if (since >= LINE || (since >= LINE_AT_LEAST && gained >= 0.05 - 1e-9) || shown?.state.phase !== state.phase) {
        show(state);
      }
    },
    note: (line) => stream.write(`${clean(line)}\n`),
    done() {
      if (last && last !== shown?.state) show(last);
      last = undefined;
    },
  };
}

/** A state as one line of `key=value`, without spaces in keys or values; seconds, shares from 0 to 1. */
export function progressLine(s: ProgressState): string {
  const number = (v: number | undefined) => (v === undefined ? undefined : String(Number(v.toPrecision(6))));
  const pairs: [string, string | undefined][] = [
    ['phase', s.phase],
    ['step', s.step?.toString()],
    ['steps', s.steps?.toString()],
    ['fraction', s.fraction.toFixed(4)],
    ['elapsed_s', s.secondsElapsed.toFixed(1)],
    ['left_s', s.secondsLeft?.toFixed(1)],
    ['steps_per_s', number(s.stepsPerSecond)],
    ['sequences_per_s', number(s.sequencesPerSecond)],
    ['step_share', s.stepShare?.toFixed(3)],
    ...Object.entries(s.terms).map(([k, v]): [string, string | undefined] => [k, number(v)]),
  ];
  return pairs
    .filter(([, v]) => v !== undefined)
    .map(([k, v]) => `${k.replace(/[\s=]+/g, '_')}=${v!.replace(/\s+/g, '_')}`)
    .join(' ');
}

/** A stretch of text in one style, none for plain. */
export interface Piece {
  text: string;
  style?: 'bold' | 'dim' | 'bar';
}

/** Most lines that loss terms may take. */
const TERM_LINES = 3;

/**
 * A state as lines of styled text, none wider than `width` columns. The narrower it is, the more of the less important is left
 * out.
 */
export function progressBlock(s: ProgressState, width: number): Piece[][] {
  const percent = `${Math.floor(100 * Math.min(1, Math.max(0, s.fraction)) + 1e-9)} %`.padStart(5);
  const left = s.secondsLeft === undefined ? '' : `${formatDuration(s.secondsLeft)} left`;
  const of = s.steps === undefined ? '' : ` of ${formatCount(s.steps)}`;
  const at = s.step === undefined ? '' : `step ${formatCount(s.step)}${of}`;
  const phase = cleanLine(s.phase);
  const tail = (...parts: string[]) =>
    parts
      .filter((p) => p !== '')
      .map((p) => `  ${p}`)
      .join('');
  // What follows the bar, from everything to nothing: the first that leaves room for a bar wins.
  const least = 10;
  const after = [tail(at, left), tail(left), ''].find(
    (t) => phase.length + 2 + least + percent.length + t.length <= width,
  );
  const head: Piece[] =
    after === undefined
      ? [{ text: cut(`${percent.trim()}${tail(left)}`, width) }]
      : [
          { text: phase, style: 'bold' },
          { text: '  ' },
          {
            text: bar(s.fraction, Math.min(40, width - phase.length - 2 - percent.length - after.length)),
            style: 'bar',
          },
          { text: percent + after },
        ];
  const details = [
    ...(at === '' || after?.includes(at) ? [] : [at]),
    ...(s.stepsPerSecond === undefined ? [] : [formatRate(s.stepsPerSecond, 'step')]),
    ...(s.sequencesPerSecond === undefined ? [] : [formatRate(s.sequencesPerSecond, 'sequence')]),
    `${formatDuration(s.secondsElapsed)} so far`,
    ...(s.stepShare === undefined ? [] : [`${(100 * s.stepShare).toFixed(0)} % in the step`]),
  ];
  const lines: Piece[][] = [head, [{ text: flow(details, ' · ', width)[0] ?? '', style: 'dim' }]];
  const terms = Object.entries(s.terms).map(([name, v]) => `${cleanLine(name)} ${formatValue(v)}`);
  for (const line of flow(terms, '  ', width).slice(0, TERM_LINES)) lines.push([{ text: line }]);
  return lines.filter((line) => lineWidth(line) > 0);
}

/** Joins parts into lines no wider than `width`; a part that is wider by itself is cut. */
function flow(parts: readonly string[], separator: string, width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const joined = lines.length === 0 ? undefined : `${lines[lines.length - 1]}${separator}${part}`;
    if (joined !== undefined && joined.length <= width) lines[lines.length - 1] = joined;
    else lines.push(cut(part, width));
  }
  return lines;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : width < 2 ? text.slice(0, Math.max(0, width)) : `${text.slice(0, width - 1)}…`;
}

function lineWidth(line: readonly Piece[]): number {
  return line.reduce((n, p) => n + p.text.length, 0);
}

const STYLES = { bold: '1', dim: '2', bar: '36' } as const;

function paint(line: readonly Piece[], colour: boolean): string {
  return line.map((p) => (colour && p.style ? `\x1b[${STYLES[p.style]}m${p.text}\x1b[0m` : p.text)).join('');
}

/** Whether an environment variable is set to anything but nothing, 0 or false. */
function set(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}
