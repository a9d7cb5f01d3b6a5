import { runProgram } from '../../src/cli/program.js';

/** Runs a command line in this process: what it wrote, and its exit code. */
export async function cdsvaeHere(...args: readonly string[]) {
  let [stdout, stderr] = ['', ''];
  const code = await runProgram(args, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: {},
    args: [],
  });
  return { code, stdout, stderr };
}
