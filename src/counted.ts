/**
 * A number of things: `1 clip`, `2 clips`.
 *
 * @param noun of one; more of it end in an s
 * @param format how the number is written
 *
 * @example
 * counted(1234, 'sequence', formatCount); // 1,234 sequences
 */
export function counted(n: number, noun: string, format: (n: number) => string = String): string {
  return `${format(n)} ${noun}${n === 1 ? '' : 's'}`;
}
