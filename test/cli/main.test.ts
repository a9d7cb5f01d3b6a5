import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runProgram } from '../../src/cli/program.js';
import { reportFailure } from '../../src/cli/terminal/failure.js';
import { CdsvaeError } from '../../src/errors.js';
import { parseSettings } from '../../src/train/config-file.js';
import { Settings } from '../../src/train/settings.js';
import { load } from '../../src/trained/load.js';
import { cdsvae, LITTLE, plainEnv, requireDist, startNode, temporaryFolder, writeLittleData } from './dist.js';

/** Runs a command line in this process, which is enough for all that ends before a training begins. */
async function inProcess(args: readonly string[], env: Record<string, string> = {}) {
  let [stdout, stderr] = ['', ''];
  const code = await runProgram(args, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env,
    args: [],
  });
  return { code, stdout, stderr };
}

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

describe('wrong use', () => {
  const cases: [string, string][] = [
    ['tran sm-mnist', 'no command "cdsvae tran"; did you mean "train"?'],
    ['frobnicate', 'no command "cdsvae frobnicate"; valid: train, data'],
    ['data', 'cdsvae data needs a command: clips, mug, sm-mnist, speech, sprites, inspect'],
    ['help tran', 'no command "cdsvae tran"; did you mean "train"?'],
    ['data help clip', 'no command "cdsvae data clip"; did you mean "clips"?'],
    ['swap ', 'the name of the run or model folder is empty'],
    ['data sprits x', 'no command "cdsvae data sprits"; did you mean "sprites"?'],
    ['--jsn', 'cdsvae has no flag "--jsn"'],
    ['train sm-mnist --stpes 3', 'cdsvae train has no flag "--stpes"; did you mean "--steps"?'],
    ['train sm-mnist --thread=3', 'cdsvae train has no flag "--thread"; did you mean "--threads"?'],
    ['train sm-mnist --steps', "option '--steps <n>' argument missing"],
    ['train sm-mnist other', 'cdsvae train: "other" is too much; usage: cdsvae train [options] [data]'],
    [
      'train sm-mnist --set a=1 b=2',
      '"b=2" is too much; usage: cdsvae train [options] [data]; each setting has a --set',
    ],
    ['train sm-mnist --steps 0', '--steps: "0" found; a whole number from 1 to 1000000000 expected'],
    ['train sm-mnist --steps 1.5', '--steps: "1.5" found'],
    ['train sm-mnist --batch 1', '--batch: "1" found; a whole number from 2 to 4096 expected'],
    ['train sm-mnist --batch many', '--batch: "many" found'],
    ['train sm-mnist --minutes -3', '--minutes: "-3" found; a number from 0.001 to 1000000 expected'],
    ['train sm-mnist --minutes NaN', '--minutes: "NaN" found'],
    ['train sm-mnist --epochs Infinity', '--epochs: "Infinity" found'],
    ['train sm-mnist --seed -1', '--seed: "-1" found; a whole number from 0 to 9007199254740991 expected'],
    ['train sm-mnist --threads 0', '--threads: "0" found; a whole number from 1 to 256 expected'],
    ['train sm-mnist --checkpoint-every 0', '--checkpoint-every: "0" found'],
    ['train --resume', '--resume needs --out RUN'],
    ['train --resume --out r --seed 3 --preset paper', 'leave out --preset, --seed'],
    ['train sm-mnist --data data/x', 'are both the data; give one of them'],
    ['train --resume --out r --set model.width=8', 'leave out --set model.width'],
    ['train --resume --out r --batch 3', 'leave out --batch'],
    ['data sprites --out x', "missing required argument 'from'"],
    ['data sprites x', "required option '--out <dir>' not specified"],
    ['swap r test:0 test:1 --fix s', '--fix: "s" found; static (content) or dynamic (motion) expected'],
    ['swap r test:0 test:1 --fix static --grid', '--grid mixes all with all: leave out --fix'],
    ['swap r test:0 test:1 --out x.png --out x.jpg', 'x.jpg: ending ".jpg" found; .png (contact sheet)'],
    ['sample r --fix static', '--fix static needs --of'],
    ['sample r --of test:1', '--of needs --fix static'],
    [
      'sample test:1',
      '"test:1": a sequence found, a run folder or a model folder expected; hold a factor of it by --of',
    ],
    ['swap test:-1 test:0', '"test:-1": neither a file nor an item such as test:12'],
    ['curves pretrained', 'the model that comes with the package has no curves'],
    ['sample r --frames 0', '--frames: "0" found; a whole number from 1 to 100000 expected'],
    ['interpolate r test:0 test:1 --steps -1', '--steps: "-1" found; a whole number from 0 to 500 expected'],
    ['export r', "required option '--out <dir>' not specified"],
    ['export r --out o --checkpoint bset', '--checkpoint: "bset" found; best, newest or a step expected'],
  ];
  test.each(cases)('cdsvae %s', async (line, message) => {
    const { code, stdout, stderr } = await inProcess(line.split(' '));
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^error: .*\n$/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test('with --json is told on stdout too', async () => {
    const { code, stdout, stderr } = await inProcess(['train', 'sm-mnist', '--json', '--batch', '1']);
    const message = '--batch: "1" found; a whole number from 2 to 4096 expected';
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'usage', message } });
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).toBe(`error: ${message}\n`);
    expect(code).toBe(2);
  });

  test('of no arguments at all shows how to use it', async () => {
    const { code, stdout, stderr } = await inProcess([]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: cdsvae');
  });
});

test('help and version go to stdout', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(await inProcess(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  for (const args of [['--help'], ['train', '--help'], ['data', 'sprites', '--help'], ['help', 'export']]) {
    const { code, stdout, stderr } = await inProcess(args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Usage: cdsvae');
  }
  const { stdout } = await inProcess(['train', '--help']);
  for (const flag of ['--out', '--preset', '--objective', '--set', '--batch', '--epochs', '--steps', '--minutes']) {
    expect(stdout).toContain(flag);
  }
  expect(stdout.replace(/\s+/g, ' ')).toContain('a folder of clips or recordings');
});

test('bounds of flags are those of the settings', async () => {
  const { batch, steps, checkpointEvery, seed, threads } = Settings.shape.train.shape;
  for (const [flag, name, schema] of [
    ['--batch', 'batch', batch],
    ['--steps', 'steps', steps],
    ['--checkpoint-every', 'checkpointEvery', checkpointEvery],
    ['--seed', 'seed', seed],
    ['--threads', 'threads', threads],
  ] as const) {
    // A length of 0 means "not by this", which a flag that is given cannot.
    const min = name === 'steps' ? 1 : schema.minValue;
    const { stderr } = await inProcess(['train', 'sm-mnist', flag, 'x']);
    expect(stderr, flag).toContain(`a whole number from ${min} to ${schema.maxValue} expected`);
  }
});

describe('an error', () => {
  const report = (error: unknown, env: Record<string, string> = {}, json = false) => {
    let [stdout, stderr] = ['', ''];
    const io = {
      stdout: { write: (text: string) => (stdout += text) },
      stderr: { write: (text: string) => (stderr += text) },
      env,
      args: [],
    };
    return { code: reportFailure(io, error, json), stdout, stderr };
  };

  test('of ours is a plain line and an exit code of its kind', () => {
    const codes = { usage: 2, input: 3, busy: 3, io: 3, diverged: 4, graph: 1, runtime: 1 } as const;
    for (const [kind, code] of Object.entries(codes) as [keyof typeof codes, number][]) {
      expect(report(new CdsvaeError(kind, 'what was found'))).toEqual({
        code,
        stdout: '',
        stderr: 'error: what was found\n',
      });
    }
  });

  test('that nobody foresaw says how to report it, and shows its stack only when asked', () => {
    const quiet = report(new TypeError('x is undefined'));
    expect(quiet.code).toBe(1);
    expect(quiet.stderr).toMatch(
      /^error: x is undefined\nThis is a fault of cdsvae\. Please report it.*CDSVAE_DEBUG=1.*\n$/,
    );
    expect(quiet.stderr).not.toContain('main.test');
    const cause = new RangeError('deep down');
    const loud = report(new TypeError('x', { cause }), { CDSVAE_DEBUG: '1' });
    expect(loud.stderr).toContain('main.test');
    expect(loud.stderr).toContain('caused by RangeError: deep down');
    expect(JSON.parse(report('text', {}, true).stdout)).toEqual({ error: { code: 'unexpected', message: 'text' } });
  });

  test('cannot steer the terminal', () => {
    expect(report(new CdsvaeError('input', 'a\x1b[2Jb\r\u202ec\nd')).stderr).toBe('error: a[2Jbc\nd\n');
  });
});

test('without progress what is not as it should be is still said', async () => {
  writeLittleData(join(folder.path, 'little'));
  const train = (...args: string[]) => cdsvae(['train', '--out', 'run', '--quiet', ...args], { cwd: folder.path });
  await train('little', '--steps', '2', '--checkpoint-every', '1', ...LITTLE);
  truncateSync(join(folder.path, 'run', 'checkpoints', 'step-2', 'parameters.safetensors'), 100);
  const { code, stderr } = await train('--resume', '--steps', '3');
  expect([code, stderr]).toEqual([
    0,
    expect.stringMatching(/^warning: checkpoint of step 2 left out: .*100 bytes found/),
  ]);
  expect((await train('--resume', '--steps', '4')).stderr).toBe('');
});

test('a run without a name of its own is named after its data, and never written over', async () => {
  writeLittleData(join(folder.path, 'little'));
  const train = async () => {
    const ended = await cdsvae(['train', 'little', '--steps', '1', '--json', '--quiet', ...LITTLE], {
      cwd: folder.path,
    });
    return JSON.parse(ended.stdout).run;
  };
  const files = () =>
    ['config.yaml', 'metrics.jsonl'].map((name) => readFileSync(join(folder.path, 'runs/little', name)));
  expect(await train()).toBe('runs/little');
  const first = files();
  expect(await train()).toBe('runs/little-2');
  expect(files()).toEqual(first);
});

describe('bad input to train', () => {
  const cases: [string, number, RegExp][] = [
    ['sm-mnis', 2, /"sm-mnis": no such dataset; .*did you mean "sm-mnist"\?/],
    ['./nowhere', 3, /"\.\/nowhere": no such dataset/],
    ['', 2, /no data given/],
    ['sm-mnist --preset compct', 2, /no preset "compct"; did you mean "compact"\?/],
    ['sm-mnist --objective cdsva', 2, /no objective "cdsva"; did you mean "cdsvae"/],
    ['sm-mnist --set objective.gama=0', 2, /no setting "objective\.gama"; did you mean "objective\.gamma"/],
    ['sm-mnist --set objective.gamma', 2, /key=value expected/],
    ['sm-mnist --set model.hidden=0', 2, /model\.hidden: 0 found, at least 1 expected/],
    ['sm-mnist --set model.hidden=many', 2, /model\.hidden: "many" found, a (whole )?number expected/],
    ['sm-mnist --steps 3 --minutes 1', 2, /--steps and --minutes exclude each other/],
    ['sm-mnist --epochs 1', 2, /endless/],
    ['little --batch 33', 2, /only 32 sequences/],
    ['empty', 3, /empty/],
    ['damaged', 3, /damaged.*sequences\.npy/],
    ['little --out occupied --steps 1', 2, /occupied/],
    ['--resume --out nowhere', 3, /nowhere/],
    ['--resume --settings --out nowhere', 2, /those of a new run/],
    ['nowhere --settings', 2, /no such dataset/],
    ['--resume --out occupied', 3, /occupied/],
    ['--resume --out=', 2, /--resume needs --out RUN/],
    ['little --out= --steps 1', 2, /the name of the run folder is empty; give one by --out/],
  ];
  test.each(cases)('cdsvae train %s', async (line, code, message) => {
    const at = (name: string) => join(folder.path, name);
    mkdirSync(at('empty'));
    mkdirSync(at('occupied'));
    writeFileSync(at('occupied/notes.txt'), 'mine');
    writeLittleData(at('little'));
    writeLittleData(at('damaged'));
    truncateSync(at('damaged/sequences.npy'), 1000);
    const ended = await cdsvae(['train', ...line.split(' ').filter((a) => a !== '')], {
      cwd: folder.path,
      env: { CDSVAE_SUPERVISED: '1' },
    });
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr.split('\n').filter((l) => l.startsWith('error: '))).toHaveLength(1);
    expect(ended.stderr).not.toMatch(/\n {4}at /);
    expect(ended.stdout).toBe('');
    expect(ended.code).toBe(code);
    expect(readdirSync(folder.path).sort()).toEqual(['damaged', 'empty', 'little', 'occupied']);
    expect(readdirSync(at('occupied'))).toEqual(['notes.txt']);
  });
});

describe('other commands', () => {
  test('train --settings says what a run would begin with, and begins none', async () => {
    const data = join(folder.path, 'little');
    writeLittleData(data);
    const asked = ['train', data, '--settings', '--set', 'model.width=4', '--steps', '5', '--seed', '3'];
    const { code, stdout } = await inProcess(asked);
    expect(code).toBe(0);
    const settings = parseSettings(stdout, 'stdout');
    expect(settings).toMatchObject({ data, model: { width: 4 }, train: { steps: 5, minutes: 0, seed: 3 } });
    expect(JSON.parse((await inProcess([...asked, '--json'])).stdout)).toEqual(settings);
    expect(readdirSync(folder.path)).toEqual(['little']);
    const ofAny = parseSettings((await inProcess(['train', '--settings', '--preset', 'paper'])).stdout, 'stdout');
    expect(ofAny).toMatchObject({ preset: 'paper', model: { width: 64, priorComponents: 1 } });
  });

  test('data sprites of a folder without sheets leaves nothing', async () => {
    const out = join(folder.path, 'sprites');
    const { code, stdout, stderr } = await inProcess(['data', 'sprites', folder.path, '--out', out]);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/error: .*not found/);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('export of what is no run leaves nothing', async () => {
    const out = join(folder.path, 'model');
    const { code, stderr } = await inProcess(['export', join(folder.path, 'run'), '--out', out]);
    expect(code).toBe(3);
    expect(stderr).toContain('not found; a run folder or a model folder is expected');
    mkdirSync(join(folder.path, 'run', 'checkpoints'), { recursive: true });
    expect((await inProcess(['export', join(folder.path, 'run'), '--out', out])).stderr).toContain('config.yaml');
    expect(existsSync(out)).toBe(false);
  });
});

describe('train, resume, export', () => {
  test('leave a run, a summary, and a model that loads', async () => {
    const options = { cwd: folder.path };
    writeLittleData(join(folder.path, 'little'));
    const first = await cdsvae(['train', 'little', '--steps', '3', ...LITTLE], options);
    expect(first, first.stderr).toMatchObject({ code: 0 });
    const lines = first.stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(
      /^Trained +cdsvae on .*little, preset compact: 3 steps in .* s, .*, [\d.]+ % of the time in the step$/,
    );
    expect(first.stdout).toMatch(
      /^Reconstruction +[\d.]+ on validation sequences; mean squared error [\d.]+ of a value$/m,
    );
    expect(first.stdout).toMatch(/^Contact sheet +runs\/little\/samples\/step-3\.png$/m);
    expect(first.stdout).toMatch(/^Train longer +cdsvae train --out runs\/little --resume --steps 6$/m);
    expect(first.stderr).toContain('preset compact for array, cdsvae');
    expect(first.stderr).toContain('phase=train step=');
    expect(existsSync(join(folder.path, 'runs/little/samples/step-3.png'))).toBe(true);

    const more = await cdsvae(
      ['train', '--out', 'runs/little', '--resume', '--steps', '5', '--json', '--quiet'],
      options,
    );
    expect(more.stderr).toBe('');
    expect(more.code).toBe(0);
    expect(more.stdout.split('\n')).toHaveLength(2);
    expect(JSON.parse(more.stdout)).toMatchObject({ run: 'runs/little', step: 5, interrupted: false });

    const again = await cdsvae(['train', '--out', 'runs/little', '--resume', '--quiet'], options);
    expect(again.stdout).toMatch(/^Finished before +cdsvae on .*little, preset compact: 5 steps in [\d.]+ s$/m);

    const exported = await cdsvae(['export', 'runs/little', '--out', 'public/little'], options);
    expect(exported.code, exported.stderr).toBe(0);
    expect(exported.stdout).toContain('the model after 5 steps');
    const best = await cdsvae(['export', 'runs/little', '--out', 'best', '--checkpoint', 'best', '--json'], options);
    expect(JSON.parse(best.stdout)).toMatchObject({
      folder: 'best',
      from: expect.stringContaining('checkpoints/step-'),
    });
    const newest = await cdsvae(['export', 'runs/little', '--out', 'newest', '--checkpoint', '5'], options);
    expect(newest.code, newest.stderr).toBe(0);
    for (const name of readdirSync(join(folder.path, 'newest'))) {
      const [a, b] = ['newest', 'runs/little/model'].map((f) => readFileSync(join(folder.path, f, name)));
      expect(a!.equals(b!), name).toBe(true);
    }
    const missing = await cdsvae(['export', 'runs/little', '--out', 'x', '--checkpoint', '4'], options);
    expect(missing).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no checkpoint of step 4; those of .* are there/),
    });

    renameSync(join(folder.path, 'little'), join(folder.path, 'moved'));
    const ofMoved = (...more: string[]) =>
      cdsvae(['export', 'runs/little', '--out', 'of-moved', '--checkpoint', '5', ...more], options);
    expect(await ofMoved()).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('say where it is by --data DIR'),
    });
    expect((await ofMoved('--data', 'moved')).code).toBe(0);

    const model = await load(join(folder.path, 'public/little'));
    expect(model.description).toMatchObject({ data: { name: 'little', kind: 'array' }, training: { steps: 5 } });
    const { s, z } = await model.sample(2);
    expect((await model.decode(s, z)).shape).toEqual([2, 4, 6]);
    await model.release();
  }, 120_000);

  test('end with 4 where training diverges, and say where', async () => {
    writeLittleData(join(folder.path, 'huge'), 1e30);
    const ended = await cdsvae(['train', 'huge', '--steps', '3', '--json', ...LITTLE], { cwd: folder.path });
    expect(ended.stderr).toMatch(/error: step 1: .* is (Infinity|NaN)/);
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: 'diverged' } });
    expect(ended.code).toBe(4);
  });

  test('outlive a reader that goes away', async () => {
    writeLittleData(join(folder.path, 'little'));
    const running = startNode([requireDist(), 'train', 'little', '--steps', '3', ...LITTLE], { cwd: folder.path });
    running.child.stdout!.destroy();
    running.child.stderr!.destroy();
    expect((await running.ended).code).toBe(0);
    expect(existsSync(join(folder.path, 'runs/little/model/model.json'))).toBe(true);
  });
});

describe.skipIf(!existsSync('/dev/full'))('a disk that is full', () => {
  /** Runs a command whose streams of these numbers go to a full disk. */
  const onFull = (args: readonly string[], full: readonly (1 | 2)[]) =>
    spawnSync(
      'sh',
      [
        '-c',
        `exec "$@" ${full.map((n) => `${n}>/dev/full`).join(' ')}`,
        'sh',
        process.execPath,
        requireDist(),
        ...args,
      ],
      { cwd: folder.path, env: plainEnv(), encoding: 'utf8' },
    );

  test('under the log does not end a training, nor lose a step of it', () => {
    writeLittleData(join(folder.path, 'data'));
    const { status, stdout } = onFull(['train', 'data', '--out', 'run', ...LITTLE, '--steps', '3'], [2]);
    expect([status, stdout]).toEqual([0, expect.stringContaining('3 steps')]);
    expect(existsSync(join(folder.path, 'run', 'model', 'model.json'))).toBe(true);
  });

  test('under the result is said in a line, with the exit code of what cannot be written', () => {
    const { status, stderr } = onFull(['--help'], [1]);
    expect([status, stderr]).toEqual([3, expect.stringMatching(/^error: the result cannot be written: .*\n$/)]);
  });
});
