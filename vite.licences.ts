/** Collects the licences of all packages that end in the studio's bundles, of its workers too, which Vite's own list leaves out. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** Folders of the packages met so far; one set for all bundles, as workers' are made before the page's. */
const packages = new Set<string>();

/** For every bundle: remembers what is in it. */
export function collectLicences(): Plugin {
  return {
    name: 'collect-licences',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        for (const id of Object.keys(chunk.modules)) {
          const [folder] =
            /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id.replaceAll('\\', '/').replace('\0', '')) ?? [];
          if (folder !== undefined) packages.add(folder);
        }
      }
    },
  };
}

/** For the last bundle: writes them all to a file beside it. */
export function writeLicences(fileName: string): Plugin {
  return {
    name: 'write-licences',
    enforce: 'post',
    generateBundle() {
      const source = ['What is bundled here, and under which licences.\n', ...[...packages].sort().map(licenceOf)].join(
        '\n',
      );
      this.emitFile({ type: 'asset', fileName, source });
    },
  };
}

function licenceOf(folder: string): string {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
  // Some packages have no file of it.
  const text = file ? readFileSync(join(folder, file), 'utf8') : `By ${author?.name ?? author ?? 'its authors'}.`;
  return `## ${name} ${version} (${license})\n\n${text.trim()}\n`;
}
