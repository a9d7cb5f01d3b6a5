import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MANIFEST_FIELDS } from '../src/data/manifest.js';
import { openDataset } from '../src/data/open.js';
import { encodeNpy } from '../src/formats/npy.js';

/** Runs the examples of README and docs/api.md, as they stand but for the minutes they train and the sequences they judge. */
const root = resolve(import.meta.dirname, '..');
const text = readFileSync(join(root, 'README.md'), 'utf8');
const blocksOf = (file: string, language: string) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, of]) => of === language)
    .map(([, , code]) => code!);
const of = (language: string) => blocksOf('README.md', language);
const ofPages = () => of('ts').filter((code) => code.includes("'cdsvae/browser'"));
const ofNode = () => [...of('ts').filter((code) => !ofPages().includes(code)), ...blocksOf('docs/api.md', 'ts')];
const short = (code: string) =>
  code
    .replace(/--minutes [\d.]+/g, (m) => (m === '--minutes 20' ? '--steps 3' : '--steps 2'))
    // Steps of whole clips too.
    .replace(/train sm-mnist /, '$&--set train.wholeFrom=1 ')
    .replace(/minutes: [\d.]+/g, 'steps: 2')
    .replace(/^npx cdsvae evaluate .*$/gm, '$& --sequences 40 --repeats 2');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdsvae-readme-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'cdsvae'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const sheets = resolve(root, '../shared/data/sprites-sheets');

test('shell examples', { timeout: 240_000 }, () => {
  const commands = of('sh').flatMap((code) =>
    short(code)
      .split('\n')
      .filter((line) => line !== ''),
  );
  expect(commands.length).toBeGreaterThanOrEqual(4);
  for (const command of commands) {
    expect(command).toMatch(/^npx cdsvae /);
    if (command.includes('sprites') && !existsSync(sheets)) {
      console.log(`not run, as ${sheets} is missing: ${command}`);
      continue;
    }
    const words = command.replace('npx cdsvae ', '').replace('sprites-sheets', sheets).split(' ');
    execFileSync(join(root, 'bin/cdsvae.js'), words, { cwd: folder, stdio: 'pipe' });
  }
  expect(existsSync(join(folder, 'runs/digits/model/encoder.onnx'))).toBe(true);
});

test('TypeScript examples are what the compiler takes, as strict as it can be', { timeout: 60_000 }, () => {
  expect(ofNode().length).toBeGreaterThanOrEqual(2);
  ofNode().forEach((code, i) => {
    writeFileSync(join(folder, `example-${i}.ts`), code);
  });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const tsc = (files: readonly string[], ...options: readonly string[]) => {
    const flags = ['--ignoreConfig', '--noEmit', '--strict', '--target', 'ES2022', '--lib', 'ES2022,DOM', ...options];
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), ...flags, ...files],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    );
    expect([status, stdout]).toEqual([0, '']);
  };
  // The types of Node are the user's to install, as of any library for it.
  const node = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types'), '--skipLibCheck'];
  tsc(
    ofNode().map((_, i) => `example-${i}.ts`),
    ...['--module', 'NodeNext', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes'],
    ...node,
  );
  // A page has none of them, and what is imported is checked too.
  const [page] = ofPages();
  writeFileSync(
    join(folder, 'page.ts'),
    `${page}import type { Model } from 'cdsvae/browser';\nawait (model satisfies Model)[Symbol.asyncDispose]();\n`,
  );
  tsc(['page.ts'], '--module', 'ESNext', '--moduleResolution', 'Bundler', '--types', '');
});

test('TypeScript examples run', { timeout: 120_000 }, () => {
  // They name no types, so that they are JavaScript as well.
  ofNode().forEach((code, i) => {
    writeFileSync(join(folder, `example-${i}.mjs`), short(code));
    execFileSync(process.execPath, [`example-${i}.mjs`], { cwd: folder, stdio: 'pipe' });
  });
  expect(existsSync(join(folder, 'runs/from-code/model/encoder.onnx'))).toBe(true);
});

test('the descriptions of datasets are all that their arrays need', () => {
  const described = [...of('json').flatMap((code) => code.trim().split('\n')), ...blocksOf('docs/data.md', 'json')];
  const names = described.map((json, i) => {
    const dataset = join(folder, `described-${i}`);
    mkdirSync(dataset);
    writeFileSync(join(dataset, 'dataset.json'), json);
    const video = JSON.parse(json).kind === 'video';
    const shape = video ? [1000, 2, 8, 8, 1] : [1000, 2, 3];
    const size = shape.reduce((a, b) => a * b);
    const values = video ? new Uint8Array(size) : new Float32Array(size);
    writeFileSync(join(dataset, 'sequences.npy'), encodeNpy(values, shape));
    const data = openDataset(dataset);
    data.close();
    return data.info.name;
  });
  expect(names).toEqual(['clips', 'series', 'clips', 'series']);
});

test('every field of a description is in docs/data.md', () => {
  const rows = readFileSync(join(root, 'docs/data.md'), 'utf8').match(/^\| `.*?\|/gm)!;
  const fields = rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map(([, field]) => field));
  expect(fields.sort()).toEqual([...MANIFEST_FIELDS].sort());
});

test('every name in the files of a run is in docs/files.md', () => {
  const [metrics, evaluation] = readFileSync(join(root, 'docs/files.md'), 'utf8').split('## evaluation.json');
  const lines = readFileSync(join(folder, 'runs/digits/metrics.jsonl'), 'utf8').trim().split('\n');
  const logged = new Set(lines.flatMap((line) => Object.keys(JSON.parse(line))));
  expect(logged).toContain('whole');
  for (const name of logged) expect(metrics).toContain(`\`${name}\``);
  const found = JSON.parse(readFileSync(join(root, 'pretrained/sm-mnist/evaluation.json'), 'utf8'));
  for (const name of Object.keys(found)) expect(evaluation).toContain(`\`${name}\``);
});

test('names of settings and data', () => {
  expect(openDataset('sm-mnist').info.frames).toBe(15);
  for (const [link, path, , anchor] of text.matchAll(/\]\(((src|test|docs)\/[^)#]*)#?([^)]*)\)/g)) {
    expect(existsSync(join(root, path!)), link).toBe(true);
    if (anchor)
      expect(readFileSync(join(root, path!), 'utf8').toLowerCase(), link).toContain(
        `# ${anchor.replaceAll('-', ' ')}\n`,
      );
  }
});
