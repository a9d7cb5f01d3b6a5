import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, requireDist } from './cli/dist.js';

/** No such module, export or name, and too few or too many arguments: what shows that the package has changed under a script. */
const OUTDATED = /error TS(2304|2305|2307|2551|2552|2554|2555|2613|2614|2724):/;

// No test runs them, as they take long.
test('scripts call what the package has, as it is called', { timeout: 120_000 }, () => {
  requireDist();
  const folder = mkdtempSync(join(tmpdir(), 'cdsvae-scripts-'));
  try {
    const config = join(folder, 'tsconfig.json');
    const loose = { allowJs: true, checkJs: true, strict: false, typeRoots: [join(ROOT, 'node_modules/@types')] };
    const include = ['bench/**/*.js', 'docs/*.js', 'pretrained/*.js'].map((files) => join(ROOT, files));
    writeFileSync(config, JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions: loose, include }));
    const { stdout } = spawnSync(
      process.execPath,
      [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', config, '--listFiles'],
      {
        encoding: 'utf8',
        cwd: ROOT,
        maxBuffer: 1 << 26,
      },
    );
    const lines = stdout.split('\n');
    expect(lines).toContain(join(ROOT, 'pretrained/make.js'));
    expect(lines.filter((line) => OUTDATED.test(line))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
