import { Command } from 'commander';
import { formatValue } from '../format-value.js';
import { type CommonFlags, type Io, writeResult } from './terminal/io.js';

interface MeasureFlags extends CommonFlags {
  readonly labels?: string;
  readonly factor?: string;
}

const LABELS = 'classes [N], or [N, factors] such as encode writes; −1 where unknown';
const FACTOR =
  'which factor of several: its name, where sequences.json or dataset.json beside it has names, or number, from 0';

/** `cdsvae measure …`: the measures of `cdsvae evaluate` on arrays from anywhere. */
export function measureCommand(io: Io): Command {
  const measure = new Command('measure').description('Measures arrays from anywhere, given as .npy files.');
  measure
    .command('probabilities')
    .description('Inception score, H(y|x), H(y), and with labels the accuracy, of predictions.')
    .argument('<p.npy>', 'probabilities [N, classes]')
    .option('--labels <y.npy>', LABELS)
    .option('--factor <name>', FACTOR)
    .option('--json', 'the result as one line of JSON')
    .option('--quiet', 'no progress')
    .action(async (path: string, flags: MeasureFlags) => {
      const { measureProbabilities } = await import('../evaluate/measure.js');
      write(io, flags, measureProbabilities(path, flags.labels, flags.factor));
    });
  measure
    .command('vectors')
    .description(
      'Equal error rate of same-label verification by the cosine, and accuracy of a linear probe, of vectors such as s.',
    )
    .argument('<v.npy>', 'vectors [N, d]; trajectories [N, T, d] count as one vector each')
    .requiredOption('--labels <y.npy>', LABELS)
    .option('--factor <name>', FACTOR)
    .option('--json', 'the result as one line of JSON')
    .option('--quiet', 'no progress')
    .action(async (path: string, flags: MeasureFlags & { readonly labels: string }) => {
      const { measureVectors } = await import('../evaluate/measure.js');
      write(io, flags, await measureVectors(path, flags.labels, flags.factor));
    });
  measure
    .command('scores')
    .description('Equal error rate of a verification by its scores.')
    .argument('<genuine.npy>', 'scores of trials to be accepted')
    .argument('<impostor.npy>', 'scores of trials to be rejected')
    .option('--json', 'the result as one line of JSON')
    .option('--quiet', 'no progress')
    .action(async (genuine: string, impostor: string, flags: CommonFlags) => {
      const { measureScores } = await import('../evaluate/measure.js');
      write(io, flags, measureScores(genuine, impostor));
    });
  return measure;
}

function write(io: Io, flags: CommonFlags, found: Record<string, number>): void {
  const width = Math.max(...Object.keys(found).map((name) => name.length));
  const lines = Object.entries(found).map(([name, value]) => `${name.padEnd(width)}  ${formatValue(value)}`);
  writeResult(io, flags, found, lines);
}
