import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CORPORA } from '../../src/data/dataset.js';
import { formatSettings, parseSettings } from '../../src/train/config-file.js';
import {
  defaultSettings,
  OBJECTIVES,
  type ObjectiveName,
  objectiveName,
  PRESETS,
  type PresetName,
  presetName,
} from '../../src/train/presets.js';
import { assign, checkSettings, settingNames } from '../../src/train/settings.js';
import type { TrainOptions } from '../../src/train/train.js';
import { expectFailure } from '../data/folders.js';

const settings = (change: Partial<Parameters<typeof defaultSettings>[0]> = {}) =>
  defaultSettings({
    data: '/data/x',
    kind: 'video',
    preset: 'compact',
    objective: 'cdsvae',
    threads: 2,
    ...change,
  });
/** The value of a setting by its name. */
const get = (of: object, name: string) =>
  name.split('.').reduce<unknown>((v, key) => (v as Record<string, unknown>)[key], of);

const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];
const OBJECTIVE_NAMES = Object.keys(OBJECTIVES) as ObjectiveName[];

describe('assign', () => {
  test('changes what it names and nothing else, and leaves the original alone', () => {
    const before = settings();
    const after = assign(before, ['model.hidden=64', ' optimizer.schedule = constant', 'train.batch=8']);
    expect(after).toEqual({
      ...before,
      model: { ...before.model, hidden: 64 },
      optimizer: { ...before.optimizer, schedule: 'constant' },
      train: { ...before.train, batch: 8 },
    });
    expect(before).toEqual(settings());
  });

  test('motion weighs more only where the likelihood is normal', () => {
    expect(assign(settings(), ['objective.motionPrecision=8']).objective.motionPrecision).toBe(8);
    expectFailure(
      () => assign(settings(), ['objective.motionPrecision=8', 'objective.likelihood=l1']),
      'usage',
      /objective\.motionPrecision: 8 found, 1 where objective\.likelihood is not gaussian expected/,
    );
  });

  test('the last of several counts', () => {
    expect(assign(settings(), ['train.batch=8', 'train.batch=9']).train.batch).toBe(9);
  });

  test.each([
    ['alpha', { alphaStatic: 2.5, alphaDynamic: 2.5, alphaDynamicEnd: 2.5 }],
    ['beta', { betaStatic: 2.5, betaDynamic: 2.5 }],
  ])('objective.%s sets all of its kind', (name, all) => {
    const { objective } = assign(settings(), [`objective.${name}=2.5`]);
    expect(objective).toEqual({ ...settings().objective, ...all });
  });

  test.each(['1e-4', '0.0001', '+1e-4', '.0001'])('reads %s as a number', (text) => {
    expect(assign(settings(), [`optimizer.learningRate=${text}`]).optimizer.learningRate).toBe(1e-4);
  });

  test.each([
    ['objective.gama=1', /no setting "objective\.gama"; did you mean "objective\.gamma"/],
    ['gamma=1', /no setting "gamma"/],
    ['model.hiden=1', /did you mean "model\.hidden"/],
    ['optimizer.learningrate=1', /did you mean "optimizer\.learningRate"/],
    ['model=1', /no setting "model"/],
    ['model.__proto__=1', /no setting "model\.__proto__"/],
    ['objective.gamma', /key=value expected/],
    ['objective.motionPrecision=0', /objective\.motionPrecision: 0 found, at least 0\.01 expected/],
    ['=1', /key=value expected/],
    ['data=elsewhere', /given as such/],
    ['preset=paper', /given as such/],
    ['objective.name=dsvae', /given as such/],
  ])('refuses %s', (text, message) => {
    expectFailure(() => assign(settings(), [text]), 'usage', message);
  });

  test.each([
    ['model.width=0', /model\.width: 0 found, at least 1 expected/],
    ['model.width=513', /model\.width: 513 found, at most 512 expected/],
    ['model.width=1.5', /model\.width: 1\.5 found, a whole number expected/],
    ['model.posterior=forward', /model\.posterior: "forward" found, "causal" or "smoothing" expected/],
    ['objective.alphaStatic=-1', /objective\.alphaStatic: -1 found, at least 0 expected/],
    ['objective.temperature=0', /at least 0\.01 expected/],
    ['optimizer.learningRate=2', /optimizer\.learningRate: 2 found, at most 1 expected/],
    ['optimizer.learningRate=fast', /"fast" found, a number expected/],
    ['optimizer.learningRate=NaN', /"NaN" found, a number expected/],
    ['optimizer.clip=Infinity', /"Infinity" found, a number expected/],
    ['train.batch=1', /train\.batch: 1 found, at least 2 expected/],
    ['train.batch=', /train\.batch: "" found, a number expected/],
    ['augment.hue=0.6', /augment\.hue: 0\.6 found, at most 0\.5 expected/],
  ])('tells the bounds of %s', (text, message) => {
    expectFailure(() => assign(settings(), [text]), 'usage', message);
  });

  test('tells of everything that is wrong at once', () => {
    expectFailure(
      () => assign(settings(), ['model.width=0', 'train.batch=1']),
      'usage',
      /model\.width/,
      /train\.batch/,
    );
  });
});

describe('config.yaml', () => {
  test.each(PRESET_NAMES.flatMap((p) => OBJECTIVE_NAMES.map((o) => [p, o] as const)))(
    'of preset %s and objective %s comes back as it was written',
    (preset, objective) => {
      for (const corpus of [...CORPORA, undefined]) {
        const written = settings({ preset, objective, corpus });
        expect(parseSettings(formatSettings(written), 'config.yaml')).toEqual(written);
      }
    },
  );

  test('that does not name them has the paper’s networks', () => {
    const written = settings({ preset: 'paper' });
    const plain = formatSettings(written).replace(
      /^ *(detail|priorComponents|staticMean|objects|wholeEvery|wholeFrom): .*\n/gm,
      '',
    );
    expect(plain).not.toMatch(/^ *objects: /m);
    expect(parseSettings(plain, 'config.yaml')).toEqual(written);
  });

  test('takes null where there may be none', () => {
    const stays = settings({ preset: 'paper' });
    const changing = assign(stays, ['objective.alphaDynamicEnd=2']);
    expect(changing.objective.alphaDynamicEnd).toBe(2);
    expect(assign(changing, ['objective.alphaDynamicEnd=null'])).toEqual(stays);
  });

  test('keeps every path and every number to the last bit', () => {
    const path = fc.oneof(
      fc.string({ minLength: 1, unit: 'binary' }),
      fc.constantFrom('yes', 'null', '~', '1e3', '0x10', '- a', 'a: b', '#', ' ', '"', "'", '\\', 'a\nb', '2020-01-01'),
    );
    fc.assert(
      fc.property(path, fc.double({ min: 1e-8, max: 1, noNaN: true }), fc.maxSafeNat(), (data, learningRate, seed) => {
        const given = settings({ data });
        const written = checkSettings(
          { ...given, optimizer: { ...given.optimizer, learningRate }, train: { ...given.train, seed } },
          'test',
        );
        expect(parseSettings(formatSettings(written), 'config.yaml')).toEqual(written);
      }),
      { numRuns: 300, seed: 20211 },
    );
  });

  test('holds every setting, each with what it is and may be', () => {
    const text = formatSettings(settings());
    for (const name of settingNames()) {
      expect(get(parse(text), name), name).toBeDefined();
      const [key, indent] = [name.split('.').at(-1)!, name.includes('.') ? '  ' : ''];
      expect(text, name).toMatch(new RegExp(`^${indent}# .+\\n${indent}${key}: `, 'm'));
    }
    expect(text).toMatch(/\[1 to 512\]\n {2}width: /);
    expect(text).toMatch(/\[causal, smoothing\]\n {2}posterior: /);
    expect(text).toMatch(/\[0 or more\]\n {2}gamma: /);
  });

  test.each([
    ['a: [', /config\.yaml: not YAML/],
    ['', /config\.yaml/],
    ['just words', /config\.yaml/],
    [
      formatSettings(settings()).replace('  hidden: ', '  hiden: '),
      /no setting "model\.hiden"; did you mean "model\.hidden"/,
    ],
    [formatSettings(settings()).replace(/ {2}gamma: .*\n/, ''), /objective\.gamma: nothing found, a number expected/],
    [formatSettings(settings()).replace(/batch: .*/, 'batch: many'), /train\.batch: "many" found/],
  ])('that is wrong is told of by file and setting (%#)', (text, message) => {
    expectFailure(() => parseSettings(text, 'runs/a/config.yaml'), 'input', message, /runs\/a\/config\.yaml/);
  });
});

describe('presets and objectives', () => {
  test('are settings that hold', () => {
    for (const preset of PRESET_NAMES) {
      for (const objective of OBJECTIVE_NAMES) {
        const given = settings({ preset, objective });
        expect(checkSettings(given, 'test')).toEqual(given);
      }
    }
  });

  test('unknown ones are told of with the nearest', () => {
    expectFailure(() => presetName('papr'), 'usage', /no preset "papr"; did you mean "paper"/);
    expectFailure(() => objectiveName('dsvea'), 'usage', /no objective "dsvea"; did you mean "dsvae"/);
    expectFailure(() => objectiveName('constructor'), 'usage', /no objective "constructor"; valid: cdsvae, /);
    // @ts-expect-error what types refuse is refused without them, too
    expectFailure(() => settings({ preset: 'papr' }), 'usage', /no preset "papr"/);
    // @ts-expect-error
    expect(PRESETS.nosuch).toBeUndefined();
    const options: TrainOptions[] = [
      { preset: 'compact', objective: 'dsvae' },
      // @ts-expect-error
      { preset: 'compakt' },
      // @ts-expect-error
      { objective: 'dsvea' },
    ];
    expect(options).toHaveLength(3);
  });

  test('objectives switch off what their names say', () => {
    const of = (objective: ObjectiveName) => settings({ objective, corpus: 'sprites', preset: 'paper' }).objective;
    expect(of('cdsvae')).toMatchObject({ betaStatic: 1, betaDynamic: 1, gamma: 1, mutualInformation: 'contrastive' });
    expect(of('dsvae')).toMatchObject({ betaStatic: 0, betaDynamic: 0, gamma: 0 });
    expect(of('cdsvae-no-content')).toMatchObject({ betaStatic: 0, betaDynamic: 1, gamma: 1 });
    expect(of('cdsvae-no-motion')).toMatchObject({ betaStatic: 1, betaDynamic: 0, gamma: 1 });
    expect(of('cdsvae-mws')).toMatchObject({ betaStatic: 1, betaDynamic: 1, mutualInformation: 'mws' });
  });

  test('weigh the contrastive terms as the paper does for each of its data sets', () => {
    for (const [data, beta] of [
      [{ corpus: 'sprites' }, 1],
      [{ corpus: 'mug' }, 0.5],
      [{ corpus: 'sm-mnist' }, 5],
      [{ kind: 'audio' }, 1],
    ] as const) {
      const { objective } = settings({ preset: 'paper', ...data });
      expect(objective).toMatchObject({
        alphaStatic: 1,
        alphaDynamic: 1,
        betaStatic: beta,
        betaDynamic: beta,
        gamma: 1,
        temperature: 0.5,
      });
    }
  });
});
