import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

export const DOCS = join(import.meta.dirname, '../docs');
const FILE = join(DOCS, 'performance.md');

/**
 * Rewrites one section of docs/performance.md: all between `<!-- NAME -->` and `<!-- end NAME -->`.
 *
 * @param {string} name of the section, which is that of the command `npm run bench:NAME`
 * @param {readonly string[]} lines Markdown
 */
export function writeSection(name, lines) {
  const text = readFileSync(FILE, 'utf8');
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${FILE}: no ${begin} with ${end} after it`);
  const args = process.argv.slice(2).filter((arg) => arg !== '--write' && !name.includes(arg));
  const command = `npm run bench:${[name, ...(args.length > 0 ? ['--', ...args] : [])].join(' ')}`;
  const body = `${begin}\n\n${lines.join('\n')}\n\n*Made by \`${command}\` on ${machine()}, ${new Date().toISOString().slice(0, 10)}.*\n\n`;
  writeFileSync(FILE, text.slice(0, from) + body + text.slice(to));
  process.stdout.write(`${FILE}: "${name}" written\n`);
}

/** A Markdown table; the first column is text, the others are numbers. */
export function markdownTable(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)];
}

/** What a figure was measured on. */
export function machine() {
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  return `${cpus().length} cores (${cpus()[0].model.trim()}), ${gib} GiB, Node ${process.version}`;
}
