/** Where the time of a step goes, into docs/performance.md: `npm run bench:profile`, about a minute. */
import { isolated } from '../dist/bench/isolated.js';
import { profileMarkdown } from '../dist/bench/profile-table.js';
import { stepCase } from '../dist/bench/step-case.js';
import { tunables } from '../dist/cli/terminal/supervise.js';
import { writeSection } from './document.js';

const env = tunables(process.env);
const cases = [64, 16].map((width) => stepCase({ width }));
const rates = await isolated({ do: 'machine', threads: cases[0].threads }, env);
const giga = (n) => (n / 1e9).toFixed(0);
const lines = [
  `Floors: products at ${giga(rates.matmul)} GFLOP/s, bytes at ${giga(Math.max(rates.streamSmall, rates.streamLarge))} GB/s, ` +
    'both measured through the engine. The profile itself costs time at every node; "between nodes" has most of it.',
];
for (const c of cases) lines.push('', ...profileMarkdown(await isolated({ do: 'profile', case: c }, env), rates));
writeSection('profile', lines);
