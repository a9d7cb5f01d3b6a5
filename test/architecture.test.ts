import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** What each part of `src` may import besides itself: only what stands above it, so there is no way round in a circle. */
const LEAVES = [
  'bounds.ts',
  'counted.ts',
  'errors.ts',
  'format-value.ts',
  'gib.ts',
  'random.ts',
  'process-identity.ts',
  'shell-word.ts',
  'thread-fault.ts',
  'turn.ts',
  'formats',
];
const MAY_IMPORT: Record<string, readonly string[]> = {
  'counted.ts': [],
  'errors.ts': [],
  'format-value.ts': [],
  'gib.ts': [],
  'bounds.ts': ['errors.ts'],
  'random.ts': ['errors.ts'],
  'process-identity.ts': [],
  'shell-word.ts': [],
  'thread-fault.ts': ['errors.ts'],
  'turn.ts': [],
  formats: ['errors.ts'],
  graph: LEAVES,
  runtime: [...LEAVES, 'graph'],
  nn: [...LEAVES, 'graph'],
  model: [...LEAVES, 'graph', 'nn'],
  objective: [...LEAVES, 'graph', 'nn', 'model'],
  augment: [...LEAVES, 'graph'],
  data: LEAVES,
  picture: LEAVES,
  trained: [...LEAVES, 'graph', 'runtime', 'nn', 'model', 'data'],
  generate: [...LEAVES, 'model', 'data', 'picture', 'trained'],
  train: [
    ...LEAVES,
    'graph',
    'runtime',
    'nn',
    'model',
    'objective',
    'augment',
    'data',
    'picture',
    'trained',
    'generate',
  ],
  evaluate: [...LEAVES, 'graph', 'runtime', 'nn', 'model', 'objective', 'data', 'trained', 'train'],
  bench: [...LEAVES, 'graph', 'runtime', 'nn', 'model', 'data', 'train'],
  'everywhere.ts': [...LEAVES, 'graph', 'runtime', 'model', 'data', 'picture', 'trained', 'generate'],
  'browser.ts': [...LEAVES, 'graph', 'runtime', 'trained', 'everywhere.ts'],
  studio: [...LEAVES, 'data', 'picture', 'trained', 'generate', 'train', 'evaluate', 'browser.ts'],
};
/** Parts that also run in the browser. */
const BROWSER = ['graph', 'nn', 'model', 'objective', 'augment'];
/** The packages they may use: those that know neither files nor processes. */
const BROWSER_PACKAGES = ['@bufbuild/protobuf', 'fastest-levenshtein', 'zod'];

interface Import {
  readonly file: string;
  readonly to: string;
}

/** Every `import … from`, `export … from`, bare `import` and `import()` of the sources. */
function importsOf(path: string): Import[] {
  const source = readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const statement =
    /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]|\brequire\(\s*['"]([^'"]+)['"]/g;
  return [...source.matchAll(statement)].map((m) => ({ file: relative(SRC, path), to: (m[1] ?? m[2] ?? m[3])! }));
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((f) => /\.tsx?$/.test(f));
const imports = files.flatMap((f) => importsOf(join(SRC, f)));
const partOf = (file: string) => file.split('/')[0]!;
const isLocal = (i: Import) => i.to.startsWith('.');
/** The file under `src` that a local import names. */
function target(i: Import): string {
  const named = relative(SRC, join(SRC, dirname(i.file), i.to));
  const stem = named.replace(/\.js$/, '');
  return [`${stem}.ts`, `${stem}.tsx`].find((f) => files.includes(f)) ?? named;
}
/** What stands on everything. */
const TOPS = ['cli', 'index.ts'];

describe('imports', () => {
  test('are found at all', () => {
    expect(files.length).toBeGreaterThan(20);
    expect(imports).toContainEqual({ file: 'runtime/onnx-runtime.ts', to: '../graph/index.js' });
    expect(imports).toContainEqual({ file: 'graph/onnx.ts', to: '@bufbuild/protobuf/wire' });
  });

  test('point one way', () => {
    const wrong = imports.filter((i) => {
      const [from, to] = [partOf(i.file), isLocal(i) ? partOf(target(i)) : undefined];
      const allowed = MAY_IMPORT[from];
      return allowed && to && to !== from && !allowed.includes(to);
    });
    expect(wrong).toEqual([]);
  });

  test('of the parts that run in the browser are local or packages that run there', () => {
    const wrong = imports.filter(
      (i) =>
        [...BROWSER, 'errors.ts', 'random.ts'].includes(partOf(i.file)) &&
        !isLocal(i) &&
        !BROWSER_PACKAGES.some((p) => i.to === p || i.to.startsWith(`${p}/`)),
    );
    expect(wrong).toEqual([]);
  });

  test('of the parts that run in the browser lead to no file that needs Node', () => {
    const reached = new Set<string>();
    const open = files.filter((f) => BROWSER.includes(partOf(f)));
    while (open.length > 0) {
      const file = open.pop()!;
      if (reached.has(file)) continue;
      reached.add(file);
      open.push(...imports.filter((i) => i.file === file && isLocal(i)).map(target));
    }
    const builtin = /^(node:|fs$|path$|os$|crypto$|worker_threads$|onnxruntime-node|sharp)/;
    expect(imports.filter((i) => reached.has(i.file) && builtin.test(i.to))).toEqual([]);
  });

  test('of onnxruntime-node are in the one file for it', () => {
    expect(imports.filter((i) => i.to === 'onnxruntime-node').map((i) => i.file)).toEqual(['runtime/node.ts']);
  });
});

test('the table names every part but the tops, and no other', () => {
  expect([...new Set(files.map(partOf))].sort()).toEqual([...Object.keys(MAY_IMPORT), ...TOPS].sort());
});

test('the table itself is in order: a part imports only parts above it', () => {
  const parts = Object.keys(MAY_IMPORT);
  for (const [part, above] of Object.entries(MAY_IMPORT)) {
    for (const other of above) expect(parts.indexOf(other), `${part} → ${other}`).toBeLessThan(parts.indexOf(part));
  }
});

test('the parts that run in the browser use none of Node’s globals', () => {
  const globals = /\b(process|Buffer|__dirname|__filename|require|setImmediate)\s*[.([]/;
  const wrong = files.filter((f) => {
    if (!BROWSER.includes(partOf(f))) return false;
    const code = readFileSync(join(SRC, f), 'utf8')
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .replace(/\/\/.*/g, '');
    return globals.test(code);
  });
  expect(wrong).toEqual([]);
});
