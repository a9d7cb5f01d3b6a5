import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { CdsvaeError } from '../errors.js';
import { discard, type Files, namesIn, nodeFiles, writeFlushed, writeFully, writing } from '../formats/durable.js';
import { systemCode } from '../formats/system-errors.js';
import { isAlive, ProcessIdentity, thisProcess } from '../process-identity.js';

const LOCK = /^\.lock-(\d{1,9})$/;
const CLAIM = /^\.lock-claim-/;

/** Who holds a lock. */
const Holder = ProcessIdentity.extend({
  /** When the lock was taken, ISO 8601. */
  since: z.string(),
});
type Holder = z.infer<typeof Holder>;

/**
 * The right to write to a run folder: one process at a time.
 *
 * The lock is a file `.lock-N` that names its process. It appears by a hard link, which fails if the name is taken, so that
 * of several processes one wins. A lock whose process is gone is never replaced (between looking at a lock and removing it,
 * it could have become another's) but outnumbered: the next number is claimed in the same exclusive way, and only its owner
 * removes the old one. Should two processes still both have made a lock, each sees the other's when it looks again, and
 * withdraws: in that case, which needs several starts within a moment, both are refused rather than none.
 */
export class RunLock {
  readonly #path: string;
  readonly #files: Files;
  #held = true;

  private constructor(path: string, files: Files) {
    this.#path = path;
    this.#files = files;
  }

  /**
   * Takes the lock of a folder.
   *
   * @param folder an existing folder
   * @throws CdsvaeError `busy` where a living process holds it, `io` where the lock cannot be written
   */
  static acquire(folder: string, files: Files = nodeFiles): RunLock {
    for (;;) {
      const locks = locksIn(folder, files);
      for (const name of locks) refuseIfHeld(folder, name, files);
      const next = 1 + Math.max(0, ...locks.map((name) => Number(LOCK.exec(name)![1])));
      const path = join(folder, `.lock-${next}`);
      if (!claim(folder, path, files)) continue;
      const lock = new RunLock(path, files);
      try {
        const others = locksIn(folder, files).filter((name) => join(folder, name) !== path);
        for (const name of others) refuseIfHeld(folder, name, files);
        for (const name of others) discard(join(folder, name), files);
        for (const name of namesIn(folder, files)) if (CLAIM.test(name)) discard(join(folder, name), files);
      } catch (error) {
        discard(path, files);
        throw error;
      }
      return lock;
    }
  }

  /** Gives the lock back. Again, or where the file is gone, nothing happens. @throws CdsvaeError `io` */
  release(): void {
    if (!this.#held) return;
    writing(this.#path, () => this.#files.rmSync(this.#path, { force: true }));
    this.#held = false;
  }
}

/** Whether a name in a run folder is part of the lock. */
export function isLockName(name: string): boolean {
  return LOCK.test(name) || CLAIM.test(name);
}

/** Whether a living process holds the lock of a folder; for readers. */
export function isLocked(folder: string): boolean {
  return locksIn(folder, nodeFiles).some((name) => {
    try {
      const holder = parseHolder(nodeFiles.readFileSync(join(folder, name), 'utf8'));
      return holder !== undefined && isAlive(holder);
    } catch {
      // Given back since it was listed.
      return false;
    }
  });
}

function locksIn(folder: string, files: Files): string[] {
  return namesIn(folder, files).filter((name) => LOCK.test(name));
}

/** Makes the lock file if nobody else has; tells whether it did. */
function claim(folder: string, path: string, files: Files): boolean {
  const temporary = join(folder, `.lock-claim-${process.pid}-${randomUUID()}`);
  const content = Buffer.from(
    `${JSON.stringify({ ...thisProcess(), since: new Date().toISOString() } satisfies Holder)}\n`,
  );
  try {
    writeFlushed(temporary, [content], files);
    files.linkSync(temporary, path);
    return true;
  } catch (error) {
    const code = systemCode(error);
    // EEXIST: another was faster. ENOENT: the new owner has swept our claim away.
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    // File systems without hard links: exclusive creation, whose one flaw is a lock left empty by a crash in between.
    if (code === 'EPERM' || code === 'ENOSYS' || code === 'ENOTSUP' || code === 'EOPNOTSUPP') {
      return createExclusively(path, content, files);
    }
    return writing(path, () => {
      throw error;
    });
  } finally {
    discard(temporary, files);
  }
}

function createExclusively(path: string, content: Uint8Array, files: Files): boolean {
  return writing(path, () => {
    let fd: number;
    try {
      fd = files.openSync(path, 'wx');
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false;
      throw error;
    }
    try {
      writeFully(fd, content, { files });
      files.fsyncSync(fd);
    } catch (error) {
      // One that says nothing of who holds it would keep everybody out.
      discard(path, files);
      throw error;
    } finally {
      files.closeSync(fd);
    }
    return true;
  });
}

function refuseIfHeld(folder: string, name: string, files: Files): void {
  const path = join(folder, name);
  let text: string;
  try {
    text = files.readFileSync(path, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    // Given back since it was listed.
    if (code === 'ENOENT') return;
    text = '';
  }
  const holder = parseHolder(text);
  if (holder === undefined) {
    throw new CdsvaeError(
      'busy',
      `${folder}: locked by an unreadable ${name}; if no process uses this run, delete ${path}`,
    );
  }
  if (!isAlive(holder)) return;
  const away = holder.host !== hostname();
  const where = away ? ` on ${holder.host}` : '';
  const advice = away ? `if it no longer runs, delete ${path}` : 'wait for it to end, stop it, or use another folder';
  throw new CdsvaeError(
    'busy',
    `${folder}: process ${holder.pid}${where} has been writing to this run since ${holder.since}; ${advice}`,
  );
}

function parseHolder(text: string): Holder | undefined {
  try {
    return Holder.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
