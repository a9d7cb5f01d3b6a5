import { runProgram } from './program.js';
import { surviveReader } from './terminal/io.js';

surviveReader(process.stdout);
surviveReader(process.stderr);
process.exitCode = await runProgram(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  args: process.argv.slice(1),
});
