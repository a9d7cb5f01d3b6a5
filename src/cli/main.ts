import { runProgram } from './program.js';
import { surviveStreams } from './terminal/io.js';

surviveStreams(process.stdout, process.stderr);
process.exitCode = await runProgram(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  args: process.argv.slice(1),
});
