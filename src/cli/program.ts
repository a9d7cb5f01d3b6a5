import { Command, CommanderError } from 'commander';
import { CdsvaeError, nearest } from '../errors.js';
import { benchCommand } from './bench.js';
import { curvesCommand } from './curves.js';
import { dataCommand } from './data.js';
import { evaluateCommand } from './evaluate.js';
import { exportCommand } from './export.js';
import { decodeCommand } from './generate/decode.js';
import { encodeCommand } from './generate/encode.js';
import { interpolateCommand } from './generate/interpolate.js';
import { reconstructCommand } from './generate/reconstruct.js';
import { sampleCommand } from './generate/sample.js';
import { swapCommand } from './generate/swap.js';
import { judgeCommand } from './judge.js';
import { measureCommand } from './measure.js';
import { studioCommand } from './studio.js';
import { reportFailure } from './terminal/failure.js';
import type { Io } from './terminal/io.js';
import { version } from './terminal/version.js';
import { trainCommand } from './train.js';

/** Makes a command; its action calls `done` with an exit code that is not 0. */
export type CommandFactory = (io: Io, done: (exitCode: number) => void) => Command;

const COMMANDS: readonly CommandFactory[] = [
  trainCommand,
  dataCommand,
  judgeCommand,
  evaluateCommand,
  measureCommand,
  reconstructCommand,
  swapCommand,
  sampleCommand,
  interpolateCommand,
  encodeCommand,
  decodeCommand,
  curvesCommand,
  exportCommand,
  studioCommand,
  benchCommand,
];

const EXIT_HELP = `
Exit codes:
  0 done
  1 a fault of cdsvae or its engine
  2 wrong use: an unknown command, flag or value
  3 bad input, a run in use, or a file that cannot be written
  4 training diverged
  129, 130, 143 stopped by a signal (hang-up, Ctrl-C, termination); training saves first`;

/**
 * Runs a command line.
 *
 * @param args without executable and script
 * @returns the exit code, one of those that {@link EXIT_HELP} tells
 */
export async function runProgram(args: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  try {
    const program = buildProgram(io, (code) => {
      exitCode = code;
    });
    if (args.length === 0) {
      io.stderr.write(program.helpInformation());
      return 2;
    }
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return reportFailure(io, error, args.includes('--json'));
  }
}

function buildProgram(io: Io, done: (exitCode: number) => void): Command {
  const program = new Command('cdsvae')
    .description('Splits sequences into what stays and what moves, without labels (C-DSVAE).')
    .version(version())
    .addHelpText('after', `\nExample:\n  cdsvae train sm-mnist --minutes 5\n${EXIT_HELP}\n`);
  for (const make of COMMANDS) program.addCommand(make(io, done));
  prepare(program, io);
  return program;
}

/** Gives a command and those under it our errors, and our streams. */
function prepare(command: Command, io: Io): void {
  command
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: () => {},
    })
    .showSuggestionAfterError(false)
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : usage(command, error);
    });
  for (const sub of command.commands) prepare(sub, io);
}

/** What commander found wrong, with the nearest names that would have been right. */
function usage(command: Command, error: CommanderError): CdsvaeError {
  const message = error.message.replace(/^error: /, '');
  const name = /'(.*)'/.exec(message)?.[1] ?? '';
  const say = (text: string) => new CdsvaeError('usage', text, { cause: error });
  const path = pathOf(command);
  switch (error.code) {
    case 'commander.unknownOption': {
      const flags = command.options.flatMap((o) => (o.long ? [o.long] : []));
      const flag = name.replace(/=.*/s, '');
      return say(`${path} has no flag "${flag}"; ${nearest(flag, [...flags, '--help'])}`);
    }
    case 'commander.unknownCommand':
      return say(noCommand(command, name));
    case 'commander.help': {
      // Of `help NAME`, where NAME is no command; on its own, help is no error.
      const [verb, asked] = command.args;
      if (verb === 'help' && asked !== undefined) return say(noCommand(command, asked));
      return say(`${path} needs a command: ${namesOf(command).join(', ')}`);
    }
    case 'commander.excessArguments': {
      const extra = command.args.slice(command.registeredArguments.length);
      const set = extra.some((a) => a.includes('=')) ? '; each setting has a --set of its own' : '';
      return say(`${path}: "${extra.join(' ')}" is too much; ${usageLine(command)}${set}`);
    }
    default:
      return say(`${path}: ${message}; ${usageLine(command)}`);
  }
}

function noCommand(command: Command, name: string): string {
  return `no command "${pathOf(command)} ${name}"; ${nearest(name, namesOf(command))}`;
}

function namesOf(command: Command): string[] {
  return command.commands.map((c) => c.name());
}

function usageLine(command: Command): string {
  return `usage: ${pathOf(command)} ${command.usage()}`;
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
