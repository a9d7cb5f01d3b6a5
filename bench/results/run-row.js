/** One row: trained, or trained on from where it was stopped; evaluated; its result written when all of that is done. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasJudge } from '../../dist/evaluate/judge/folder.js';
import { writeAtomic } from '../../dist/formats/durable.js';
import { readRunSettings } from '../../dist/train/run-data.js';
import { machine } from '../document.js';
import { Commands } from './command.js';
import { FORMAT, writeResult } from './row-file.js';
import { lengthOf, nameOf, presetPart, VARIANTS } from './rows.js';

/**
 * @param row one of rows.js
 * @param where `runs`: a folder in which it works under the name of the row; `data` and `judge`: folders of the data set and of its
 *   judge, which is trained if it is not there; `results`: where the result is written
 * @param threads of the engine
 * @param note is kept with the result
 * @returns the file of the result
 * @throws Ended where a command ended without a result; called again, it goes on from there
 */
export async function runRow(row, where, threads, note) {
  const folder = join(where.runs, nameOf(row));
  const withThreads = ['--threads', String(threads)];
  mkdirSync(folder, { recursive: true });
  const commands = new Commands(join(folder, 'commands.json'));
  const run = join(folder, 'run');
  if (!hasJudge(where.judge)) await commands.run('judge', where.data, '--out', where.judge, ...withThreads);
  const trained = await train(row, where.runs, where.data, withThreads, commands);
  const evaluation = await commands.run('evaluate', run, '--judge', where.judge, ...withThreads);
  const settings = readRunSettings(run);
  const result = {
    format: FORMAT,
    row,
    commands: commands.list,
    trained: {
      batch: settings.train.batch,
      steps: trained.step,
      minutes: Number((trained.seconds / 60).toFixed(2)),
    },
    settings: presetPart(settings),
    machine: machine(),
    date: new Date().toISOString(),
    ...(note !== undefined && { note }),
    evaluation,
  };
  return writeResult(result, where.results);
}

/** The result of training, kept in a file once it is whole. */
async function train(row, runs, data, withThreads, commands) {
  const { objective, variant, batch, seed } = row;
  const [length, unit] = lengthOf(row);
  const until = [`--${unit}`, String(length)];
  const [run, file] = ['run', 'trained.json'].map((name) => join(runs, nameOf(row), name));
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const trained = existsSync(join(run, 'config.yaml'))
    ? await commands.run('train', '--out', run, '--resume', ...until)
    : await commands.run(
        ...['train', data, '--out', run, '--preset', 'compact', '--objective', objective],
        ...[...until, '--seed', String(seed), ...withThreads],
        ...(batch === null ? [] : ['--batch', String(batch)]),
        ...(variant === undefined ? [] : VARIANTS[variant].set.flatMap((setting) => ['--set', setting])),
      );
  writeAtomic(file, `${JSON.stringify(trained)}\n`);
  return trained;
}
