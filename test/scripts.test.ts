import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { ROOT, requireDist } from './cli/dist.js';

/** Scripts that no test runs, as they take long: what they import of the package must be there. */
const scripts = ['bench', 'docs', 'pretrained'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(folder, name)),
);

test.each(scripts)('%s imports what the package has', async (script) => {
  requireDist();
  const text = readFileSync(join(ROOT, script), 'utf8');
  const imports = [...text.matchAll(/^import \{([^}]*)\} from '(\.[^']*)';$/gm)];
  expect(text.match(/^import [^;]*from '\./gm)?.length ?? 0).toBe(imports.length);
  for (const [, names, from] of imports) {
    const path = resolve(ROOT, dirname(script), from!);
    const module = path.includes('/dist/') ? await import(pathToFileURL(path).href) : undefined;
    if (!module) continue;
    for (const name of names!.split(',').map((n) => n.trim().split(' as ')[0]!)) {
      if (name !== '') expect(module, `${script}: ${from}`).toHaveProperty(name);
    }
  }
});
