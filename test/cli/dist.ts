import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatasetWriter } from '../../src/data/writer.js';
import { Random } from '../../src/random.js';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const MAIN = join(ROOT, 'dist', 'cli', 'main.js');

/** The compiled command line, which these tests start. @throws where there is none */
export function requireDist(): string {
  if (!existsSync(MAIN))
    throw new Error(`${MAIN} is missing: these tests run what "npm run build" makes, as "npm test" does`);
  return MAIN;
}

/** The environment of a process under test: not that of npm, nor of continuous integration. */
export function plainEnv(more: Record<string, string> = {}): Record<string, string> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|CDSVAE_|GLIBC_TUNABLES$|CI$|NODE_OPTIONS$|VITEST)/.test(name),
  );
  return { ...(Object.fromEntries(own) as Record<string, string>), ...more };
}

/** What a process left. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process with its output so far. */
export interface Running {
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly output: { readonly stdout: string; readonly stderr: string };
  readonly ended: Promise<Ended>;
  /** Resolves once stdout or stderr holds the text. @throws when the process ends before that */
  until(text: string | RegExp): Promise<void>;
}

/** Starts Node with arguments, as the leader of a process group of its own. */
export function startNode(args: readonly string[], options: { cwd: string; env?: Record<string, string> }): Running {
  const child = spawn(process.execPath, args, {
    cwd: options.cwd,
    env: plainEnv(options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  let over = false;
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => {
      over = true;
      resolve({ code, signal, ...output });
    });
  });
  return {
    child,
    output,
    ended,
    async until(text) {
      const matches = () => {
        const all = output.stdout + output.stderr;
        return typeof text === 'string' ? all.includes(text) : text.test(all);
      };
      while (!matches()) {
        if (over) throw new Error(`ended before it wrote ${text}: ${JSON.stringify(output)}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}

/** Runs the command line to its end. */
export function cdsvae(
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<Ended> {
  return startNode([requireDist(), ...args], options).ended;
}

/** A new folder; `remove` takes it away. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'cdsvae-cli-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A dataset of 40 little sequences, T = 4, F = 6; steps on it take milliseconds. */
export function writeLittleData(folder: string, scale = 1): void {
  const writer = new DatasetWriter(folder, {
    info: {
      name: 'little',
      kind: 'array',
      frames: 4,
      frame: [6],
      dtype: 'float32',
      divisor: 1,
      range: [-10 * scale, 10 * scale],
      factors: [],
    },
    count: 40,
    splits: { train: [0, 32], validation: [32, 40] },
  });
  const values = Random.of(1, 'little').normals(new Float32Array(40 * 4 * 6));
  writer.write(
    0,
    values.map((v) => v * scale),
  );
  writer.finish();
}

/** Flags of a model as little as its data. */
export const LITTLE = ['mlp=8', 'features=6', 'hidden=5', 'static=4', 'dynamic=3']
  .flatMap((s) => ['--set', `model.${s}`])
  .concat('--batch', '4', '--threads', '1');
