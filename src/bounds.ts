import { CdsvaeError, nearest } from './errors.js';

/**
 * Refuses an option that is not a whole number in its bounds, before it makes an array of a strange length.
 *
 * @param name the option's, for the error
 * @param most as large as integers are exact where it is left out
 * @throws CdsvaeError `usage`
 *
 * @example
 * checkWhole('frames', frames, 1);
 */
export function checkWhole(name: string, value: number, least: number, most: number = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const bounds = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new CdsvaeError('usage', `${name} is ${value}; a whole number ${bounds} is expected`);
}

/**
 * Refuses an option that is no number in its bounds.
 *
 * @throws CdsvaeError `usage`
 */
export function checkRange(name: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw new CdsvaeError('usage', `${name} is ${value}; a number from ${least} to ${most} is expected`);
}

/**
 * Refuses an option that is none of a few words: misspelt, it would mean another of them.
 *
 * @throws CdsvaeError `usage`
 */
export function checkOneOf(name: string, value: unknown, words: readonly string[]): void {
  if (words.includes(value as string)) return;
  throw new CdsvaeError('usage', `${name} is ${JSON.stringify(value)}; ${nearest(String(value), words)}`);
}

/**
 * Refuses options by other names, as programs without types may give: misspelt, one would be as if it were not given.
 *
 * @param call whose options they are, for the error
 * @param known every option that there is
 * @throws CdsvaeError `usage`
 */
export function checkNames<T extends object>(call: string, options: T, known: Readonly<Record<keyof T, true>>): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue;
    throw new CdsvaeError('usage', `${call} has no option "${name}"; ${nearest(name, Object.keys(known))}`);
  }
}
