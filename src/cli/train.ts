import { Command } from 'commander';
import { counted } from '../counted.js';
import { CdsvaeError } from '../errors.js';
import { formatValue } from '../format-value.js';
import { shellWord } from '../shell-word.js';
import type { TrainEvent } from '../train/loop.js';
import { checkResume } from '../train/resume-options.js';
import type { Settings } from '../train/settings.js';
import type { TrainOptions, TrainResult } from '../train/train.js';
import { describeReport, describeUnderstood } from './data/clips.js';
import { describeLeftOut, describeSpeech } from './data/speech.js';
import { describeFiles } from './data/understood.js';
import { clean } from './terminal/clean.js';
import { countProgress } from './terminal/count-progress.js';
import { STOPPED, Stopped } from './terminal/failure.js';
import { collect, numberFlag, seedFlag, threadsFlag } from './terminal/flags.js';
import { formatCount, formatDuration, formatRate } from './terminal/format.js';
import { type CommonFlags, type Io, writeResult } from './terminal/io.js';
import type { Progress } from './terminal/progress.js';
import { commandProgress } from './terminal/stoppable.js';
import { SUPERVISED, stopRequest, supervise } from './terminal/supervise.js';

interface TrainFlags extends CommonFlags {
  readonly data?: string;
  readonly out?: string;
  readonly preset?: string;
  readonly objective?: string;
  readonly set?: readonly string[];
  readonly batch?: number;
  readonly epochs?: number;
  readonly steps?: number;
  readonly minutes?: number;
  readonly checkpointEvery?: number;
  readonly seed?: number;
  readonly threads?: number;
  readonly resume?: boolean;
  readonly settings?: boolean;
}

/** `cdsvae train DATA`: trains a model, or goes on training one. */
export function trainCommand(io: Io, done: (exitCode: number) => void): Command {
  const length = { min: 1e-3, max: 1e6, fraction: true };
  return new Command('train')
    .description('Trains a model and leaves a run folder: settings, metrics, pictures, checkpoints, the model.')
    .argument('[data]', '"sm-mnist", a dataset folder, or a folder of clips or recordings; left out with --resume')
    .option('--data <data>', 'the same; with --resume, where the data of the run are now, if they have moved')
    .option('--out <run>', 'run folder (default: runs/NAME, or runs/NAME-2 and so on)')
    .option('--preset <name>', 'compact (a CPU in minutes) or paper (its sizes and weights) (default: compact)')
    .option('--objective <name>', 'cdsvae, dsvae, cdsvae-no-content, cdsvae-no-motion or cdsvae-mws (default: cdsvae)')
    .option('--set <key=value>', 'one setting by hand, such as objective.gamma=0; may be given again', collect)
    .option('--settings', 'print all settings that such a run would begin with, each described, and end')
    .option(
      '--batch <n>',
      'sequences in a step (default: by preset and data, as --settings prints)',
      numberFlag('--batch', { min: 2, max: 4096 }),
    )
    .option(
      '--steps <n>',
      'length of training, in all (default: by preset and data: compact 7 minutes, 40 of faces; paper 20,000 steps)',
      numberFlag('--steps', { min: 1, max: 1e9 }),
    )
    .option('--epochs <n>', 'length of training, in passes over the data in all', numberFlag('--epochs', length))
    .option('--minutes <m>', 'length of training, in all', numberFlag('--minutes', length))
    .option(
      '--checkpoint-every <steps>',
      'steps between checkpoints',
      numberFlag('--checkpoint-every', { min: 1, max: 1e9 }),
    )
    .addOption(seedFlag())
    .addOption(threadsFlag())
    .option(
      '--resume',
      'go on with the run in --out; its length, --set, --checkpoint-every, --threads and --data may be given anew',
    )
    .option('--json', 'the result as one line of JSON')
    .option('--quiet', 'no progress')
    .addHelpText('after', '\nCtrl-C finishes the step, saves and ends; a second one ends at once.\n')
    .action(async (argument: string | undefined, flags: TrainFlags) => {
      if (argument !== undefined && flags.data !== undefined)
        throw new CdsvaeError('usage', `"${argument}" and --data ${flags.data} are both the data; give one of them`);
      const data = argument ?? flags.data;
      if (flags.settings) {
        io.stdout.write(await describeSettings(data, flags));
        return done(0);
      }
      if (flags.resume) checkResume(flags);
      const supervised = io.env[SUPERVISED] !== undefined;
      done(supervised ? await runTraining(io, data, flags) : await supervise(io.args, io.env));
    });
}

/** The text that config.yaml would have, or its values as JSON. */
async function describeSettings(data: string | undefined, flags: TrainFlags): Promise<string> {
  if (flags.resume) {
    throw new CdsvaeError(
      'usage',
      '--settings are those of a new run; those of the run in --out stand in its config.yaml',
    );
  }
  const [{ plannedSettings }, { formatSettings }] = [
    await import('../train/prepare.js'),
    await import('../train/config-file.js'),
  ];
  const settings = plannedSettings(await trainOptions(data, flags));
  return flags.json
    ? `${JSON.stringify(settings)}\n`
    : formatSettings(settings, 'What a run would begin with. Change one by --set, such as --set objective.gamma=0');
}

/** What the library is told of a run. */
async function trainOptions(data: string | undefined, flags: TrainFlags): Promise<TrainOptions> {
  const { objectiveName, presetName } = await import('../train/presets.js');
  const { json: _, quiet: __, settings: ___, preset, objective, ...rest } = flags;
  return {
    ...rest,
    ...(data !== undefined && { data }),
    ...(preset !== undefined && { preset: presetName(preset) }),
    ...(objective !== undefined && { objective: objectiveName(objective) }),
  };
}

async function runTraining(io: Io, data: string | undefined, flags: TrainFlags): Promise<number> {
  const progress = commandProgress(io, flags);
  // Until the first word of the run itself: a folder of clips is looked through before anything is told of it.
  let preparing = !flags.resume;
  const request = stopRequest((signal) => {
    if (!preparing) progress?.note(`${signal}: finishing this step and saving; once more ends it at once`);
  });
  const show = watch(progress, io);
  try {
    // Only now: a wrong flag is told of before the engine is loaded.
    const [{ train }, { readRunSettings }] = [await import('../train/train.js'), await import('../train/run-data.js')];
    const result = await train({
      ...(await trainOptions(data, flags)),
      signal: request.abort,
      onEvent: (event) => {
        preparing = event.type === 'understood' || event.type === 'prepare';
        show(event);
      },
    });
    progress?.done();
    writeResult(io, flags, result, summary(result, readRunSettings(result.run)));
    const by = request.by();
    return by !== undefined && result.interrupted ? STOPPED[by] : 0;
  } catch (error) {
    progress?.done();
    const signal = request.by();
    if (preparing && signal !== undefined) {
      throw new Stopped(signal, `stopped by ${signal}; train again to go on from there`);
    }
    throw error;
  } finally {
    request.close();
  }
}

/** Shows what happens; without progress, what is not as it should be. */
function watch(progress: Progress | undefined, io: Io): (event: TrainEvent) => void {
  const onCount = countProgress(progress, 'prepare');
  const say = (lines: readonly string[]) => {
    for (const line of lines) progress?.note(line);
  };
  const warn = (lines: readonly string[]) => {
    for (const line of lines) if (!progress) io.stderr.write(`${clean(line)}\n`);
  };
  return (event) => {
    switch (event.type) {
      case 'understood':
        return say(describeUnderstood(event.understood));
      case 'prepare':
        return onCount(event.done, event.total, event.phase);
      case 'prepared': {
        const { prepared, seconds } = event;
        warn(
          prepared.of === 'clips'
            ? describeFiles('Skipped  ', prepared.report.skipped)
            : describeLeftOut('could not be read', prepared.report.bad),
        );
        say(
          prepared.of === 'clips' ? describeReport(prepared.report, seconds) : describeSpeech(prepared.report, seconds),
        );
        return progress?.done();
      }
      case 'note':
        if (event.warning) warn([`warning: ${event.text}`]);
        return say([event.text]);
      case 'progress':
        return progress?.update(event);
    }
  };
}

/** What was trained, how it went, what to look at, how to go on. */
function summary(r: TrainResult, settings: Settings): string[] {
  const { data, objective, preset } = settings;
  const out = shellWord(r.run);
  const loss = r.validation?.reconstruction ?? r.terms.reconstruction;
  const pace =
    r.stepsPerSecond > 0
      ? `, ${formatRate(r.stepsPerSecond, 'step')}, ${(100 * r.stepShare).toFixed(1)} % of the time in the step`
      : '';
  const lines: [string, string][] = [
    [
      r.interrupted ? 'Stopped' : pace === '' ? 'Finished before' : 'Trained',
      `${objective.name} on ${data}, preset ${preset}: ${counted(r.step, 'step', formatCount)} in ${formatDuration(r.seconds)}${pace}`,
    ],
  ];
  if (loss !== undefined) {
    const where = r.validation ? 'on validation sequences' : 'in the last step';
    const error =
      r.errorPerValue === undefined ? '' : `; mean squared error ${formatValue(r.errorPerValue)} of a value`;
    lines.push(['Reconstruction', `${formatValue(loss)} ${where}${error}`]);
  }
  if (r.sheet !== undefined) lines.push(['Contact sheet', r.sheet]);
  if (r.interrupted) lines.push(['Go on with', `cdsvae train --out ${out} --resume`]);
  else {
    lines.push(['Model', `${r.run}/model`]);
    lines.push(['Train longer', `cdsvae train --out ${out} --resume --steps ${2 * r.step}`]);
  }
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, text]) => `${name.padEnd(width)}  ${text}`);
}
