import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Files, nodeFiles } from '../../src/formats/durable.js';
import { RunLock } from '../../src/train/lock.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdsvae-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const locks = () => readdirSync(folder).sort();
const holder = (name = '.lock-1') => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>;
const plant = (changes: Record<string, unknown>, name = '.lock-1') => {
  const lock = RunLock.acquire(folder);
  const own = holder();
  lock.release();
  writeFileSync(join(folder, name), JSON.stringify({ ...own, ...changes }));
};

test('taken, refused, given back, taken again', () => {
  const lock = RunLock.acquire(folder);
  expect(locks()).toEqual(['.lock-1']);
  expect(() => RunLock.acquire(folder)).toThrow(
    `${folder}: process ${process.pid} has been writing to this run since ${holder().since}; wait for it to end`,
  );
  expect(locks()).toEqual(['.lock-1']);
  lock.release();
  lock.release();
  expect(locks()).toEqual([]);
  RunLock.acquire(folder).release();
});

describe('a lock left behind is taken over', () => {
  test('when its process is gone', () => {
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    plant({ pid: gone });
    const lock = RunLock.acquire(folder);
    expect(locks()).toEqual(['.lock-2']);
    expect(holder('.lock-2').pid).toBe(process.pid);
    lock.release();
    expect(locks()).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('when its process id is another process’s now', () => {
    plant({ started: '1' });
    RunLock.acquire(folder).release();
  });

  test.runIf(process.platform === 'linux')('when the machine was started again', () => {
    plant({ boot: '00000000-0000-0000-0000-000000000000' });
    RunLock.acquire(folder).release();
  });

  test.runIf(process.platform === 'linux')('when its process has ended but its parent has not noticed', async () => {
    // What the shell has become before the process ends never waits for it.
    const shell = spawn('sh', ['-c', 'sleep 300 & echo $!; exec sleep 300'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const pid = Number(await new Promise((resolve) => shell.stdout.once('data', (d) => resolve(String(d)))));
      await expect.poll(() => readFileSync(`/proc/${shell.pid}/comm`, 'utf8')).toBe('sleep\n');
      process.kill(pid, 'SIGKILL');
      const status = () => readFileSync(`/proc/${pid}/stat`, 'utf8');
      await expect.poll(status).toContain(') Z ');
      plant({ pid, started: null });
      RunLock.acquire(folder).release();
    } finally {
      shell.kill('SIGKILL');
    }
  });

  test('together with claims that never became locks', () => {
    plant({ pid: 2 ** 30 }, '.lock-7');
    writeFileSync(join(folder, '.lock-claim-1-x'), '');
    const lock = RunLock.acquire(folder);
    expect(locks()).toEqual(['.lock-8']);
    lock.release();
  });
});

describe('a lock is respected', () => {
  test('of another living process', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    try {
      plant({ pid: child.pid, started: null });
      expect(() => RunLock.acquire(folder)).toThrow(`process ${child.pid} has been writing`);
    } finally {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    RunLock.acquire(folder).release();
  });

  test('of a process on another machine, of which nothing can be known: the error says what to delete', () => {
    plant({ host: `not-${hostname()}` });
    expect(() => RunLock.acquire(folder)).toThrow(
      `on not-${hostname()} has been writing to this run since ${holder().since}; if it no longer runs, delete ${join(folder, '.lock-1')}`,
    );
  });

  test.each(['', '{', '[]', '{"pid":-1}'])('that cannot be read (%j)', (text) => {
    writeFileSync(join(folder, '.lock-1'), text);
    expect(() => RunLock.acquire(folder)).toThrow(
      `${folder}: locked by an unreadable .lock-1; if no process uses this run, delete ${join(folder, '.lock-1')}`,
    );
  });

  test('that appears while ours is made: ours is withdrawn', () => {
    // A slow process has looked at the folder before a lock was given back, and now makes the next one.
    plant({ pid: 2 ** 30 }, '.lock-4');
    const files: Files = {
      ...nodeFiles,
      linkSync: (from, to) => {
        nodeFiles.linkSync(from, to);
        writeFileSync(join(folder, '.lock-1'), readFileSync(to as string));
      },
    };
    expect(() => RunLock.acquire(folder, files)).toThrow('has been writing to this run');
    expect(locks()).toEqual(['.lock-1', '.lock-4']);
  });
});

test('without hard links, by exclusive creation', () => {
  const files: Files = {
    ...nodeFiles,
    linkSync: () => {
      throw Object.assign(new Error('EPERM'), { code: 'EPERM', syscall: 'link' });
    },
  };
  const lock = RunLock.acquire(folder, files);
  expect(locks()).toEqual(['.lock-1']);
  expect(() => RunLock.acquire(folder, files)).toThrow(`process ${process.pid} has been writing`);
  lock.release();
});

test('a folder that cannot be written', () => {
  expect(() => RunLock.acquire(join(folder, 'none'))).toThrow(/cannot be written: no such file or folder \(ENOENT\)/);
});

test('every order of three writers that meet at a stale lock: never two hold it', () => {
  // Thousands of real flushes would take long and change nothing.
  const unflushed: Files = { ...nodeFiles, fsyncSync: () => {} };
  /** Someone's attempt; undefined where refused. */
  const attempt = (files: Files = unflushed): RunLock | undefined => {
    try {
      return RunLock.acquire(folder, files);
    } catch (error) {
      expect(error).toMatchObject({ code: 'busy' });
      return undefined;
    }
  };
  /** File operations that let others act before the call with a given number. */
  const interrupted = (acts: Map<number, () => void>) => {
    let calls = 0;
    const files = Object.fromEntries(
      Object.entries(unflushed).map(([name, call]) => [
        name,
        (...args: unknown[]) => {
          acts.get(++calls)?.();
          return (call as (...args: unknown[]) => unknown)(...args);
        },
      ]),
    ) as unknown as Files;
    return { files, calls: () => calls };
  };
  plant({ pid: 2 ** 30 });
  const stale = readFileSync(join(folder, '.lock-1'));
  const alone = interrupted(new Map());
  attempt(alone.files)!.release();
  const calls = alone.calls();

  let orders = 0;
  for (const start of ['stale', 'free']) {
    for (let second = 1; second <= calls; second++) {
      for (let third = second; third <= calls + 1; third++) {
        for (const givesBack of [true, false]) {
          for (const name of locks()) rmSync(join(folder, name));
          if (start === 'stale') writeFileSync(join(folder, '.lock-1'), stale);
          let b: RunLock | undefined;
          let c: RunLock | undefined;
          const actions: [number, () => void][] = [
            [
              second,
              () => {
                b = attempt();
              },
            ],
          ];
          const last = () => {
            if (givesBack) {
              b?.release();
              b = undefined;
            }
            c = attempt();
          };
          if (third > second) actions.push([third, last]);
          const a = attempt(interrupted(new Map(actions)).files);
          const held = [a, b, c].filter((lock) => lock !== undefined);
          const order = `${start}: second at ${second}, third at ${third}, gives back: ${givesBack}`;
          expect(held.length, order).toBeLessThanOrEqual(1);
          for (const lock of held) lock.release();
          // Nothing is left that would keep the next one out.
          attempt()!.release();
          orders++;
        }
      }
    }
  }
  expect(orders).toBeGreaterThan(400);
});

describe('many processes at once', () => {
  // Compiled beside node_modules, where the compiled files find what they import.
  const compiled = fileURLToPath(new URL(`../../node_modules/.cache/cdsvae-lock-${process.pid}`, import.meta.url));
  beforeAll(() => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const options =
      '--ignoreConfig --module nodenext --target es2022 --skipLibCheck --strict --types node --rootDir src';
    const tsc = spawnSync(
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), 'src/train/lock.ts', ...options.split(' '), '--outDir', compiled],
      { cwd: root, encoding: 'utf8' },
    );
    expect(tsc.stdout + tsc.stderr).toBe('');
    writeFileSync(join(compiled, 'package.json'), '{"type":"module"}');
  });
  afterAll(() => rmSync(compiled, { recursive: true, force: true }));

  /** Takes the lock again and again; within it, no other living process may be; now and then dies without giving it back. */
  const contender = (deaths: number) => `
    import { RunLock } from ${JSON.stringify(join(compiled, 'train/lock.js'))};
    import fs from 'node:fs';
    const folder = ${JSON.stringify(folder)};
    const inside = folder + '/inside';
    const alive = (pid) => { try { process.kill(pid, 0); return fs.readFileSync('/proc/' + pid + '/stat', 'utf8').split(') ')[1][0] !== 'Z'; } catch { return false; } };
    let taken = 0;
    const end = Date.now() + 30000;
    while (taken < 15 && Date.now() < end) {
      let lock;
      try { lock = RunLock.acquire(folder); } catch (e) { if (e.code !== 'busy') throw e; continue; }
      taken++;
      if (fs.existsSync(inside)) {
        const other = Number(fs.readFileSync(inside, 'utf8'));
        if (alive(other)) { console.log('VIOLATION: ' + other + ' is inside'); process.exit(1); }
      }
      fs.writeFileSync(inside, String(process.pid));
      if (Math.random() < ${deaths}) process.kill(process.pid, 'SIGKILL');
      for (const stop = performance.now() + Math.random() * 2; performance.now() < stop; );
      if (fs.readFileSync(inside, 'utf8') !== String(process.pid)) { console.log('VIOLATION: another came in'); process.exit(1); }
      fs.rmSync(inside);
      lock.release();
    }
    console.log('taken ' + taken);
  `;

  test('never two inside, and whoever dies inside is replaced', async () => {
    const run = (deaths: number): Promise<string> => {
      const file = join(compiled, `contender-${deaths}-${Math.random()}.js`);
      writeFileSync(file, contender(deaths));
      const child: ChildProcess = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      child.stdout!.on('data', (d) => (output += d));
      child.stderr!.on('data', (d) => (output += d));
      return new Promise((resolve) =>
        child.once('close', (code, signal) => resolve(`${output.trim()} ${signal ?? code}`)),
      );
    };
    const outcomes = await Promise.all([run(0), run(0), run(0), run(0.05), run(0.05), run(0.3)]);
    for (const outcome of outcomes) expect(outcome).toMatch(/^(taken \d+ 0| SIGKILL)$/);
    for (const outcome of outcomes.slice(0, 3)) expect(outcome).toMatch(/^taken [1-9]/);
    // Whatever the dead left, the next one gets in.
    RunLock.acquire(folder).release();
    expect(locks().filter((name) => name !== 'inside')).toEqual([]);
  });
});
