import { createHash } from 'node:crypto';

/** Characters of a name; some take three bytes, and file systems hold 255. */
const LONGEST_NAME = 70;

/**
 * A file's name of words that may be paths: short, and without what a file system minds. Where that leaves something out, a few digits
 * tell it from other words that would have the same name.
 */
export function nameOf(words: readonly string[]): string {
  const files = words.map((word) => word.replace(/^.*[/\\]/, ''));
  const plain = files.map((file) => file.replace(/[^\p{L}\p{N}_.-]+/gu, '-')).join('-');
  const short = Array.from(plain).slice(0, LONGEST_NAME).join('');
  // The colon of test:0 always goes: nothing else is written so.
  const whole =
    words.every((word, i) => word === files[i]) && short === files.map((f) => f.replaceAll(':', '-')).join('-');
  if (whole) return short;
  return `${short}-${createHash('sha256').update(words.join('\0')).digest('hex').slice(0, 6)}`;
}
