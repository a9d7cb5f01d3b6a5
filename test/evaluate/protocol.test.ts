import { describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/data/dataset.js';
import { evaluateModel } from '../../src/evaluate/evaluate-model.js';
import type { Evaluation } from '../../src/evaluate/evaluation.js';
import { verificationError } from '../../src/evaluate/metrics/index.js';
import type { Material } from '../../src/evaluate/protocol/material.js';
import { verification } from '../../src/evaluate/protocol/verification.js';
import { evaluationTable } from '../../src/evaluate/report/table.js';
import { LABELLED, labelledData, perfectModel, readingJudge } from './labelled.js';

const options = { repeats: 5, seed: 3, threads: 1 };

describe('a model that splits its sequences perfectly', () => {
  const found = evaluateModel(perfectModel(), readingJudge(), labelledData(), options);

  test('keeps what is kept, surely, and every class', async () => {
    const { dynamicFixed, staticFixed } = await found;
    expect(dynamicFixed!.kept.map((k) => k.factor)).toEqual(['move']);
    expect(staticFixed!.kept.map((k) => k.factor)).toEqual(['person']);
    for (const [direction, classes] of [
      [dynamicFixed!, 2],
      [staticFixed!, 3],
    ] as const) {
      const { accuracy, score, conditional, marginal } = direction.kept[0]!;
      expect(accuracy).toEqual({ mean: 1, deviation: 0 });
      expect(score.mean).toBeCloseTo(classes, 10);
      expect(conditional.mean).toBe(0);
      expect(marginal.mean).toBeCloseTo(Math.log(classes), 10);
    }
  });

  test('leaves what is drawn at chance, and draws anew in each repeat', async () => {
    const { dynamicFixed, staticFixed } = await found;
    const [person] = dynamicFixed!.changed;
    expect(person!.chance).toBeCloseTo(1 / 3, 10);
    // 300 draws of a chance of 1/3: a standard error of 0.03.
    expect(Math.abs(person!.accuracy.mean - 1 / 3)).toBeLessThan(0.1);
    expect(person!.accuracy.deviation).toBeGreaterThan(0);
    const [move] = staticFixed!.changed;
    expect(move!.chance).toBeCloseTo(1 / 2, 10);
    expect(Math.abs(move!.accuracy.mean - 1 / 2)).toBeLessThan(0.1);
  });

  test('swaps, reconstructs, and hides nothing where it should not be', async () => {
    const { swap, reconstruction, probes, verification, leftOut } = await found;
    expect(swap).toMatchObject({ accuracy: { mean: 1, deviation: 0 }, pairs: 60 });
    expect(reconstruction.errorPerValue).toBe(0);
    expect(reconstruction.judged).toEqual([
      { factor: 'person', accuracy: 1 },
      { factor: 'move', accuracy: 1 },
    ]);
    const [person, move] = probes;
    expect([person!.fromS, move!.fromZ]).toEqual([1, 1]);
    expect(person!.fromZ).toBeLessThan(0.6);
    expect(move!.fromS).toBeLessThan(0.7);
    expect(verification[0]).toMatchObject({ factor: 'person', s: 0 });
    expect(verification[0]!.gap).toBeGreaterThan(0.4);
    expect(leftOut).toEqual([]);
  });

  test('is evaluated to the same figures by the same seed, to others by another', async () => {
    const { seconds: _, ...first } = await found;
    const { seconds: __, ...again } = await evaluateModel(perfectModel(), readingJudge(), labelledData(), options);
    expect(again).toEqual(first);
    const other = await evaluateModel(perfectModel(), readingJudge(), labelledData(), { ...options, seed: 4 });
    expect(other.dynamicFixed!.changed).not.toEqual(first.dynamicFixed!.changed);
  });
});

describe('a model whose decoder ignores', () => {
  test('s keeps the motion, but no swap holds and the static label is lost', async () => {
    const found = await evaluateModel(perfectModel('blind'), readingJudge(), labelledData(), options);
    expect(found.dynamicFixed!.kept[0]!.accuracy.mean).toBe(1);
    // The judge sees zeros and says the first person: right for a third, one class, IS 1.
    expect(found.staticFixed!.kept[0]!.accuracy.mean).toBeCloseTo(1 / 3, 10);
    expect(found.staticFixed!.kept[0]!.score.mean).toBeCloseTo(1, 10);
    expect(found.swap!.accuracy.mean).toBeCloseTo(1 / 3, 10);
    expect(found.swap!.factors[1]!.accuracy.mean).toBe(1);
    expect(found.reconstruction.errorPerValue).toBeGreaterThan(0.5);
  });

  test('z loses the motion alone', async () => {
    const found = await evaluateModel(perfectModel('still'), readingJudge(), labelledData(), options);
    expect(found.staticFixed!.kept[0]!.accuracy.mean).toBe(1);
    expect(found.dynamicFixed!.kept[0]!.accuracy.mean).toBeCloseTo(1 / 2, 10);
    expect(found.reconstruction.judged[1]!.accuracy).toBeCloseTo(1 / 2, 10);
  });
});

test('of factors that no sequence is labelled with together nothing is said together', async () => {
  const factors = LABELLED.factors.map((f) => ({ ...f, type: 'static' as const }));
  const info = { ...LABELLED, factors };
  const whole = labelledData(info);
  const one = (name: 'train' | 'validation' | 'test') => {
    const split = whole.split(name)!;
    // Of each sequence one label only, in turn.
    return {
      ...split,
      labels: (indices: ArrayLike<number>) =>
        split.labels(indices).map((label, i) => ((i + indices[i >> 1]!) % 2 === 0 ? label : -1)),
    };
  };
  const { staticFixed, reconstruction } = await evaluateModel(
    perfectModel(),
    readingJudge(info),
    { ...whole, split: one },
    options,
  );
  expect(staticFixed!.kept.map((k) => k.factor)).toEqual(['person', 'move']);
  expect(reconstruction.judged.map((j) => j.factor)).toEqual(['person', 'move']);
});

test('a factor of a swap is scored by the pairs that differ in it', async () => {
  const factors = LABELLED.factors.map((f) => ({ ...f, type: 'static' as const }));
  const info = { ...LABELLED, factors };
  const { swap } = await evaluateModel(perfectModel(), readingJudge(info), labelledData(info), options);
  // Both labels are said to stay, while the move comes with z: always that of the other sequence.
  expect(swap!.factors.map((f) => f.accuracy.mean)).toEqual([1, 0]);
});

describe('verification', () => {
  const factors = ['speaker', 'recording'].map((name) => ({ name, type: 'static' as const, classes: [] }));
  // Two recordings of each of two speakers, two cuts of each recording, which are the same to the last bit.
  const recordings = [0, 0, 1, 1, 2, 2, 3, 3];
  const speakers = recordings.map((r) => Math.floor(r / 2));
  const angles = [0, 2, 1, 3];
  const s = Float32Array.from(recordings.flatMap((r) => [Math.cos(angles[r]!), Math.sin(angles[r]!)]));
  const of = (...columns: number[][]) =>
    verification({
      data: { info: { ...LABELLED, factors: factors.slice(0, columns.length) } },
      indices: recordings,
      s,
      z: s,
      labels: columns.map((column) => Int32Array.from(column)),
    } as unknown as Material);

  test('leaves out pairs of one recording, which tell nothing of speakers', () => {
    const [bySpeaker, byRecording] = of(speakers, recordings);
    expect(bySpeaker).toMatchObject({ factor: 'speaker', apart: 'recording' });
    expect(bySpeaker!.s).toBe(verificationError(s, speakers, recordings));
    expect(bySpeaker!.s).toBeGreaterThan(verificationError(s, speakers));
    expect(byRecording).toEqual({ factor: 'recording', s: 0, z: 0, gap: 0 });
  });

  test('goes by the coarser of two that divide speakers, and leaves out what may be of any recording', () => {
    const cuts = recordings.map((_, i) => i);
    const both = verification({
      data: { info: { ...LABELLED, factors: [factors[0], { ...factors[1]!, name: 'cut' }, factors[1]] } },
      indices: recordings,
      s,
      z: s,
      labels: [speakers, cuts, recordings].map((column) => Int32Array.from(column)),
    } as unknown as Material);
    expect(both[0]).toMatchObject({ apart: 'recording', s: verificationError(s, speakers, recordings) });
    const unknown = recordings.map((r, i) => (i === 0 ? -1 : r));
    const rest = speakers.map((speaker, i) => (i === 0 ? -1 : speaker));
    expect(of(speakers, unknown)[0]).toMatchObject({ apart: 'recording', s: verificationError(s, rest, recordings) });
  });

  test('is left out where no two of the sequences agree', () => {
    expect(of([0, 1, 2, 3, 4, 5, 6, 7])).toEqual([]);
  });

  test('takes all pairs where each speaker has one recording, or recordings are shared', () => {
    expect(of(speakers, speakers)[0]).not.toHaveProperty('apart');
    expect(of(speakers, [0, 1, 2, 3, 0, 1, 2, 3])[0]).not.toHaveProperty('apart');
    expect(of(speakers)[0]).not.toHaveProperty('apart');
  });
});

describe('where something is missing', () => {
  test('a judge: what needs none is evaluated', async () => {
    const found = await evaluateModel(perfectModel(), undefined, labelledData(), options);
    expect([found.dynamicFixed, found.staticFixed, found.swap]).toEqual([null, null, null]);
    expect(found.reconstruction).toEqual({ errorPerValue: 0, judged: [] });
    expect(found.probes).toHaveLength(2);
    expect(found.mutualInformation!.staticData.mean).toBeGreaterThan(0);
    expect(found.leftOut).toEqual(['generation, swaps and the accuracy of reconstructions: no judge is given']);
  });

  test('data that fit: those of another shape, and a judge of other classes, are refused', async () => {
    const longer = { ...LABELLED, frames: LABELLED.frames + 1 };
    await expect(evaluateModel(perfectModel(), undefined, labelledData(longer), options)).rejects.toThrow(
      /the model takes \[/,
    );
    const factors = LABELLED.factors.map((f) => ({ ...f, classes: [...f.classes].reverse() }));
    const reversed = labelledData({ ...LABELLED, factors });
    await expect(evaluateModel(perfectModel(), readingJudge(), reversed, options)).rejects.toThrow(
      /the judge: a judge of \w+ in classes/,
    );
  });

  test('labels: reconstruction and mutual information are left, and what is left out is said', async () => {
    const bare = { ...LABELLED, factors: [] };
    const found = await evaluateModel(perfectModel(), undefined, labelledData(bare), options);
    expect(found.probes).toEqual([]);
    expect(found.verification).toEqual([]);
    const judged = 'generation, swaps and the accuracy of reconstructions';
    expect(found.leftOut).toEqual([`${judged}: "labelled" has no labels`, 'linear probes: no labels']);
    const unknown = await evaluateModel(perfectModel(), readingJudge(), labelledData(LABELLED, false), options);
    expect(unknown.swap).toBeNull();
    expect(unknown.leftOut).toContain('person: none of the test sequences has a label of it');
    expect(unknown.leftOut).toContain(
      'swaps: no two sequences that have all their labels differ in what is to be swapped',
    );
  });

  test('labels of one factor: the others are evaluated as if it were not there', async () => {
    const data = labelledData();
    const half: Dataset = {
      ...data,
      split: (name) => {
        const split = data.split(name)!;
        const labels = (indices: ArrayLike<number>) =>
          split.labels(indices).map((label, i) => (i % 2 === 1 && name === 'test' ? -1 : label));
        return { ...split, labels };
      },
    };
    const found = await evaluateModel(perfectModel(), readingJudge(), half, options);
    expect(found.dynamicFixed).toBeNull();
    expect(found.staticFixed).toMatchObject({ kept: [{ factor: 'person', accuracy: { mean: 1 } }], changed: [] });
    expect(found.swap).toMatchObject({ accuracy: { mean: 1 }, factors: [{ factor: 'person' }] });
    expect(found.reconstruction.judged).toEqual([{ factor: 'person', accuracy: 1 }]);
    expect(found.probes.map((p) => p.factor)).toEqual(['person']);
    expect(found.leftOut).toEqual(['move: none of the test sequences has a label of it']);
    expect(JSON.stringify(found)).not.toContain('NaN');
  });

  test('features of one class: it is said that nothing could be verified', async () => {
    const data = labelledData();
    const features: Dataset = {
      ...data,
      info: { ...data.info, kind: 'array' },
      split: (name) => {
        const split = data.split(name)!;
        return { ...split, labels: (indices) => split.labels(indices).map((_, i) => (i % 2 === 0 ? 0 : 1)) };
      },
    };
    const found = await evaluateModel(perfectModel(), undefined, features, options);
    expect(found.verification).toEqual([]);
    expect(found.leftOut.join('\n')).toContain('verification by person: of the test sequences no two differ in it');
  });

  test('classes in train: there is no probe of what it cannot be fitted to', async () => {
    const data = labelledData();
    const others: Dataset = {
      ...data,
      split: (name) => {
        const split = data.split(name)!;
        // Of persons test has one that train has, and others that it has not.
        const labels = (indices: ArrayLike<number>) =>
          split.labels(indices).map((label, i) => (name === 'train' ? 0 : i % 2 === 0 ? label : 1));
        return { ...split, labels };
      },
    };
    const found = await evaluateModel(perfectModel(), undefined, others, options);
    expect(found.probes).toMatchObject([{ factor: 'person', fromS: 1, fromZ: 1, chance: 1 }]);
    expect(found.leftOut).toContain(
      'linear probes of move: no class of it in test is among the sequences of train they are fitted to',
    );
  });

  test.each([{ sequences: 0 }, { sequences: -3 }, { sequences: Number.NaN }, { repeats: 0 }, { seed: 1.5 }])(
    'numbers are refused that are none: %o',
    async (wrong) => {
      const found = evaluateModel(perfectModel(), undefined, labelledData(), wrong);
      await expect(found).rejects.toThrow(/a whole number of at least/);
    },
  );

  test('a split is refused', async () => {
    const data = labelledData();
    const without = { ...data, split: (name: string) => (name === 'test' ? undefined : data.split('train')) };
    await expect(evaluateModel(perfectModel(), undefined, without, { split: 'test' })).rejects.toThrow(
      '"labelled" has no split test; it has train, validation',
    );
  });
});

describe('while it goes on', () => {
  test('it says what it does and how far all of it is, to the end', async () => {
    const told: [what: string, fraction: number][] = [];
    const onProgress = (what: string, fraction: number) => told.push([what, fraction]);
    await evaluateModel(perfectModel(), readingJudge(), labelledData(), { ...options, onProgress });
    const whats = [...new Set(told.map(([what]) => what))];
    expect(whats).toEqual([
      'encode',
      'reconstruct',
      'draw s',
      'draw z',
      'swap',
      'encode for probes',
      'fit probes',
      'mutual information',
    ]);
    const fractions = told.map(([, fraction]) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions[0]).toBeLessThan(0.2);
    expect(fractions.at(-1)).toBeCloseTo(1, 10);
  });

  test.each(['encode', 'draw z', 'encode for probes', 'fit probes', 'mutual information'])(
    'it can be stopped: %s',
    async (where) => {
      const controller = new AbortController();
      const told: string[] = [];
      const onProgress = (what: string) => {
        told.push(what);
        if (what === where) controller.abort();
      };
      const found = evaluateModel(perfectModel(), readingJudge(), labelledData(), {
        ...options,
        signal: controller.signal,
        onProgress,
      });
      await expect(found).rejects.toThrow('stopped before it was whole');
      expect(told.filter((what) => what === where)).toHaveLength(1);
    },
  );
});

test('the table has a row for every measure, and the paper’s where the data are its own', async () => {
  const found = await evaluateModel(perfectModel(), readingJudge(), labelledData(), { ...options, sequences: 30 });
  const whole: Evaluation = {
    format: 'cdsvae evaluation 1',
    model: { folder: 'runs/x', steps: 7, objective: 'cdsvae' },
    ...found,
    data: { ...found.data, name: 'sprites', corpus: 'sprites' as const },
    judge: { folder: 'j', factors: ['person', 'move'], accuracy: readingJudge().accuracy },
    warnings: [],
  };
  const table = evaluationTable(whole).join('\n');
  expect(table).toMatch(/z kept, s drawn +Acc % +IS +H\(y\|x\) +H\(y\)\n {2}move +100\.00 ± 0\.00 +1\.996 ± 0\.000/);
  const own = { ...whole, data: { ...found.data, name: 'sprites' } };
  expect(evaluationTable(own).join('\n')).not.toContain('paper: ');
  expect(table).toMatch(/paper: C-DSVAE +99\.99 +8\.871 +0\.014 +2\.197/);
  expect(table).toMatch(/on 30 test sequences/);
  // A perfect model's z says nothing of the person: what a probe of so few reads is no leak.
  expect(table).toMatch(/person +100\.00 +[\d.]+ +[\d.]+ +[\d.]+\n {2}move/);
  expect(table).toMatch(/chance +leaked above chance/);
  for (const part of [
    's kept, z drawn',
    'Swap, 30 pairs',
    'Reconstruction',
    'Linear probes',
    'I(s; z)',
    'Equal error',
  ]) {
    expect(table).toContain(part);
  }
});
