#!/usr/bin/env node
// Not in dist: npx makes a command executable once, and a build makes its files anew.
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  process.stderr.write('error: cdsvae has not been built here yet; run npm ci && npm run build, then this again\n');
  process.exitCode = 1;
}
