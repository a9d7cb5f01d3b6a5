import { fork } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { CdsvaeError, type ErrorCode } from '../errors.js';
import type { Answer, Task, TaskResults } from './child.js';

const CHILD = fileURLToPath(new URL('child.js', import.meta.url));

/**
 * Does a task in a process of its own, so that its memory is its own and nothing done before is in its caches.
 *
 * @param env added to the environment
 * @throws what the task throws; CdsvaeError `runtime` where the process is ended, by a lack of memory for example
 */
export function isolated<K extends keyof TaskResults>(
  task: Task & { readonly do: K },
  env: Readonly<Record<string, string>> = {},
): Promise<TaskResults[K]> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, [JSON.stringify(task)], { env: { ...process.env, ...env } });
    let answer: Answer | undefined;
    child.on('message', (message) => {
      answer = message as Answer;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (answer === undefined) {
        const how = signal ? `${signal} (${constants.signals[signal]})` : `exit code ${code}`;
        const memory = signal === 'SIGKILL' ? '; it may have run out of memory' : '';
        reject(new CdsvaeError('runtime', `the process that measures was ended by ${how}${memory}`));
      } else if ('error' in answer) reject(new CdsvaeError(answer.error.code as ErrorCode, answer.error.message));
      else resolve(answer.result as TaskResults[K]);
    });
  });
}
