import { Command } from 'commander';
import { CdsvaeError } from '../errors.js';
import type { ExportSource } from '../train/export-run.js';
import { formatCount } from './terminal/format.js';
import { type CommonFlags, type Io, writeResult } from './terminal/io.js';

interface ExportFlags extends CommonFlags {
  readonly out: string;
  readonly checkpoint?: ExportSource;
}

/** `cdsvae export RUN --out DIR`: the model of a run as a folder of its own. */
export function exportCommand(io: Io): Command {
  return new Command('export')
    .description('Writes the model of a run as a folder for Node, the browser and PyTorch.')
    .argument('<run>', 'run folder, or a model folder to be copied')
    .requiredOption('--out <dir>', 'model folder to be made; an older one is replaced')
    .option(
      '--checkpoint <which>',
      'best, newest, or a step (default: the model at the end of the run)',
      whichCheckpoint,
    )
    .option('--json', 'the result as one line of JSON')
    .option('--quiet', 'no progress')
    .action(async (run: string, flags: ExportFlags) => {
      const { exportRun } = await import('../train/export-run.js');
      const report = await exportRun(run, flags.out, flags.checkpoint ?? 'model');
      writeResult(io, flags, report, [
        `Exported  ${report.from}, the model after ${formatCount(report.steps)} steps`,
        `Model     ${report.folder}: encoder.onnx, decoder.onnx, prior.onnx, weights.safetensors, model.json`,
      ]);
    });
}

function whichCheckpoint(text: string): ExportSource {
  if (text === 'best' || text === 'newest') return text;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new CdsvaeError('usage', `--checkpoint: "${text}" found; best, newest or a step expected`);
}
