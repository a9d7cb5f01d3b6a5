import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SpeakerSource } from '../../../src/data/audio/speakers.js';
import { divide } from '../../../src/data/audio/splits.js';
import type { Layout } from '../../../src/data/audio/trees.js';
import { listUtterances } from '../../../src/data/audio/utterances.js';
import { expectFailure } from '../folders.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cdsvae-layouts-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function tree(...files: string[]): void {
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
  }
}

/** What is found, as `name speaker split digit`. */
function found(layout: Layout, speakers?: SpeakerSource): string[] {
  return listUtterances(root, layout, speakers).map(({ name, speaker, split, digit }) =>
    [name, speaker ?? '-', split ?? '-', digit ?? '-'].join(' '),
  );
}

describe('layouts', () => {
  it('timit: in either case; other files are left alone', () => {
    tree('TRAIN/DR1/FCJF0/SA1.WAV', 'test/dr2/mabc0/sx1.wav', 'DOC/readme.wav', 'TRAIN/DR1/FCJF0/SA1.TXT');
    expect(found('timit')).toEqual(['TRAIN/DR1/FCJF0/SA1 FCJF0 train -', 'test/dr2/mabc0/sx1 MABC0 test -']);
    const part = listUtterances(join(root, 'test', 'dr2'), 'timit');
    expect(part.map((u) => [u.speaker, u.split])).toEqual([['MABC0', 'test']]);
  });

  it('librispeech: speaker from the name, split from a folder above', () => {
    tree(
      'train-clean-100/103/1240/103-1240-0000.flac',
      'dev-clean/84-1-0001.flac',
      'test-other/533/533-1066-0007.flac',
    );
    expect(found('librispeech')).toEqual([
      'dev-clean/84-1-0001 84 validation -',
      'test-other/533/533-1066-0007 533 test -',
      'train-clean-100/103/1240/103-1240-0000 103 train -',
    ]);
  });

  it('librispeech: folders above the one given say nothing, and of those below the nearest counts', () => {
    const files = ['103/1/103-1-0000.flac', 'dev-clean/84-1-0001.flac', 'test-other/train/533-1-0007.flac'];
    for (const above of ['dev', 'training', 'test/train-clean-100']) {
      tree(...files.map((file) => `${above}/LibriSpeech/${file}`));
      const all = listUtterances(join(root, above, 'LibriSpeech'), 'librispeech');
      expect(all.map((u) => [u.speaker, u.split])).toEqual([
        ['103', undefined],
        ['84', 'validation'],
        ['533', 'train'],
      ]);
    }
    tree('train/dev-clean/84/1/84-1-0001.flac');
    for (const given of ['train', 'train/dev-clean']) {
      expect(listUtterances(join(root, given), 'librispeech').map((u) => u.split)).toEqual(['validation']);
    }
  });

  it('fsdd: digit, speaker, and takes 0 to 4 for testing', () => {
    tree('7_jackson_32.wav', '0_theo_4.wav');
    expect(found('fsdd')).toEqual(['0_theo_4 theo test 0', '7_jackson_32 jackson train 7']);
  });

  it('links are followed, to files and to each folder once; those that lead nowhere are passed over', () => {
    tree('elsewhere/1.wav', 'elsewhere/deep/2.flac', 'rec/anna/3.wav');
    symlinkSync('../elsewhere', join(root, 'rec', 'bert'));
    symlinkSync('../../elsewhere/1.wav', join(root, 'rec', 'anna', 'linked.wav'));
    symlinkSync('..', join(root, 'rec', 'anna', 'round'));
    symlinkSync('nowhere', join(root, 'rec', 'gone.wav'));
    symlinkSync('loop.wav', join(root, 'rec', 'loop.wav'));
    const names = listUtterances(join(root, 'rec'), 'folders').map(({ name }) => name);
    expect(names).toEqual(['anna/3', 'anna/linked', 'bert/1', 'bert/deep/2']);
  });

  it('folders: the first below train or test, if there are such', () => {
    tree('anna/a b.wav', 'train/bert/deep/x.flac', 'test/cora/y.sph', 'loose.wav', '.hidden/z.wav');
    expect(found('folders')).toEqual([
      'anna/a b anna - -',
      'loose - - -',
      'test/cora/y cora test -',
      'train/bert/deep/x bert train -',
    ]);
  });

  it('folders: a speaker may have the name of what every object has', () => {
    const names = ['__proto__', 'constructor', 'toString'];
    tree(...names.map((name) => `${name}/a.wav`));
    expect(found('folders')).toEqual(names.map((name) => `${name}/a ${name} - -`));
    const csv = join(root, 'who.csv');
    writeFileSync(csv, `file,speaker,split\n${names.map((name) => `${name}/a.wav,x,constructor`).join('\n')}\n`);
    expectFailure(() => found('folders', { csv }), 'input', /split "constructor" found/);
  });

  it('a pattern or a table says who speaks instead', () => {
    tree('s01_u1.wav', 's02_u1.wav');
    expect(found('folders', { pattern: '^(s\\d+)_' })).toEqual(['s01_u1 s01 - -', 's02_u1 s02 - -']);
    expect(found('folders', { pattern: '_(?<speaker>u.)' })).toEqual(['s01_u1 u1 - -', 's02_u1 u1 - -']);
    const csv = join(root, 'who.csv');
    writeFileSync(csv, 'File,speaker,split\r\ns01_u1.wav,"Smith, Anna",train\r\ns02_u1.wav,Bert,test\r\n');
    expect(found('folders', { csv })).toEqual(['s01_u1 Smith, Anna train -', 's02_u1 Bert test -']);
    writeFileSync(csv, 'file,speaker\ns01_u1.wav,Anna\n');
    expectFailure(() => found('folders', { csv }), 'input', /no line for s02_u1\.wav/);
    writeFileSync(csv, 'file,speaker,split\ns01_u1.wav,Anna,later\n');
    expectFailure(() => found('folders', { csv }), 'input', /entry 1: .*split "later" found/);
    expectFailure(() => found('folders', { pattern: '(' }), 'usage', /--speaker-pattern/);
    expectFailure(() => found('folders', { pattern: '(q)' }), 'usage', /no group of \(q\) matches s01_u1\.wav/);
  });

  it('say what they miss', () => {
    expectFailure(() => found('timit'), 'input', /no recordings found/);
    tree('a.wav');
    expectFailure(() => found('timit'), 'input', /1 recording found, but none named as in timit \(such as a\.wav\)/);
    expectFailure(() => listUtterances(join(root, 'none'), 'timit'), 'input', /not found/);
  });
});

describe('splits', () => {
  const utterances = (speakers: number, each: number) =>
    Array.from({ length: speakers * each }, (_, i) => ({
      path: `${i}`.padStart(4, '0'),
      name: `${i}`,
      speaker: `s${i % speakers}`,
    }));
  const speakersOf = (list: readonly { speaker?: string }[]) => new Set(list.map((u) => u.speaker));

  it('hold out whole speakers where there are ten, the same ones for a seed', () => {
    const all = utterances(40, 5);
    const { train, validation, test } = divide(all, 1);
    expect([test, validation, train].map((l) => speakersOf(l).size)).toEqual([4, 2, 34]);
    expect(train.length + validation.length + test.length).toBe(200);
    expect(divide(all.toReversed(), 1)).toEqual(divide(all, 1));
    expect(divide(all, 2).test).not.toEqual(test);
  });

  it('hold out utterances where speakers are few, and nothing the layout has divided', () => {
    const few = divide(utterances(3, 20), 0);
    expect([few.test.length, few.validation.length]).toEqual([6, 3]);
    expect(speakersOf(few.train).size).toBe(3);
    const given = utterances(20, 1).map((u, i) => ({ ...u, split: i < 5 ? ('test' as const) : ('train' as const) }));
    const divided = divide(given, 0);
    expect(divided.test.map((u) => u.name)).toEqual(['0', '1', '2', '3', '4']);
    expect(divided.validation.length).toBe(1);
  });
});
