/**
 * Draws the pictures of docs/figures.md by the commands that stand above them.
 *
 *   npm run build && node docs/make-figures.js RUN
 *
 * RUN is a run of sm-mnist, or its model's folder.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const run = process.argv[2];
if (run === undefined) throw new Error('usage: node docs/make-figures.js RUN');

for (const section of readFileSync(here('figures.md'), 'utf8').split(/^## /m)) {
  const picture = /^!\[.*\]\((.*)\)$/m.exec(section)?.[1];
  const command = /^npx cdsvae (.*)$/m.exec(section)?.[1];
  if (picture === undefined || command === undefined) continue;
  const args = command.replace('runs/digits', run).split(' ');
  const begun = performance.now();
  execFileSync(process.execPath, [here('../dist/cli/main.js'), ...args, '--out', here(picture)]);
  console.log(`${picture}  ${((performance.now() - begun) / 1000).toFixed(1)} s  cdsvae ${command}`);
}
