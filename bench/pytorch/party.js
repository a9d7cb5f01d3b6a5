import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * One side of the comparison: a process that answers requests, lines of JSON. Between requests it is stopped (SIGSTOP), so that
 * whatever its threads do while they wait costs the other side nothing.
 */
export class Party {
  #child;
  #lines;
  #errors = '';
  #atExit = () => this.end();

  constructor(command, args, env) {
    this.#child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      this.#errors = (this.#errors + text).slice(-2000);
    });
    // A process that is gone shows itself as one that does not answer.
    this.#child.stdin.on('error', () => {});
    this.#child.on('error', (error) => {
      this.#errors += error.message;
    });
    // A stopped process would never notice that this one has gone.
    process.on('exit', this.#atExit);
  }

  async ask(request) {
    this.#child.kill('SIGCONT');
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`a process ended before it answered:\n${this.#errors.trim()}`);
    this.#child.kill('SIGSTOP');
    return JSON.parse(value);
  }

  end() {
    process.off('exit', this.#atExit);
    this.#child.kill('SIGKILL');
  }
}
