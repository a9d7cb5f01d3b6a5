import { Command, Option } from 'commander';
import type { MachineRates } from '../bench/machine.js';
import type { StepMeasurement } from '../bench/measure.js';
import type { StepProfile } from '../bench/profile.js';
import type { StepCase } from '../bench/step-case.js';
import { CdsvaeError } from '../errors.js';
import { type Bounds, numberFlag, numbersFlag } from './terminal/flags.js';
import { type CommonFlags, type Io, writeResult } from './terminal/io.js';
import { tunables } from './terminal/supervise.js';

interface BenchFlags extends CommonFlags {
  readonly width: readonly number[];
  readonly batch: readonly number[];
  readonly frames: readonly number[];
  readonly threads?: readonly number[];
  readonly size: number;
  readonly coder: readonly StepCase['coder'][];
  readonly steps: number;
  readonly firstStep: boolean;
  readonly profile?: boolean;
}

/** What `cdsvae bench --json` gives. */
interface BenchResult {
  readonly machine: readonly MachineRates[];
  /** With seconds from the command `cdsvae train` to the end of its first step. */
  readonly steps: readonly (StepMeasurement & { readonly firstStep?: number })[];
}

const WARM_UP = 2;
const CODERS: readonly StepCase['coder'][] = ['fast', 'reference'];

/** `cdsvae bench`: what a training step costs on this machine, beside what the machine could do. */
export function benchCommand(io: Io): Command {
  return new Command('bench')
    .description('Measures training steps on this machine: time, memory, share of what the machine can do.')
    .addOption(list('--width', 'channels of the first convolution', { min: 1, max: 512 }, [16, 64]))
    .addOption(list('--batch', 'sequences in a step', { min: 2, max: 4096 }, [16, 64]))
    .addOption(list('--frames', 'frames of a sequence', { min: 1, max: 1024 }, [8]))
    .option('--size <pixels>', 'height and width of a frame', numberFlag('--size', { min: 8, max: 256 }), 64)
    .option(
      '--threads <list>',
      'threads of the engine (default: the number of cores)',
      numbersFlag('--threads', { min: 1, max: 256 }),
    )
    .addOption(
      new Option('--coder <list>', 'fast, reference, or fast,reference').argParser(coders).default(['fast'], 'fast'),
    )
    .option('--steps <n>', 'steps measured, after two to warm up', numberFlag('--steps', { min: 1, max: 1000 }), 9)
    .option('--profile', 'where the time of a step goes, from the profile that the engine keeps')
    .option('--no-first-step', 'leave out the time from the command "train" to its first step')
    .option('--json', 'the result as one line of JSON')
    .option('--quiet', 'no progress')
    .addHelpText('after', '\nA list is numbers with commas between them. Each case runs in a process of its own.\n')
    .action(async (flags: BenchFlags) => {
      if (flags.profile) {
        const result = await profile(io, flags);
        const { profileText } = await import('../bench/profile-table.js');
        writeResult(
          io,
          flags,
          result,
          result.profiles.flatMap((p) => profileText(p, ratesOf(result.machine, p.threads))),
        );
      } else {
        const result = await bench(io, flags);
        writeResult(io, flags, result, table(result));
      }
    });
}

async function bench(io: Io, flags: BenchFlags): Promise<BenchResult> {
  const { isolated, cases, machine, note, env } = await begin(io, flags);
  const { timeToFirstStep } = await import('../bench/first-step.js');
  const repeats = { warmUp: WARM_UP, steps: flags.steps };
  const steps: (StepMeasurement & { firstStep?: number })[] = [];
  for (const c of cases) {
    note(c);
    const measured = await isolated({ do: 'step', case: c, repeats }, env);
    // Training has the fast coder alone.
    const whole = flags.firstStep && c.coder === 'fast';
    steps.push({ ...measured, ...(whole && { firstStep: await timeToFirstStep(c) }) });
  }
  return { machine, steps };
}

async function profile(io: Io, flags: BenchFlags): Promise<{ machine: MachineRates[]; profiles: StepProfile[] }> {
  const { isolated, cases, machine, note, env } = await begin(io, flags);
  const profiles: StepProfile[] = [];
  for (const c of cases) {
    note(c);
    profiles.push(await isolated({ do: 'profile', case: c }, env));
  }
  return { machine, profiles };
}

/** The cases that flags ask for, and what the machine can do with each number of threads. */
async function begin(io: Io, flags: BenchFlags) {
  const [{ isolated }, { stepCase }] = await Promise.all([
    import('../bench/isolated.js'),
    import('../bench/step-case.js'),
  ]);
  const env = tunables(io.env);
  const say = (text: string) => {
    if (!flags.quiet) io.stderr.write(`${text}\n`);
  };
  const { width, batch, frames, size, coder, threads = [stepCase({ width: 1 }).threads] } = flags;
  const cases = product({ width, batch, frames, threads, coder }).map((c) => stepCase({ ...c, size }));
  const machine: MachineRates[] = [];
  for (const n of threads) {
    say(`what the machine can do with ${n} ${n === 1 ? 'thread' : 'threads'}`);
    machine.push(await isolated({ do: 'machine', threads: n }, env));
  }
  const note = (c: StepCase) =>
    say(`width ${c.width}, batch ${c.batch}, T ${c.frames}, ${c.threads} threads, ${c.coder}`);
  return { isolated, cases, machine, note, env };
}

function ratesOf(machine: readonly MachineRates[], threads: number): MachineRates {
  return machine.find((m) => m.threads === threads)!;
}

function table({ machine, steps }: BenchResult): string[] {
  const giga = (n: number) => (n / 1e9).toFixed(0);
  const head =
    'width  batch    T  threads  coder      s/step  fastest  sequences/s  GFLOP  GFLOP/s  of MatMul  peak GiB  session s  first step s';
  return [
    ...machine.map(
      (m) =>
        `${m.threads} ${m.threads === 1 ? 'thread' : 'threads'}: MatMul of 2048 ${giga(m.matmul)} GFLOP/s; ` +
        `elementwise ${giga(m.streamSmall)} GB/s on 4 MB, ${giga(m.streamLarge)} GB/s on 64 MB`,
    ),
    '',
    head,
    ...steps.map((r) => {
      const peak = ratesOf(machine, r.threads).matmul;
      return [
        String(r.width).padStart(5),
        String(r.batch).padStart(5),
        String(r.frames).padStart(3),
        String(r.threads).padStart(7),
        r.coder.padEnd(9),
        r.seconds.toFixed(3).padStart(7),
        r.fastest.toFixed(3).padStart(7),
        r.sequencesPerSecond.toFixed(1).padStart(11),
        (r.flops / 1e9).toFixed(1).padStart(5),
        giga(r.flopsPerSecond).padStart(7),
        `${((100 * r.flopsPerSecond) / peak).toFixed(0)} %`.padStart(9),
        (r.memory / 2 ** 30).toFixed(2).padStart(8),
        r.creation.toFixed(2).padStart(9),
        (r.firstStep?.toFixed(1) ?? '').padStart(12),
      ].join('  ');
    }),
    '',
    'GFLOP counts convolutions as they are defined, so a step that saves multiplications can exceed MatMul.',
  ];
}

/** Every combination of one value from each list. */
function product<T extends Record<string, unknown>>(lists: { readonly [K in keyof T]: readonly T[K][] }): T[] {
  return Object.entries<readonly unknown[]>(lists).reduce<T[]>(
    (rows, [key, values]) => rows.flatMap((row) => values.map((v) => ({ ...row, [key]: v }))),
    [{} as T],
  );
}

/** A flag that is given a list of numbers, with its default as it would be given. */
function list(flag: string, what: string, bounds: Bounds, value: readonly number[]): Option {
  return new Option(`${flag} <list>`, what).argParser(numbersFlag(flag, bounds)).default(value, value.join());
}

function coders(text: string): StepCase['coder'][] {
  return text.split(',').map((name) => {
    const found = CODERS.find((c) => c === name.trim());
    if (found) return found;
    throw new CdsvaeError('usage', `--coder: "${name}" found; ${CODERS.join(' or ')} expected`);
  });
}
