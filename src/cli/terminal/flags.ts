import { Option } from 'commander';
import { CdsvaeError } from '../../errors.js';

/** Bounds of a number; a whole one unless said otherwise. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly fraction?: boolean;
}

/**
 * A parser of the number that a flag is given.
 *
 * @param flag its name, for errors
 *
 * @example
 * command.option('--batch <n>', 'sequences in a step', numberFlag('--batch', { min: 2, max: 4096 }));
 */
export function numberFlag(flag: string, { min, max, fraction = false }: Bounds): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!(fraction || Number.isInteger(value)) || !(value >= min && value <= max)) {
      const kind = fraction ? 'a number' : 'a whole number';
      throw new CdsvaeError('usage', `${flag}: "${text}" found; ${kind} from ${min} to ${max} expected`);
    }
    return value;
  };
}

/** For a flag that may be given several times: its values in order. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** For a flag that is given a list, such as `16,64`: a parser of its numbers. */
export function numbersFlag(flag: string, bounds: Bounds): (text: string) => number[] {
  const one = numberFlag(flag, bounds);
  return (text) => text.split(',').map(one);
}

/** `--seed`, of what draws random numbers. */
export function seedFlag(): Option {
  const parse = numberFlag('--seed', { min: 0, max: Number.MAX_SAFE_INTEGER });
  return new Option('--seed <s>', 'fixes every random number (default: 0)').argParser(parse);
}

/** `--threads`, of what the engine computes. */
export function threadsFlag(): Option {
  const parse = numberFlag('--threads', { min: 1, max: 256 });
  return new Option('--threads <n>', 'threads of the engine (default: the number of cores)').argParser(parse);
}
