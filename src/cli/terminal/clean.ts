/** Names in what is written come from arguments and files: nothing in them may steer the terminal. Lines stay lines. */
export function clean(text: string): string {
  return text.replace(/(?!\n)[\p{Cc}\p{Cf}]/gu, '');
}

/** As {@link clean}, of what is to be one line. */
export function cleanLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '');
}
