import { Command } from 'commander';
import { Stopped } from './failure.js';
import { formatCount, formatDuration } from './format.js';
import { type CommonFlags, type Io, writeResult } from './io.js';
import { createProgress } from './progress.js';
import { stopRequest } from './supervise.js';

interface SpritesFlags extends CommonFlags {
  readonly out: string;
  readonly overwrite?: boolean;
}

/** `cdsvae data sprites FROM --out DIR`: makes a dataset folder. */
export function dataCommand(io: Io): Command {
  const sprites = new Command('sprites')
    .description("Makes the paper's Sprites data set from its sprite sheets.")
    .argument('<from>', 'folder of sprite sheets: body/, bottomwear/, topwear/, hair/, shoes/')
    .requiredOption('--out <dir>', 'dataset folder to be made, 1.15 GB')
    .option('--overwrite', 'replace a dataset folder that stands there')
    .option('--json', 'the result as one line of JSON')
    .option('--quiet', 'no progress')
    .action((from: string, flags: SpritesFlags) => makeSprites(io, from, flags));
  return new Command('data').description('Makes data sets.').addCommand(sprites);
}

async function makeSprites(io: Io, from: string, flags: SpritesFlags): Promise<void> {
  const { prepareSprites } = await import('../data/sprites.js');
  const progress = flags.quiet ? undefined : createProgress(io.stderr, { json: flags.json === true });
  const request = stopRequest();
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  try {
    const report = await prepareSprites({
      from,
      out: flags.out,
      overwrite: flags.overwrite === true,
      signal: request.abort,
      onProgress: (done, total) => {
        const rate = done / Math.max(1e-9, seconds());
        progress?.update({
          phase: 'sprites',
          step: done,
          steps: total,
          fraction: done / total,
          secondsElapsed: seconds(),
          secondsLeft: (total - done) / rate,
          stepsPerSecond: rate,
          // A character has nine motions.
          sequencesPerSecond: 9 * rate,
          terms: {},
        });
      },
    });
    progress?.done([]);
    const { train, validation, test } = report.splits;
    const digests = report.digests > 0 ? `; all ${report.digests} digests match` : '';
    writeResult(io, flags, { ...report, seconds: seconds() }, [
      `Sprites: ${formatCount(train)} sequences to train on, ${formatCount(validation)} to validate, ${formatCount(test)} to test`,
      `Folder:  ${report.folder} (made in ${formatDuration(seconds())}${digests})`,
      `Train:   cdsvae train ${flags.out}`,
    ]);
  } catch (error) {
    progress?.done([]);
    const signal = request.by();
    if (signal !== undefined) throw new Stopped(signal, `stopped by ${signal}; nothing was kept`);
    throw error;
  } finally {
    request.close();
  }
}
