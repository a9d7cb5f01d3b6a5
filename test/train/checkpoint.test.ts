import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CdsvaeError } from '../../src/errors.js';
import { decodeSafetensors, type NamedTensor } from '../../src/formats/safetensors.js';
import {
  type Checkpoint,
  listCheckpoints,
  loadCheckpoint,
  loadNewest,
  pruneCheckpoints,
  recoverCheckpoints,
  saveCheckpoint,
} from '../../src/train/checkpoint.js';

let run: string;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'cdsvae-checkpoint-'));
});
afterEach(() => rmSync(run, { recursive: true, force: true }));

function checkpoint(step: number): Checkpoint {
  return {
    step,
    tensors: {
      weights: new Map<string, NamedTensor>([
        ['conv.weight', { shape: [2, 1], data: Float32Array.of(step, -0) }],
        ['bn.num_batches_tracked', { shape: [], data: BigInt64Array.of(BigInt(step)) }],
      ]),
      'adam-moments': new Map([['m', { shape: [1], data: Float64Array.of(1 / 3) }]]),
    },
    state: { best: 0.25, note: 'né', list: [1, null, true] },
    metricsBytes: 10 * step,
  };
}
const folder = (step: number) => join(run, 'checkpoints', `step-${step}`);

test('what is saved is loaded, bit for bit', () => {
  expect(saveCheckpoint(run, checkpoint(7))).toBe(folder(7));
  expect(readdirSync(folder(7)).sort()).toEqual([
    'adam-moments.safetensors',
    'manifest.json',
    'state.json',
    'weights.safetensors',
  ]);
  expect(loadCheckpoint(folder(7))).toEqual(checkpoint(7));
  const { tensors } = decodeSafetensors(readFileSync(join(folder(7), 'weights.safetensors')));
  expect([...tensors]).toEqual([...checkpoint(7).tensors.weights!]);
});

test('steps are ordered as numbers, and other names are left alone', () => {
  for (const step of [10, 9, 100, 0]) saveCheckpoint(run, checkpoint(step));
  for (const other of ['step-007', 'step-x', 'notes']) mkdirSync(join(run, 'checkpoints', other));
  expect(listCheckpoints(run).map(({ step }) => step)).toEqual([0, 9, 10, 100]);
  expect(loadNewest(run).checkpoint?.step).toBe(100);
  pruneCheckpoints(run, [9, 100, 12345]);
  recoverCheckpoints(run);
  expect(readdirSync(join(run, 'checkpoints')).sort()).toEqual(['notes', 'step-007', 'step-100', 'step-9', 'step-x']);
});

test('a run without checkpoints', () => {
  expect(loadNewest(run)).toEqual({ damaged: [] });
  expect(listCheckpoints(run)).toEqual([]);
  pruneCheckpoints(run, []);
  recoverCheckpoints(run);
});

test('saving a step again replaces it', () => {
  saveCheckpoint(run, checkpoint(3));
  saveCheckpoint(run, { ...checkpoint(3), state: 'new' });
  expect(loadCheckpoint(folder(3)).state).toBe('new');
  expect(readdirSync(join(run, 'checkpoints'))).toEqual(['step-3']);
});

test('a checkpoint that was about to be replaced counts, and is put back', () => {
  saveCheckpoint(run, checkpoint(2));
  saveCheckpoint(run, checkpoint(3));
  const aside = join(run, 'checkpoints', '.replaced-step-3');
  renameSync(folder(3), aside);
  expect(loadNewest(run).checkpoint).toEqual(checkpoint(3));
  recoverCheckpoints(run);
  expect(loadCheckpoint(folder(3))).toEqual(checkpoint(3));
  // Where the new one is in place already, the old one goes.
  cpSync(folder(3), aside, { recursive: true });
  recoverCheckpoints(run);
  expect(readdirSync(join(run, 'checkpoints')).sort()).toEqual(['step-2', 'step-3']);
});

test('leftovers of a crash are not checkpoints, and are cleared away', () => {
  saveCheckpoint(run, checkpoint(1));
  for (const name of ['.saving-step-2', '.removing-step-0']) {
    mkdirSync(join(run, 'checkpoints', name));
    writeFileSync(join(run, 'checkpoints', name, 'weights.safetensors'), 'half');
  }
  expect(listCheckpoints(run).map(({ step }) => step)).toEqual([1]);
  saveCheckpoint(run, checkpoint(2));
  expect(readdirSync(join(run, 'checkpoints')).sort()).toEqual(['step-1', 'step-2']);
});

test('a state that JSON cannot hold is refused before anything is written', () => {
  for (const bad of [Number.NaN, Infinity]) {
    expect(() => saveCheckpoint(run, { ...checkpoint(1), state: { best: bad } })).toThrow(
      `cannot hold ${bad} ("best")`,
    );
  }
  expect(existsSync(join(run, 'checkpoints'))).toBe(false);
});

describe('damage', () => {
  const edit = (file: string, change: (bytes: Buffer) => Uint8Array | string) => {
    const path = join(folder(2), file);
    writeFileSync(path, change(readFileSync(path)));
  };
  const editManifest = (from: string, to: string) => edit('manifest.json', (b) => b.toString().replace(from, to));
  const hash = '[0-9a-f]{64}';
  const cases: Record<string, [damage: () => void, says: RegExp]> = {
    'a file cut short': [
      () => edit('weights.safetensors', (b) => b.subarray(0, -1)),
      /weights\.safetensors: \d+ bytes found, \d+ expected; the file is cut short: copy it again$/,
    ],
    'an empty file': [() => edit('state.json', () => ''), /state\.json: 0 bytes found, \d+ expected/],
    'one bit of a tensor': [
      () => edit('weights.safetensors', (b) => b.with(b.length - 1, b.at(-1)! ^ 1)),
      new RegExp(`weights\\.safetensors: SHA-256 ${hash} found, ${hash} expected; copy it again, or make it again$`),
    ],
    'one bit of the state': [
      () => edit('state.json', (b) => b.with(20, b[20]! ^ 1)),
      new RegExp(`state\\.json: SHA-256 ${hash} found, ${hash} expected`),
    ],
    'a missing file': [
      () => rmSync(join(folder(2), 'adam-moments.safetensors')),
      /adam-moments\.safetensors: not found; check the path$/,
    ],
    'no manifest': [() => rmSync(join(folder(2), 'manifest.json')), /manifest\.json: not found/],
    'an empty manifest': [() => edit('manifest.json', () => ''), /manifest\.json: not JSON/],
    'a manifest cut short': [() => edit('manifest.json', (b) => b.subarray(0, 50)), /manifest\.json: not JSON/],
    'a manifest of another format': [
      () => editManifest('checkpoint 1', 'checkpoint 2'),
      /manifest\.json: format: "cdsvae checkpoint 2" found, "cdsvae checkpoint 1" expected$/,
    ],
    'the manifest of another step': [
      () => editManifest('"step": 2', '"step": 1'),
      /manifest\.json: step 1 found, 2 expected/,
    ],
    'a hash that is none': [
      () => editManifest('"sha256": "', '"sha256": "x'),
      /files\[0\]\.sha256: "x[0-9a-f]+… found, 64 hexadecimal digits expected/,
    ],
    'a name outside the folder': [
      () => editManifest('"weights', '"../../weights'),
      /files\[0\]\.name: "\.\.\/\.\.\/weights\.safetensors" found, a plain file name expected/,
    ],
    'a manifest without state': [
      () =>
        edit('manifest.json', (b) => {
          const manifest = JSON.parse(b.toString()) as { files: unknown[] };
          return JSON.stringify({ ...manifest, files: manifest.files.slice(0, 2) });
        }),
      /state\.json expected among its files/,
    ],
  };

  test.each(Object.entries(cases))('%s: reported, and the checkpoint before is taken', (_, [damage, says]) => {
    for (const step of [1, 2]) saveCheckpoint(run, checkpoint(step));
    damage();
    const newest = loadNewest(run);
    expect(newest.checkpoint).toEqual(checkpoint(1));
    expect(newest.damaged).toHaveLength(1);
    const { step, path, error } = newest.damaged[0]!;
    expect({ step, path }).toEqual({ step: 2, path: folder(2) });
    expect(error).toBeInstanceOf(CdsvaeError);
    expect(error.code).toBe('input');
    expect(error.message).toContain(folder(2));
    expect(error.message).toMatch(says);
    // It is saved anew when the run passes that step again.
    saveCheckpoint(run, checkpoint(2));
    expect(loadNewest(run)).toMatchObject({ checkpoint: checkpoint(2), damaged: [] });
  });

  test('every byte of every file of a checkpoint changed, one at a time: never taken for another', () => {
    for (const step of [1, 2]) saveCheckpoint(run, checkpoint(step));
    let changed = 0;
    for (const name of readdirSync(folder(2))) {
      const path = join(folder(2), name);
      const good = readFileSync(path);
      for (let at = 0; at < good.length; at++) {
        writeFileSync(path, good.with(at, good[at]! ^ 1));
        const { checkpoint: newest, damaged } = loadNewest(run);
        // A changed space of the manifest is no damage; everything else falls back.
        if (damaged.length === 0) expect(newest).toEqual(checkpoint(2));
        else expect(newest).toEqual(checkpoint(1));
        changed++;
      }
      writeFileSync(path, good);
    }
    expect(changed).toBeGreaterThan(500);
  });
});
