import { existsSync, statSync } from 'node:fs';
import { Command } from 'commander';
import { counted } from '../counted.js';
import { CdsvaeError } from '../errors.js';
import { resolveRun } from './run-argument.js';
import { STOPPED, type StopSignal } from './terminal/failure.js';
import { numberFlag } from './terminal/flags.js';
import { formatCount } from './terminal/format.js';
import { type CommonFlags, type Io, writeResult } from './terminal/io.js';
import { stopRequest } from './terminal/supervise.js';
import { version } from './terminal/version.js';

const DEFAULT_RUNS = 'runs';

interface StudioFlags extends CommonFlags {
  readonly port: number;
  readonly export?: string;
  readonly data?: string;
}

/** `cdsvae studio [RUNS]`: the page, served or as files. */
export function studioCommand(io: Io, done: (exitCode: number) => void): Command {
  return new Command('studio')
    .description('Serves a web page to this machine: see runs learn, and play with what they learned.')
    .argument('[runs]', `a folder of runs, or one run, or "pretrained" (default: ${DEFAULT_RUNS})`)
    .option('--port <n>', 'port at 127.0.0.1; 0: any that is free', numberFlag('--port', { min: 0, max: 65535 }), 8765)
    .option('--data <data>', 'where the data of the one run are, if they have moved: a dataset folder')
    .option('--export <dir>', 'instead, write the page with one run in it as a web site for any host')
    .option('--json', 'the result as one line of JSON')
    .option('--quiet', 'no progress')
    .action(async (given: string | undefined, flags: StudioFlags) => {
      const shipped = given === 'pretrained' || (given === undefined && flags.export && !existsSync(DEFAULT_RUNS));
      const runs = shipped ? resolveRun('pretrained').folder : (given ?? DEFAULT_RUNS);
      // Only the usual folder may be missing: its first run is yet to come.
      if (given !== undefined && !existsSync(runs)) {
        throw new CdsvaeError('input', `${given}: not found; a folder of runs, or one run, expected`);
      }
      if (existsSync(runs) && !statSync(runs).isDirectory()) {
        throw new CdsvaeError('input', `${runs}: a file found; a folder of runs, or one run, expected`);
      }
      const studio = await import('../studio/index.js');
      if (flags.export !== undefined) {
        const result = await studio.exportStudio(runs, flags.export, { version: version(), data: flags.data });
        const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
        const { all, visit, model, runtime } = result.bytes;
        writeResult(io, flags, result, [
          `Exported  ${result.run}, the model after ${counted(result.steps, 'step', formatCount)}`,
          `Site      ${result.folder}: ${mb(all)}; a visit loads ${mb(visit)}, of which model ${mb(model)}, runtime ${mb(runtime)}`,
          'Host it   on any web server, under any path',
        ]);
        return;
      }
      const running = await studio.serveStudio(runs, { port: flags.port, version: version(), data: flags.data });
      writeResult(io, flags, { url: running.url }, [`Studio of ${runs}: ${running.url}`]);
      if (!flags.quiet) io.stderr.write('Ctrl-C ends it.\n');
      const signal = await new Promise<StopSignal>((resolve) => {
        const request = stopRequest((by) => {
          request.close();
          resolve(by);
        });
      });
      await running.close();
      // Ctrl-C is how a server is meant to end.
      done(signal === 'SIGINT' ? 0 : STOPPED[signal]);
    });
}
