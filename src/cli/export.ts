import { Command } from 'commander';
import { counted } from '../counted.js';
import { CdsvaeError } from '../errors.js';
import type { ExportSource } from '../train/export-run.js';
import { RUN_HELP, resolveRun } from './run-argument.js';
import { formatCount } from './terminal/format.js';
import { type CommonFlags, type Io, writeResult } from './terminal/io.js';

interface ExportFlags extends CommonFlags {
  readonly out: string;
  readonly checkpoint?: ExportSource;
  readonly half?: boolean;
  readonly data?: string;
}

/** `cdsvae export RUN --out DIR`: the model of a run as a folder of its own. */
export function exportCommand(io: Io): Command {
  return new Command('export')
    .description('Writes the model of a run as a folder for Node, the browser and PyTorch.')
    .argument('[run]', RUN_HELP)
    .requiredOption('--out <dir>', 'model folder to be made; an older one is replaced')
    .option(
      '--checkpoint <which>',
      'best, newest, or a step (default: the model at the end of the run)',
      whichCheckpoint,
    )
    .option('--half', 'weights alone, in half precision: a quarter of the size, for cdsvae in Node and the browser')
    .option('--data <dir>', 'where the data of the run are, if they have moved (for --checkpoint)')
    .option('--json', 'the result as one line of JSON')
    .option('--quiet', 'no progress')
    .action(async (run: string | undefined, flags: ExportFlags) => {
      const [{ exportRun }, { modelBehind }] = [
        await import('../train/export-run.js'),
        await import('../train/model-behind.js'),
      ];
      const { folder } = resolveRun(run);
      const report = await exportRun(folder, flags.out, flags.checkpoint ?? 'model', {
        half: flags.half === true,
        ...(flags.data !== undefined && { data: flags.data }),
      });
      const behind = flags.checkpoint === undefined ? modelBehind(folder, report.steps) : undefined;
      if (behind !== undefined) io.stderr.write(`warning: ${behind}\n`);
      const graphs = flags.half ? '' : 'encoder.onnx, decoder.onnx, prior.onnx, ';
      writeResult(io, flags, report, [
        `Exported  ${report.from}, the model after ${counted(report.steps, 'step', formatCount)}`,
        `Model     ${report.folder}: ${graphs}weights.safetensors, model.json`,
      ]);
    });
}

function whichCheckpoint(text: string): ExportSource {
  if (text === 'best' || text === 'newest') return text;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new CdsvaeError('usage', `--checkpoint: "${text}" found; best, newest or a step expected`);
}
