import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, sep } from 'node:path';
import type { Files } from '../../src/formats/durable.js';

/** Where to crash: in memory where that can be, as some disks' file systems wait for the disk at a rename. */
export const CRASH_ROOT = fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Thrown where the process is killed; everything after throws it too, so no clean-up can take place. */
export class Killed extends Error {}

/**
 * How the process ends at a call:
 * - `before`, `after`: killed just before or after it took effect
 * - `torn`: killed when half the bytes were written, or half the files of a folder removed
 * - `bytes lost`: the power fails after it; of every file, what was not flushed is lost, names are kept
 * - `names lost`: as before, and what was not flushed of folders (new names, renames, removals) is undone
 */
export const ENDS = ['before', 'after', 'torn', 'bytes lost', 'names lost'] as const;
export type End = (typeof ENDS)[number];

/** A fault: the call with this number, from 1, ends the process or fails with a system error (`and later ones` too). */
export type Fault = { call: number } & ({ end: End } | { code: string; lasting: boolean });

interface NameChange {
  kind: 'made' | 'moved' | 'removed';
  path: string;
  /** Where it was moved from, or where the removed thing is kept. */
  other: string;
}

/** Calls that change something, which are the ones counted. */
const CHANGES = [
  'closeSync',
  'fsyncSync',
  'ftruncateSync',
  'linkSync',
  'mkdirSync',
  'openSync',
  'renameSync',
  'rmdirSync',
  'rmSync',
  'unlinkSync',
  'writeSync',
] as const;

/** The file system, which counts calls, can fail or end at any of them, and knows what a power cut would leave. */
export class CrashingFiles {
  /** Calls so far. */
  calls = 0;
  /** What the code under test is given. */
  readonly files: Files;
  #dead = false;
  readonly #open = new Map<number, string>();
  /** What is on disk for certain of each file touched. */
  readonly #flushed = new Map<string, Buffer>();
  #names: NameChange[] = [];
  readonly #trash = fs.mkdtempSync(join(CRASH_ROOT, 'cdsvae-trash-'));

  constructor(readonly fault?: Fault) {
    const files: Record<string, unknown> = {};
    for (const name of ['readdirSync', 'readFileSync', 'statSync'] as const) {
      files[name] = (...args: unknown[]) => {
        if (this.#dead) throw new Killed();
        return (fs[name] as (...args: unknown[]) => unknown)(...args);
      };
    }
    for (const name of CHANGES) files[name] = (...args: unknown[]) => this.#call(name, args);
    this.files = files as unknown as Files;
  }

  /** Closes what is open and forgets what was removed. */
  end(): void {
    for (const fd of this.#open.keys()) fs.closeSync(fd);
    this.#open.clear();
    fs.rmSync(this.#trash, { recursive: true, force: true });
  }

  #call(name: (typeof CHANGES)[number], args: unknown[]): unknown {
    if (this.#dead) throw new Killed();
    this.calls++;
    const { fault } = this;
    const due = fault !== undefined && this.calls === fault.call;
    if (fault && 'code' in fault && (due || (fault.lasting && this.calls > fault.call && name !== 'closeSync'))) {
      // A failed close closes all the same.
      if (name === 'closeSync') this.#do(name, args);
      throw Object.assign(new Error(`${fault.code}: ${name}`), { code: fault.code, syscall: name });
    }
    if (!due || !fault || 'code' in fault) return this.#do(name, args);
    if (fault.end === 'torn') this.#doHalf(name, args);
    else if (fault.end !== 'before') this.#do(name, args);
    this.#dead = true;
    if (fault.end === 'names lost') this.#loseNames();
    if (fault.end === 'bytes lost' || fault.end === 'names lost') this.#loseBytes();
    throw new Killed(`at call ${this.calls}, ${name}`);
  }

  #doHalf(name: string, args: unknown[]): void {
    if (name === 'writeSync') {
      const [fd, bytes, at = 0, length = (bytes as Uint8Array).length] = args as [number, Uint8Array, number?, number?];
      fs.writeSync(fd, bytes, at, Math.floor(length / 2));
    } else if (name === 'rmSync' && fs.statSync(args[0] as string, { throwIfNoEntry: false })?.isDirectory()) {
      const names = fs.readdirSync(args[0] as string);
      for (const n of names.slice(0, Math.ceil(names.length / 2))) fs.rmSync(join(args[0] as string, n));
    }
  }

  #do(name: (typeof CHANGES)[number], args: unknown[]): unknown {
    const [a, b] = args as [string, string];
    switch (name) {
      case 'openSync': {
        const existed = fs.existsSync(a);
        if (existed && b !== 'r' && !this.#flushed.has(a)) this.#flushed.set(a, fs.readFileSync(a));
        const fd = fs.openSync(a, b);
        this.#open.set(fd, a);
        if (!existed) {
          this.#flushed.set(a, Buffer.alloc(0));
          this.#names.push({ kind: 'made', path: a, other: '' });
        }
        return fd;
      }
      case 'closeSync':
        this.#open.delete(args[0] as number);
        return fs.closeSync(args[0] as number);
      case 'fsyncSync':
        // Not for real: the test models what is flushed, and a thousand real flushes take minutes.
        return this.#flush(this.#open.get(args[0] as number)!);
      case 'mkdirSync':
        fs.mkdirSync(a);
        this.#names.push({ kind: 'made', path: a, other: '' });
        return;
      case 'linkSync':
        fs.linkSync(a, b);
        this.#flushed.set(b, this.#flushed.get(a)!);
        this.#names.push({ kind: 'made', path: b, other: '' });
        return;
      case 'renameSync':
        return this.#rename(a, b);
      case 'rmSync':
      case 'unlinkSync':
      case 'rmdirSync':
        if (name === 'rmdirSync' && fs.readdirSync(a).length > 0) return fs.rmdirSync(a);
        if (fs.existsSync(a)) this.#remove(a);
        return;
      default:
        return (fs[name] as (...args: unknown[]) => unknown)(...args);
    }
  }

  #flush(path: string): void {
    if (!fs.statSync(path).isDirectory()) {
      this.#flushed.set(path, fs.readFileSync(path));
      return;
    }
    const kept: NameChange[] = [];
    for (const change of this.#names) {
      if (dirname(change.path) !== path) kept.push(change);
      // What was changed within a folder before its move was made durable is now lost under its new name.
      else if (change.kind === 'moved') for (const k of kept) k.path = moved(k.path, change.other, change.path);
    }
    this.#names = kept;
  }

  #rename(from: string, to: string): void {
    if (fs.existsSync(to) && fs.statSync(to).isFile()) this.#remove(to);
    fs.renameSync(from, to);
    this.#moveRecords(from, to);
    this.#names.push({ kind: 'moved', path: to, other: from });
  }

  #remove(path: string): void {
    const kept = join(this.#trash, `${this.calls}-${basename(path)}`);
    // Works within one file system, so tests use CRASH_ROOT.
    fs.renameSync(path, kept);
    this.#moveRecords(path, kept);
    this.#names.push({ kind: 'removed', path, other: kept });
  }

  #moveRecords(from: string, to: string): void {
    for (const [path, bytes] of [...this.#flushed]) {
      const next = moved(path, from, to);
      if (next === path) continue;
      this.#flushed.delete(path);
      this.#flushed.set(next, bytes);
    }
  }

  #loseNames(): void {
    for (const { kind, path, other } of this.#names.reverse()) {
      if (kind === 'made') fs.rmSync(path, { recursive: true, force: true });
      else if (fs.existsSync(kind === 'moved' ? path : other)) {
        const [from, to] = kind === 'moved' ? [path, other] : [other, path];
        fs.renameSync(from, to);
        this.#moveRecords(from, to);
      }
    }
  }

  #loseBytes(): void {
    for (const [path, bytes] of this.#flushed) if (fs.existsSync(path)) fs.writeFileSync(path, bytes);
  }
}

function moved(path: string, from: string, to: string): string {
  return path === from || path.startsWith(from + sep) ? to + path.slice(from.length) : path;
}
