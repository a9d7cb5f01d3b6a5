import { existsSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { CdsvaeError } from '../errors.js';
import type { Curve } from '../picture/curves.js';
import type { MetricsLine } from '../train/metrics-log.js';
import { nameOf } from './file-name.js';
import { resolveRun } from './run-argument.js';
import { collect, numberFlag } from './terminal/flags.js';
import { type CommonFlags, type Io, writeResult } from './terminal/io.js';

interface CurvesFlags extends CommonFlags {
  readonly metric?: readonly string[];
  readonly smooth?: number;
  readonly log?: boolean;
  readonly title?: string;
  readonly out?: readonly string[];
}

/** `cdsvae curves RUN …`: what a run logged, over its steps. */
export function curvesCommand(io: Io): Command {
  return new Command('curves')
    .description('Plots what runs logged over their steps: losses, mutual information.')
    .argument('<runs...>', 'run folders; several share a plot')
    .option(
      '--metric <name>',
      'such as loss or mwsStaticData; may be given again (default: all, a plot for each kind)',
      collect,
    )
    .option(
      '--smooth <steps>',
      'steps averaged into one point (default: 1 in 200)',
      numberFlag('--smooth', { min: 1, max: 1e6 }),
    )
    .option('--log', 'a logarithmic vertical axis')
    .option('--title <text>', 'over the plot (default: by what is plotted)')
    .option('--out <file>', '.svg or .png; may be given again (default: a .svg in RUN/generated)', collect)
    .option('--json', 'the result as one line of JSON')
    .option('--quiet', 'no progress')
    .action((runs: string[], flags: CurvesFlags) => plot(io, runs, flags));
}

async function plot(io: Io, runs: readonly string[], flags: CurvesFlags): Promise<void> {
  if (runs.some((run) => resolveRun(run).pretrained)) {
    const why = 'the model that comes with the package has no curves, as its run is not part of it';
    throw new CdsvaeError('usage', `pretrained: ${why}; the folder of a run of your own expected`);
  }
  const files = flags.out ?? [join(runs[0]!, 'generated', `${usualName(runs, flags.metric ?? [])}.svg`)];
  for (const file of files) checkEnding(file);
  const { checkWritable, makeFolder, writeAtomic } = await import('../formats/durable.js');
  for (const file of files) checkWritable(file, 'file');
  const { readMetrics } = await import('../train/metrics-log.js');
  const { runPaths } = await import('../formats/run-paths.js');
  const missing = runs.find((run) => !existsSync(runPaths(run).metrics));
  if (missing !== undefined) {
    throw new CdsvaeError(
      'input',
      `${missing}: no metrics.jsonl found; the folder of a run that cdsvae train began is expected`,
    );
  }
  const logs = [...new Set(runs)].map((run) => ({ run, lines: readMetrics(runPaths(run).metrics) }));
  const last = Math.max(1, ...logs.flatMap(({ lines }) => lines.slice(-1).map((line) => line.step)));
  const smooth = flags.smooth ?? Math.max(1, Math.round(last / 200));
  const plots = await panels(logs, flags, smooth);
  const encoded = await Promise.all(files.map((file) => draw(file, plots, flags, smooth)));
  for (const [i, file] of files.entries()) {
    makeFolder(dirname(file));
    writeAtomic(file, encoded[i]!);
  }
  const curves = plots.flatMap((p) => p.curves.map((c) => c.name));
  writeResult(
    io,
    flags,
    { files, steps: last, smooth, curves },
    files.map((file) => `File  ${file}`),
  );
}

/** Tells a plot from those of other metrics, and of other runs beside the first. */
function usualName([, ...beside]: readonly string[], metrics: readonly string[]): string {
  return nameOf(['curves', ...beside.map((run) => basename(resolve(run))), ...metrics]);
}

interface Plot {
  readonly title: string;
  readonly curves: readonly Curve[];
}

interface Log {
  readonly run: string;
  readonly lines: readonly MetricsLine[];
}

/** A run's name in a legend: the path where another has the same name. */
function nameAmong(run: string, logs: readonly Log[]): string {
  const name = basename(resolve(run));
  return logs.filter((log) => basename(resolve(log.run)) === name).length > 1 ? run : name;
}

async function panels(logs: readonly Log[], { metric, title }: CurvesFlags, smooth: number): Promise<Plot[]> {
  const { CURVE_PANELS, loggedMetrics, metricName, runCurves } = await import('../train/run-curves.js');
  const curvesOf = ({ run, lines }: Log, metrics: readonly string[]) =>
    runCurves(lines, metrics, smooth).map((curve) => ({
      ...curve,
      name: logs.length === 1 ? curve.name : `${nameAmong(run, logs)}: ${curve.name}`,
    }));
  if (metric) {
    const once = [...new Set(metric)];
    return [{ title: title ?? once.map(metricName).join(', '), curves: logs.flatMap((log) => curvesOf(log, once)) }];
  }
  // A run that was stopped early has validated nothing yet.
  const known = logs.map((log) => ({ log, logged: new Set(loggedMetrics(log.lines)) }));
  const shown = CURVE_PANELS.map((panel) => ({
    title: panel.title,
    curves: known.flatMap(({ log, logged }) =>
      curvesOf(
        log,
        panel.metrics.filter((m) => logged.has(m)),
      ),
    ),
  })).filter((panel) => panel.curves.length > 0);
  // Of nothing at all the first says what is missing.
  if (shown.length === 0) curvesOf(logs[0]!, CURVE_PANELS[0]!.metrics);
  return shown.map((panel, i) => (i === 0 && title ? { ...panel, title: `${title}: ${panel.title}` } : panel));
}

/** Behind a PNG: no reader's page shows through. */
const GROUND = '#fbfaf7';

async function draw(file: string, plots: readonly Plot[], { log }: CurvesFlags, smooth: number): Promise<Uint8Array> {
  const { curvesSvg, stackSvg } = await import('../picture/curves.js');
  const png = extname(file).toLowerCase() === '.png';
  const xLabel = smooth === 1 ? 'step' : `step (means of ${smooth})`;
  const height = plots.length === 1 ? 400 : 260;
  const svgs = plots.map(({ title, curves }) =>
    curvesSvg(curves, { title, xLabel, height, log: log === true, strokes: png }),
  );
  const svg = Buffer.from(svgs.length === 1 ? svgs[0]! : stackSvg(svgs));
  if (!png) return svg;
  const { default: sharp } = await import('sharp');
  return sharp(svg, { density: 144 }).flatten({ background: GROUND }).png({ compressionLevel: 9 }).toBuffer();
}

function checkEnding(file: string): void {
  if (/\.(svg|png)$/i.test(file)) return;
  throw new CdsvaeError('usage', `${file}: ending "${extname(file)}" found; .svg or .png expected`);
}
