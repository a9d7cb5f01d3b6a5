import { realpathSync } from 'node:fs';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';
import { Command } from 'commander';
import type { OwnReport } from '../../data/own-folder.js';
import { CdsvaeError } from '../../errors.js';
import { checkWritable, makeFolder } from '../../formats/durable.js';
import { nameOf } from '../file-name.js';
import { numberFlag } from '../terminal/flags.js';
import { formatCount } from '../terminal/format.js';
import type { CommonFlags, Io } from '../terminal/io.js';
import { describeReport, describeUnderstood } from './clips.js';
import { type Making, making } from './making.js';
import { describeSpeech } from './speech.js';
import { describeDataset, splitSizes, unlabelled } from './understood.js';

interface InspectFlags extends CommonFlags {
  readonly out?: string;
  readonly rows?: number;
}

/** `cdsvae data inspect DIR`: says what a dataset is, and draws a contact sheet of it. */
export function inspectCommand(io: Io): Command {
  return new Command('inspect')
    .description(
      'Says what a data set is, preparing a folder of clips or recordings first, and writes a contact sheet.',
    )
    .argument('<data>', '"sm-mnist", a dataset folder, or a folder of clips or recordings')
    .option(
      '--out <png>',
      'contact sheet to be written (default: NAME.png here, or in the cache of DATA where this is the folder of clips)',
    )
    .option('--rows <n>', 'sequences on the sheet (default: 12)', numberFlag('--rows', { min: 1, max: 100 }))
    .option('--json', 'the result as one line of JSON')
    .option('--quiet', 'no progress')
    .action((source: string, flags: InspectFlags) =>
      making(io, flags, { phase: 'inspect', kept: 'run it again to go on from there' }, async (work) => {
        const [{ cacheOf, isClipFolder }, { openDataset }, { datasetSheet }, { writePng }, { frameShape }] =
          await Promise.all([
            import('../../data/clips/cache.js'),
            import('../../data/open.js'),
            import('../../generate/dataset-sheet.js'),
            import('../../picture/png.js'),
            import('../../train/experiment.js'),
          ]);
        // Before all the work, not after it.
        if (flags.out !== undefined) {
          if (!/\.png$/i.test(flags.out))
            throw new CdsvaeError('usage', `${flags.out}: ending "${extname(flags.out)}" found; .png expected`);
          checkWritable(flags.out, 'file');
        }
        const own = isClipFolder(source);
        const prepared = own ? await prepareFolder(source, work) : undefined;
        const data = openDataset(source);
        try {
          const { name } = data.info;
          // A picture among the clips would be taken for one of them.
          const place = own && isWithin(process.cwd(), source) ? cacheOf(source) : '';
          const path = flags.out ?? join(place, `${nameOf([name])}-sheet.png`);
          makeFolder(dirname(resolve(path)));
          await writePng(path, datasetSheet(data, flags.rows ?? 12));
          const splits = splitSizes(data);
          const without = unlabelled(data);
          const refusal = refusalOf(() => frameShape(data.info));
          return {
            result: {
              info: data.info,
              splits,
              sheet: path,
              ...(without.length > 0 && { unlabelled: without }),
              ...(refusal !== undefined && { refusal }),
              ...(prepared && resultOf(prepared)),
            },
            lines: [
              ...(prepared?.of === 'clips'
                ? describeReport(prepared.report, work.seconds())
                : describeDataset(data.info, splits)),
              ...(prepared?.of === 'recordings' ? describeSpeech(prepared.report, work.seconds()) : []),
              ...describeClasses(data.info.factors),
              ...(without.length === 0
                ? []
                : [`Labels     none of ${without.join(', ')} found; labels.npy holds them`]),
              ...(refusal === undefined ? [] : [`Training   not on these frames: ${refusal}`]),
              `Sheet      ${path}`,
            ],
          };
        } finally {
          data.close();
        }
      }),
    );
}

/** Whether a folder is another, or is in it. */
function isWithin(folder: string, other: string): boolean {
  const path = relative(realpathSync(other), realpathSync(folder));
  return path !== '..' && !path.startsWith(`..${sep}`);
}

/** Why something cannot be done, in the words of its error; undefined where it can. */
function refusalOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof CdsvaeError) return error.message;
    throw error;
  }
}

/** Prepares a folder of the user's own, saying what was understood before it is read. */
async function prepareFolder(folder: string, { signal, onProgress, progress }: Making): Promise<OwnReport> {
  const { prepareOwn } = await import('../../data/own-folder.js');
  return prepareOwn(folder, {
    signal,
    onProgress,
    onUnderstood: (understood) => {
      for (const line of describeUnderstood(understood)) progress?.note(line);
    },
  });
}

/** What a machine is told of the folder that was prepared. */
function resultOf({ of, report }: OwnReport): object {
  const { folder } = report;
  return of === 'clips' ? { folder, skipped: report.skipped } : { folder, tooShort: report.tooShort, bad: report.bad };
}

function describeClasses(factors: readonly { name: string; classes: readonly string[] }[]): string[] {
  return factors.map(({ name, classes }) => {
    const more = classes.length > 12 ? ` … (${formatCount(classes.length)})` : '';
    return `Classes    ${name}: ${classes.slice(0, 12).join(', ')}${more}`;
  });
}
