/**
 * `train` in two processes. The engine blocks the event loop of the one that computes, so another listens to signals; and glibc
 * reads how to allocate memory before a program begins, so that the one that computes must be started with it.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { CdsvaeError } from '../../errors.js';
import { STOPPED, type StopSignal } from './failure.js';

/** In the environment of the process that computes. */
export const SUPERVISED = 'CDSVAE_SUPERVISED';

const SIGNALS = Object.keys(STOPPED) as StopSignal[];

/** npm passes on a Ctrl-C that the terminal has sent to every process already: the same one again within this time, in ms. */
const ECHO = 250;

/** A signal, and when it came. */
interface Heard {
  readonly signal: StopSignal;
  readonly at: number;
}

/** Whether a signal is npm's echo of the first. */
function isEcho(signal: StopSignal, first: Heard, env: Record<string, string | undefined>): boolean {
  return env.npm_lifecycle_event !== undefined && signal === first.signal && performance.now() - first.at < ECHO;
}

/** What is sent to the process that computes. */
interface StopMessage {
  readonly stop: StopSignal;
}

/**
 * Runs this very command in a process of its own and watches over it.
 *
 * - The first SIGINT, SIGTERM or SIGHUP asks it to finish its step and save; a second one kills it and ends this process too.
 * - Its exit code is passed on; where a signal killed it, 128 + the signal's number.
 *
 * @param args as in `process.argv`, without the executable
 * @returns the exit code
 * @throws CdsvaeError `runtime` where the process cannot be started
 */
export function supervise(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, ...args], {
      env: { ...env, ...tunables(env), [SUPERVISED]: '1' },
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    });
    let first: Heard | undefined;
    const onSignal = (signal: StopSignal) => {
      if (first === undefined) {
        first = { signal, at: performance.now() };
        // One that has just ended cannot be told, and its exit is on the way.
        if (child.connected) child.send({ stop: signal } satisfies StopMessage, () => {});
        return;
      }
      if (isEcho(signal, first, env)) return;
      child.kill('SIGKILL');
      process.exit(STOPPED[signal]);
    };
    const end = () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
    child.on('error', (cause) => {
      if (child.pid !== undefined) return;
      end();
      reject(new CdsvaeError('runtime', `no process could be started: ${cause.message}`, { cause }));
    });
    child.on('exit', (code, signal) => {
      end();
      if (signal === null) return resolve(code ?? 1);
      // Ctrl-C in its first moments, before it listens, ends it as it ends any program.
      if (signal !== first?.signal) {
        const memory = signal === 'SIGKILL' ? '; if memory ran out, try a smaller --batch' : '';
        process.stderr.write(
          `error: the training process was ended by ${signal}${memory}. Go on from the last checkpoint with --resume.\n`,
        );
      }
      resolve(128 + constants.signals[signal]);
    });
  });
}

/** A request to stop, as the process that computes sees it. */
export interface StopRequest {
  /** Aborted by the first request. */
  readonly abort: AbortSignal;
  /** What asked for it; undefined while nothing has. */
  readonly by: () => StopSignal | undefined;
  /** Listens no more, so that the process can end. */
  readonly close: () => void;
}

/**
 * Listens for the supervisor's word to stop. Signals themselves are ignored, since a terminal sends them to both processes; a
 * supervisor that is gone counts as SIGTERM. Without a supervisor signals are heard directly, between two steps, and a second one
 * ends the process.
 *
 * @param onStop told once
 */
export function stopRequest(
  onStop: (signal: StopSignal) => void = () => {},
  env: Record<string, string | undefined> = process.env,
): StopRequest {
  const controller = new AbortController();
  let by: StopSignal | undefined;
  const stop = (signal: StopSignal) => {
    if (by !== undefined) return;
    by = signal;
    controller.abort();
    onStop(signal);
  };
  // `connected` is undefined in a process that never had a channel, false once the other end has gone.
  if (env[SUPERVISED] === undefined || process.connected === undefined) {
    let first: Heard | undefined;
    const onSignal = (signal: StopSignal) => {
      if (first !== undefined && !isEcho(signal, first, env)) process.exit(STOPPED[signal]);
      first ??= { signal, at: performance.now() };
      stop(signal);
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
    return {
      abort: controller.signal,
      by: () => by,
      close: () => {
        for (const signal of SIGNALS) process.off(signal, onSignal);
      },
    };
  }
  const onMessage = (message: unknown) => {
    const signal = (message as Partial<StopMessage> | null)?.stop;
    if (signal !== undefined && signal in STOPPED) stop(signal);
  };
  const onDisconnect = () => stop('SIGTERM');
  for (const signal of SIGNALS) process.on(signal, ignore);
  process.on('message', onMessage);
  process.on('disconnect', onDisconnect);
  // Listening alone must not keep the process from ending.
  process.channel?.unref();
  if (!process.connected) onDisconnect();
  return {
    abort: controller.signal,
    by: () => by,
    // Signals stay ignored to the end: one that comes while results are written would lose them.
    close: () => {
      process.off('message', onMessage);
      process.off('disconnect', onDisconnect);
    },
  };
}

function ignore(): void {}

/**
 * Huge pages for what glibc allocates: the engine's large buffers then cost a fraction of the page faults, which makes training
 * 10 to 20 % faster. What the user has set stays.
 */
export function tunables(
  env: Record<string, string | undefined>,
  platform: string = process.platform,
): Record<string, string> {
  if (platform !== 'linux') return {};
  const set = env.GLIBC_TUNABLES ?? '';
  if (/(^|:)glibc\.malloc\.hugetlb=/.test(set)) return {};
  return { GLIBC_TUNABLES: [...(set === '' ? [] : [set]), 'glibc.malloc.hugetlb=1'].join(':') };
}
