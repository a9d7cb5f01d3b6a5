import { describe, expect, test } from 'vitest';
import { Stopped } from '../../src/cli/terminal/failure.js';
import type { CommonFlags } from '../../src/cli/terminal/io.js';
import type { ProgressState } from '../../src/cli/terminal/progress.js';
import { stoppable } from '../../src/cli/terminal/stoppable.js';

const ESC = '\x1b';
const STATE: ProgressState = {
  phase: 'digits',
  step: 1,
  steps: 2,
  fraction: 0.5,
  secondsElapsed: 1,
  stepsPerSecond: 1,
  sequencesPerSecond: 1,
  terms: {},
};

/** A command's streams; stderr is a terminal. */
function terminal(env: Record<string, string | undefined> = {}) {
  const written = { text: '' };
  const stderr = {
    isTTY: true,
    columns: 80,
    write(text: string) {
      written.text += text;
    },
  };
  return { written, io: { stdout: { write() {} }, stderr, env, args: [] } };
}

describe('progress', () => {
  /** What work that shows one state writes. */
  const shown = async (env: Record<string, string>, flags: CommonFlags = {}) => {
    const { io, written } = terminal(env);
    await stoppable(io, flags, '', async ({ progress }) => progress?.update(STATE));
    return written.text;
  };

  test('is drawn as the command’s own environment has it', async () => {
    expect(await shown({})).toContain(`${ESC}[1mdigits`);
    expect(await shown({ NO_COLOR: '1' })).not.toContain(`${ESC}[1m`);
    expect(await shown({ CI: '1' })).toMatch(/^phase=digits /);
    expect(await shown({ TERM: 'dumb' })).toMatch(/^phase=digits /);
  });

  test('is none with --quiet and with --json', async () => {
    expect(await shown({}, { quiet: true })).toBe('');
    expect(await shown({}, { json: true })).toBe('');
  });

  test('has ended with its last state when the work has, or has failed', async () => {
    for (const fails of [false, true]) {
      const { io, written } = terminal({ CI: '1' });
      const work = stoppable(io, {}, '', async ({ progress }) => {
        progress?.update(STATE);
        progress?.update({ ...STATE, step: 2, fraction: 0.52 });
        if (fails) throw new Error('no room');
        return 3;
      });
      if (fails) await expect(work).rejects.toThrow('no room');
      else expect(await work).toBe(3);
      expect(written.text).toMatch(/ step=2 [^\n]*\n$/);
    }
  });
});

test('a signal stops the work, and it is said what was kept; nothing listens afterwards', async () => {
  const { io } = terminal();
  const before = process.listenerCount('SIGHUP');
  const work = stoppable(io, { quiet: true }, 'nothing was kept', async ({ signal }) => {
    process.emit('SIGHUP', 'SIGHUP');
    signal.throwIfAborted();
  });
  await expect(work).rejects.toEqual(new Stopped('SIGHUP', 'stopped by SIGHUP; nothing was kept'));
  expect(process.listenerCount('SIGHUP')).toBe(before);
});
