import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DatasetInfo } from '../../src/data/dataset.js';
import { openFolder } from '../../src/data/folder.js';
import { GrowingWriter } from '../../src/data/growing-writer.js';
import { expectFailure, video } from './folders.js';

const info: DatasetInfo = {
  name: 'little',
  kind: 'video',
  frames: 4,
  frame: [2, 3, 1],
  dtype: 'uint8',
  divisor: 255,
  range: [0, 1],
  factors: [],
};

let root = '';
/** Two of the folders above it are not there. */
let deep = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cdsvae-growing-'));
  deep = join(root, 'a', 'b', 'little');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const begin = (folder = deep) => new GrowingWriter(folder, { info, fingerprint: 'one' });

describe('GrowingWriter', () => {
  it('given up, leaves nothing of itself, nor of the folders made to hold it', () => {
    const writer = begin();
    writer.add(video(1), []);
    writer.abort();
    writer.abort();
    expect(readdirSync(root)).toEqual([]);

    const refused = begin();
    expectFailure(() => refused.finish(), 'input', /train/);
    refused.abort();
    expect(readdirSync(root)).toEqual([]);
  });

  it('leaves folders that were there, or that others have come to use', () => {
    mkdirSync(join(root, 'a'));
    begin().abort();
    expect(readdirSync(root)).toEqual(['a']);
    const writer = begin();
    writeFileSync(join(root, 'a', 'b', 'precious'), '');
    writer.abort();
    expect(readdirSync(join(root, 'a', 'b'))).toEqual(['precious']);
  });

  it('begun anew for other work, takes nothing of the former into the dataset', () => {
    const former = new GrowingWriter(deep, { info: { ...info, conversions: 2 }, fingerprint: 'former' });
    former.add(video(1), [], new Float32Array(2 * 24));
    former.endJob('train');
    former.pause();
    const writer = begin();
    for (const split of ['train', 'validation'] as const) {
      writer.add(video(1), []);
      writer.endJob(split);
    }
    writer.finish();
    expect(readdirSync(deep).sort()).toEqual(['dataset.json', 'sequences.npy']);
  });

  it('of another process that lives is left to it', async () => {
    const first = begin();
    first.add(video(1), []);
    first.endJob('train');
    first.pause();
    const journal = join(dirname(deep), '.little.partial', 'journal.json');
    const { writer, ...rest } = JSON.parse(readFileSync(journal, 'utf8'));
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    try {
      writeFileSync(journal, JSON.stringify({ ...rest, writer: { ...writer, pid: other.pid, started: null } }));
      expectFailure(() => begin(), 'busy', new RegExp(`being made by process ${other.pid}; wait for it`));
      expect(existsSync(journal)).toBe(true);
    } finally {
      other.kill('SIGKILL');
      await once(other, 'close');
    }
    const next = begin();
    expect(next.jobs).toBe(1);
    next.abort();
  });

  it('of another machine is left to it, and what to do where it is gone', () => {
    const first = begin();
    first.pause();
    const partial = join(dirname(deep), '.little.partial');
    const journal = join(partial, 'journal.json');
    const { writer, ...rest } = JSON.parse(readFileSync(journal, 'utf8'));
    // Its process may have this one's number, as the first process of every container has.
    writeFileSync(journal, JSON.stringify({ ...rest, writer: { ...writer, host: 'elsewhere' } }));
    const message = `being made by process ${process.pid} on elsewhere; if it no longer runs, delete ${partial}`;
    expectFailure(() => begin(), 'busy', new RegExp(message));
    rmSync(partial, { recursive: true });
    begin().abort();
  });

  it('of this process is left to it while it is at work', () => {
    const first = begin();
    expectFailure(() => begin(), 'busy', new RegExp(`being made by process ${process.pid}; wait for it`));
    expectFailure(() => begin(), 'busy', /being made by process/);
    first.add(video(1), []);
    first.endJob('train');
    first.pause();
    const next = begin();
    expect(next.jobs).toBe(1);
    next.abort();
  });

  it('that cannot begin leaves nothing, unless it was there before', () => {
    // The journal's place is taken by a folder, so that it cannot be written.
    const journal = join(dirname(deep), '.little.partial', 'journal.json');
    mkdirSync(join(journal, 'x'), { recursive: true });
    expectFailure(() => begin(), 'io', /journal\.json/);
    expect(existsSync(journal)).toBe(true);
    const name = 'n'.repeat(250);
    expectFailure(() => begin(join(root, 'c', 'd', name)), 'io', /ENAMETOOLONG|too long/);
    expect(readdirSync(root)).toEqual(['a']);
  });

  it('makes finished jobs safe now and then: a kill between loses what came after', () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(1000);
    try {
      const killed = begin();
      for (const time of [1100, 1400, 1501, 1600]) {
        killed.add(video(1), []);
        now.mockReturnValue(time);
        killed.endJob('train');
      }
      // Of a process that is no more.
      const journal = join(dirname(deep), '.little.partial', 'journal.json');
      const { writer, ...rest } = JSON.parse(readFileSync(journal, 'utf8'));
      writeFileSync(journal, JSON.stringify({ ...rest, writer: { ...writer, pid: 2 ** 30 } }));
      const next = begin();
      expect(next.jobs).toBe(3);
      next.abort();
      killed.abort();
    } finally {
      now.mockRestore();
    }
  });

  it('put off, keeps its jobs for the next, which finishes in place', () => {
    const first = begin();
    first.add(video(1), []);
    first.endJob('train');
    first.pause();
    const second = begin();
    expect(second.jobs).toBe(1);
    second.add(video(1), []);
    second.endJob('train');
    second.finish();
    second.abort();
    const data = openFolder(deep);
    expect(data.info.name).toBe('little');
    data.close();
    expect(readdirSync(dirname(deep))).toEqual(['little']);
  });
});
