/** Commands of cdsvae for a row: run, and noted with the commit they were run at, so that they are known whatever becomes of them. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { writeAtomic } from '../../dist/formats/durable.js';

const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist/cli/main.js');
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** The same signal within so many ms is npm's or the terminal's echo of the first. */
const ECHO = 250;
/** Errors of a command that did nothing. */
const REFUSED = ['usage', 'input', 'busy'];

/** A command ended without a result; `exit` is its exit code. */
export class Ended extends Error {
  constructor(command, exit) {
    super(`ended with ${exit}: ${command}`);
    this.exit = exit;
  }
}

/** The commit of the sources. @throws where they are not as committed: a result names what it was made by */
export function commit() {
  const git = (...args) => {
    const { status, stdout, stderr, error } = spawnSync('git', ['-C', ROOT, ...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${args[0]}: ${error?.message ?? stderr.trim()}`);
    return stdout.trim();
  };
  const changed = git('status', '--porcelain', '--', 'src', 'package-lock.json');
  if (changed !== '') throw new Error(`not committed, and results name the commit they were made by:\n${changed}`);
  return git('rev-parse', 'HEAD');
}

/** The commands of a row so far, kept in a file. */
export class Commands {
  #file;
  /** Each `{ command, commit, date, exit }`. */
  list;

  constructor(file) {
    this.#file = file;
    this.list = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
  }

  /**
   * Runs a command of cdsvae to its end; its progress goes to stderr. Signals are passed on to it.
   *
   * @returns its result, the line of JSON
   * @throws Ended where it ended without
   */
  async run(...args) {
    const command = ['cdsvae', ...args].map(quoted).join(' ');
    const entry = { command, commit: commit(), date: new Date().toISOString(), exit: null };
    this.list.push(entry);
    this.#keep();
    process.stderr.write(`${command}\n`);
    const { stdout, exit } = await ended([...args, '--json']);
    entry.exit = exit;
    const result = stdout === '' ? {} : JSON.parse(stdout);
    if (REFUSED.includes(result.error?.code)) this.list.pop();
    this.#keep();
    if (exit !== 0) throw new Ended(command, exit);
    return result;
  }

  #keep() {
    writeAtomic(this.#file, `${JSON.stringify(this.list, null, 1)}\n`);
  }
}

/**
 * In a process group of its own, so that a Ctrl-C reaches it once: from here. Should this process be killed outright, a training
 * goes on to its end, and is found there by the next.
 */
function ended(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    const last = {};
    const pass = (signal) => {
      const now = performance.now();
      if (now - (last[signal] ?? -ECHO) >= ECHO) child.kill(signal);
      last[signal] = now;
    };
    for (const signal of SIGNALS) process.on(signal, pass);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      for (const name of SIGNALS) process.off(name, pass);
      resolve({ stdout, exit: code ?? 128 + constants.signals[signal] });
    });
  });
}

function quoted(word) {
  return /^[\w./=:@,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
