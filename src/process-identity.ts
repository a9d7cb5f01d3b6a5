import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

/** A process, so that it is told from a later one of the same number. What files say of who is writing. */
export const ProcessIdentity = z.object({
  pid: z.int().positive(),
  /** When the process began, in clock ticks since the machine started; Linux only. */
  started: z.string().nullable(),
  /** Which start of the machine; Linux only. */
  boot: z.string().nullable(),
  host: z.string(),
});
export type ProcessIdentity = z.infer<typeof ProcessIdentity>;

/** The process that runs this. */
export function thisProcess(): ProcessIdentity {
  return {
    pid: process.pid,
    started: processStatus(process.pid)?.started ?? null,
    boot: bootId(),
    host: hostname(),
  };
}

/** Whether both are one process. */
export function isSame(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.pid === b.pid && a.started === b.started && a.boot === b.boot && a.host === b.host;
}

/** Whether the process may still run; where it cannot be known (another machine), it may. */
export function isAlive({ pid, started, boot, host }: ProcessIdentity): boolean {
  if (host !== hostname()) return true;
  const now = bootId();
  if (boot !== null && now !== null && boot !== now) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists and is another user's.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
  }
  const status = processStatus(pid);
  if (status === undefined) return true;
  return !status.ended && (started === null || status.started === started);
}

/** From /proc/PID/stat (man 5 proc); undefined where there is none. */
function processStatus(pid: number): { ended: boolean; started: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Field 2 is the program's name in brackets and may hold anything, brackets too: count from the last one.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { ended: state === 'Z' || state === 'X', started: rest[18]! };
  } catch {
    return undefined;
  }
}

function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}
