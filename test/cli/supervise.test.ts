import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tunables } from '../../src/cli/terminal/supervise.js';
import { cdsvae, LITTLE, MAIN, requireDist, startNode, temporaryFolder, writeLittleData } from './dist.js';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

describe('tunables', () => {
  test('ask glibc for huge pages, beside what is set and never against it', () => {
    expect(tunables({}, 'linux')).toEqual({ GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' });
    expect(tunables({ GLIBC_TUNABLES: '' }, 'linux')).toEqual({ GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' });
    expect(tunables({ GLIBC_TUNABLES: 'glibc.malloc.check=1' }, 'linux')).toEqual({
      GLIBC_TUNABLES: 'glibc.malloc.check=1:glibc.malloc.hugetlb=1',
    });
    for (const set of ['glibc.malloc.hugetlb=0', 'glibc.malloc.check=1:glibc.malloc.hugetlb=2']) {
      expect(tunables({ GLIBC_TUNABLES: set }, 'linux')).toEqual({});
    }
    expect(tunables({}, 'darwin')).toEqual({});
    expect(tunables({}, 'win32')).toEqual({});
  });
});

/** A process that supervises `worker`, a script; both know `say`, `stopRequest` and `env`. */
function superviseScript(worker: string, env: Record<string, string> = {}) {
  return startNode([writeScripts(worker).supervisor], { cwd: folder.path, env });
}

/** The scripts of a supervisor and of its worker. */
function writeScripts(worker: string): { supervisor: string; worker: string } {
  requireDist();
  const url = pathToFileURL(join(MAIN, '..', 'terminal', 'supervise.js')).href;
  const at = (name: string) => join(folder.path, name);
  writeFileSync(
    at('supervisor.mjs'),
    `import { supervise } from '${url}'; process.exitCode = await supervise(['${at('worker.mjs')}', 'one', 'two words']);`,
  );
  writeFileSync(
    at('worker.mjs'),
    `import { writeSync, writeFileSync } from 'node:fs';
     import { stopRequest } from '${url}';
     const say = (text) => writeSync(1, text + '\\n');
     ${worker}`,
  );
  return { supervisor: at('supervisor.mjs'), worker: at('worker.mjs') };
}

/** Works until it is told to stop; then takes a moment, and ends as \`train\` would. */
const LISTENS = `
  const codes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
  const work = setInterval(() => {}, 1000);
  const request = stopRequest((by) => {
    say('told ' + by);
    setTimeout(() => {
      writeFileSync('saved', request.by());
      say('saved');
      clearInterval(work);
      request.close();
      process.exitCode = codes[by];
    }, 300);
  });
  say('ready ' + process.pid);`;

const DEAF = `setInterval(() => {}, 1000); const request = stopRequest((by) => say('told ' + by)); say('ready ' + process.pid);`;

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

/** Waits until a condition holds. */
async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('a supervised process', () => {
  test('has the same arguments, huge pages, and passes its exit code on', async () => {
    const ended = await superviseScript(
      `say(JSON.stringify([process.argv.slice(2), process.env.GLIBC_TUNABLES, process.env.CDSVAE_SUPERVISED])); process.exitCode = 42;`,
      { GLIBC_TUNABLES: 'glibc.malloc.check=0' },
    ).ended;
    const tuned = process.platform === 'linux' ? 'glibc.malloc.check=0:glibc.malloc.hugetlb=1' : 'glibc.malloc.check=0';
    expect(JSON.parse(ended.stdout)).toEqual([['one', 'two words'], tuned, '1']);
    expect(ended.code).toBe(42);
  });

  test('that a signal ended gives 128 + its number, and a word on what to do', async () => {
    const ended = await superviseScript(`process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);`).ended;
    expect(ended.code).toBe(137);
    expect(ended.stderr).toContain('ended by SIGKILL; if memory ran out, try a smaller --batch');
  });

  test('is not kept alive by listening', async () => {
    expect((await superviseScript(`stopRequest(); say('done');`).ended).code).toBe(0);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('finishes and saves after %s to the supervisor', async (signal, code) => {
    const running = superviseScript(LISTENS);
    await running.until('ready');
    running.child.kill(signal);
    const ended = await running.ended;
    expect(ended.code).toBe(code);
    expect(ended.stdout).toContain(`told ${signal}\nsaved\n`);
  });

  test('is not disturbed by Ctrl-C, which reaches every process of the terminal', async () => {
    const running = superviseScript(LISTENS);
    await running.until('ready');
    process.kill(-running.child.pid!, 'SIGINT');
    const ended = await running.ended;
    expect(ended.code).toBe(130);
    expect(ended.stdout.match(/told/g)).toHaveLength(1);
    expect(ended.stdout).toContain('saved');
  });

  test.each([
    ['SIGINT', 'SIGINT', 130],
    ['SIGINT', 'SIGTERM', 143],
    ['SIGTERM', 'SIGINT', 130],
  ] as const)('is ended at once by %s, then %s', async (first, second, code) => {
    const running = superviseScript(DEAF);
    await running.until(/ready (\d+)\n/);
    running.child.kill(first);
    await running.until(`told ${first}`);
    running.child.kill(second);
    const ended = await running.ended;
    expect(ended.code).toBe(code);
    const pid = Number(/ready (\d+)/.exec(ended.stdout)![1]);
    await eventually(() => !isAlive(pid));
  });

  test('on its own hears signals itself, and a second one ends it', async () => {
    const running = startNode([writeScripts(DEAF).worker], { cwd: folder.path });
    await running.until('ready');
    running.child.kill('SIGINT');
    await running.until('told SIGINT');
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(143);
  });

  test('takes npm’s echo of a Ctrl-C for the same one', async () => {
    const running = superviseScript(LISTENS, { npm_lifecycle_event: 'start' });
    await running.until('ready');
    running.child.kill('SIGINT');
    await running.until('told SIGINT');
    running.child.kill('SIGINT');
    const ended = await running.ended;
    expect(ended.stdout).toContain('saved');
    expect(ended.code).toBe(130);
  });

  test('saves and ends when its supervisor is gone', async () => {
    const running = superviseScript(LISTENS);
    await running.until('ready');
    running.child.kill('SIGKILL');
    await running.until('saved');
    expect(readFileSync(join(folder.path, 'saved'), 'utf8')).toBe('SIGTERM');
    expect((await running.ended).signal).toBe('SIGKILL');
  });
});

describe('without a supervisor', () => {
  test('signals are heard directly', async () => {
    superviseScript(LISTENS).child.kill('SIGKILL');
    const running = startNode([join(folder.path, 'worker.mjs')], { cwd: folder.path });
    await running.until('ready');
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 143, stdout: expect.stringContaining('saved') });
  });
});

describe('cdsvae train', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'saves on %s, says how to go on, and does',
    async (signal, code) => {
      writeLittleData(join(folder.path, 'little'));
      const args = ['train', 'little', '--out', 'run', '--steps', '1000000', ...LITTLE];
      const running = startNode([requireDist(), ...args], { cwd: folder.path });
      await running.until(/phase=train step=/);
      process.kill(-running.child.pid!, signal);
      const ended = await running.ended;
      expect(ended.code, ended.stderr).toBe(code);
      expect(ended.stderr).toContain(`${signal}: finishing this step and saving`);
      expect(ended.stdout).toMatch(/^Stopped /);
      expect(ended.stdout).toMatch(/^Go on with +cdsvae train --out run --resume$/m);
      const [saved] = readdirSync(join(folder.path, 'run', 'checkpoints')).slice(-1);
      const step = Number(saved!.replace('step-', ''));
      expect(step).toBeGreaterThan(0);
      expect(existsSync(join(folder.path, 'run', 'model'))).toBe(false);

      const more = await cdsvae(['train', '--out', 'run', '--resume', '--steps', String(step + 2), '--json'], {
        cwd: folder.path,
      });
      expect(more.code, more.stderr).toBe(0);
      expect(JSON.parse(more.stdout)).toMatchObject({ step: step + 2, interrupted: false });
    },
    120_000,
  );
});
