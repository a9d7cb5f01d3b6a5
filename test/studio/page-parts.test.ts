import { describe, expect, test } from 'vitest';
import type { Evaluation } from '../../src/evaluate/evaluation.js';
import { Random } from '../../src/random.js';
import { type ClipRef, labelled } from '../../src/studio/page/play/clips.js';
import { mix, shares } from '../../src/studio/page/play/mix.js';
import { Readings } from '../../src/studio/page/play/readings.js';
import { followLink, formatView, parseView } from '../../src/studio/page/play/view.js';
import { formatRoute, parseRoute } from '../../src/studio/page/route.js';
import { evaluationSubject, evaluationTables } from '../../src/studio/page/runs/evaluation-tables.js';
import { smooth } from '../../src/studio/page/runs/smooth.js';
import { groupTerms } from '../../src/studio/page/runs/terms.js';
import { embed } from '../../src/studio/page/workers/embed.js';

describe('links', () => {
  test('of runs keep names of every kind', () => {
    for (const ids of [['a'], ['sweep/b 1', 'ü,?#&'], []]) {
      const route = parseRoute(formatRoute('runs', ids, new URLSearchParams({ x: '1&2' })));
      expect(route).toMatchObject({ page: 'runs', ids });
      expect(route.query.get('x')).toBe('1&2');
    }
    expect(parseRoute('#/nonsense/%E0%A4%A')).toMatchObject({ page: '', ids: ['%E0%A4%A'] });
  });

  test('to a view give that view back', () => {
    const view = {
      clips: [3, 17, 0],
      content: { x: 0.25, y: 1 },
      motion: { x: 0, y: 0.5 },
      seed: 12,
      method: 'umap',
      factor: 2,
    } as const;
    expect(parseView(new URLSearchParams(formatView(view).toString()))).toEqual(view);
  });

  test('that say nothing, or nonsense, give the first view', () => {
    const first = parseView(new URLSearchParams());
    expect(first).toMatchObject({ clips: [0, 1], seed: 0, method: 'pca', factor: undefined });
    expect(parseView(new URLSearchParams('clips=a-1&content=2_0&motion=x&seed=-1&map=tsne&colour=1.5'))).toEqual(first);
  });
});

describe('a link that is followed while its model is seen', () => {
  const before = { ...parseView(new URLSearchParams('content=0.9_0&seed=3')), clips: [4, 5] };
  const follow = (query: string) => followLink(before, new URLSearchParams(query));

  test('gives its view', () => {
    expect(follow('clips=1-2&content=0.2_0')).toEqual(parseView(new URLSearchParams('clips=1-2&content=0.2_0')));
  });

  test('leaves all, or the clips in hand, as they are where it does not say', () => {
    expect(follow('')).toEqual(before);
    expect(follow('content=0.2_0')).toMatchObject({ clips: [4, 5], content: { x: 0.2, y: 0 }, seed: 0 });
  });
});

describe('the name of a clip', () => {
  const factors = [
    { name: 'action', type: 'dynamic', classes: ['walk', 'slash'] },
    { name: 'hair', type: 'static', classes: ['0', '1'] },
    { name: 'top', type: 'static', classes: ['0', '1'] },
  ] as const;

  test('says of which label a number is, unless all are numbers', () => {
    expect(labelled(factors, [1, 0, 1])).toBe('slash · hair 0 · top 1');
    expect(labelled(factors, [-1, 0, 1])).toBe('0 · 1');
    expect(labelled(factors.slice(1), [1, 0])).toBe('1 · 0');
    expect(labelled(factors, [-1, -1, -1])).toBe('');
  });
});

describe('a file on its way into the hand', () => {
  const file = (name: string) => ({ file: name, x: { shape: [0], data: new Float32Array() } });
  /** A hand of clips 1, 2 and 3, with a file dropped on the last. */
  const dropped = () => {
    const state = { refs: [1, 2, 3] as readonly ClipRef[] };
    const change = (to: (before: readonly ClipRef[]) => readonly ClipRef[]) => {
      state.refs = to(state.refs);
    };
    const readings = new Readings(() => {});
    let [resolve, reject] = [(_: ClipRef) => {}, (_: Error) => {}];
    const promise = new Promise<ClipRef>((done, fail) => {
      [resolve, reject] = [done, fail];
    });
    return { state, change, readings, resolve, reject, done: readings.take(2, 'a.gif', 3, promise, change) };
  };

  test('goes where its clip is by then', async () => {
    const { state, change, readings, resolve, done } = dropped();
    expect(readings.names).toEqual(['a.gif']);
    readings.remove(0);
    change((before) => before.slice(1));
    resolve(file('a.gif'));
    await done;
    expect(state.refs).toEqual([2, file('a.gif')]);
    expect(readings.names).toEqual([]);
  });

  test('goes nowhere, and is not complained of, once another clip or another file is there', async () => {
    const { state, change, readings, reject, done } = dropped();
    await readings.take(2, 'b.gif', 3, Promise.resolve(file('b.gif')), change);
    reject(new Error('a.gif is not a picture'));
    await done;
    expect(state.refs).toEqual([1, 2, file('b.gif')]);

    const other = dropped();
    // Taken from the map, which does not ask the hand.
    other.change(() => [1, 2, 9]);
    other.resolve(file('a.gif'));
    await other.done;
    expect(other.state.refs).toEqual([1, 2, 9]);
  });
});

describe('places between clips', () => {
  test('share out one whole, all of it at a corner', () => {
    const corners = { '0 0': 0, '1 0': 1, '0 1': 2, '1 1': 3 };
    for (const [at, corner] of Object.entries(corners)) {
      const [x, y] = at.split(' ').map(Number) as [number, number];
      expect(shares({ x, y }, 4)[corner]).toBe(1);
    }
    for (const count of [1, 2, 3, 4]) {
      expect(shares({ x: 0.3, y: 0.6 }, count).reduce((a, b) => a + b)).toBeCloseTo(1);
    }
    expect(shares({ x: 0.3, y: 0.6 }, 2)).toEqual([0.7, 0.3]);
  });

  test('mix their factors by the shares', () => {
    const batch = (...values: number[]) => ({ shape: [1, 2], data: Float32Array.from(values) });
    expect([...mix([batch(0, 4), batch(2, 0)], [0.25, 0.75]).data]).toEqual([1.5, 1]);
  });
});

describe('smoothing', () => {
  test('leaves a constant as it is, whatever the gaps', () => {
    expect(smooth([1, 2, 10, 500], [3, 3, 3, 3], 7)).toEqual([3, 3, 3, 3].map((v) => expect.closeTo(v, 9)));
  });

  test('halves what is left of a jump in each half life', () => {
    const steps = Array.from({ length: 2001 }, (_, i) => i);
    const values = steps.map((s) => (s < 1000 ? 0 : 1));
    const found = smooth(steps, values, 100);
    // The first of the ones counts already.
    expect(found[1099]).toBeCloseTo(0.5, 2);
    expect(found[1199]).toBeCloseTo(0.75, 2);
  });

  test('passes over gaps, and is off at 0', () => {
    expect(smooth([1, 2, 3], [1, null, 3], 0)).toEqual([1, null, 3]);
    expect(smooth([1, 2, 3], [1, null, 1], 5)[1]).toBeNull();
  });
});

describe('the map', () => {
  const random = Random.of(4, 'map');
  const count = 60;
  // Two groups far apart along a direction, in ten dimensions.
  const values = Float32Array.from({ length: count * 10 }, (_, at) => {
    const [i, j] = [Math.floor(at / 10), at % 10];
    return random.normal() * 0.1 + (j === 3 ? (i % 2 === 0 ? 5 : -5) : 0) + (j === 7 ? Math.sin(i) : 0);
  });

  test('by PCA has the greatest variance across, the next one up, uncorrelated', () => {
    const places = embed(values, count, 'pca');
    const [x, y] = [0, 1].map((k) => Array.from({ length: count }, (_, i) => places[2 * i + k]!)) as [
      number[],
      number[],
    ];
    const dot = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0) / count;
    expect(dot(x, x)).toBeGreaterThan(24);
    expect(dot(x, x)).toBeLessThan(27);
    expect(dot(y, y)).toBeGreaterThan(0.4);
    expect(dot(y, y)).toBeLessThan(0.7);
    expect(Math.abs(dot(x, y))).toBeLessThan(1e-3);
  });

  test('by UMAP keeps the groups together, and is the same every time', () => {
    const places = embed(values, count, 'umap');
    expect(embed(values, count, 'umap')).toEqual(places);
    const distance = (i: number, j: number) =>
      Math.hypot(places[2 * i]! - places[2 * j]!, places[2 * i + 1]! - places[2 * j + 1]!);
    const kin = Array.from({ length: count }, (_, i) => {
      const others = Array.from({ length: count }, (_, j) => j).filter((j) => j !== i);
      return others.reduce((a, b) => (distance(i, a) < distance(i, b) ? a : b)) % 2 === i % 2;
    });
    expect(kin.every(Boolean)).toBe(true);
  });
});

test('terms of a newer version have a place of their own', () => {
  const groups = groupTerms(['loss', 'klStatic', 'loss', 'something']);
  expect(groups.map((g) => [g.name, g.terms.map((t) => t.key)])).toEqual([
    ['Loss', ['loss']],
    ['Divergence from the prior', ['klStatic']],
    ['Other', ['something']],
  ]);
});

test('evaluations stand beside the paper’s rows for their data, and tables of nothing are left out', () => {
  const s = (mean: number) => ({ mean, deviation: 0.01 });
  const kept = [{ factor: 'all', accuracy: s(0.9), score: s(7), conditional: s(0.2), marginal: s(2.1) }];
  const evaluation: Evaluation = {
    format: 'cdsvae evaluation 1',
    model: { folder: 'x', steps: 1, objective: null },
    data: { name: 'sm-mnist', split: 'test', sequences: 10 },
    repeats: 2,
    seed: 0,
    judge: null,
    dynamicFixed: null,
    staticFixed: { kept, changed: [] },
    swap: null,
    reconstruction: { errorPerValue: 0.0123, judged: [] },
    probes: [],
    mutualInformation: null,
    verification: [],
    leftOut: [],
    warnings: [],
    seconds: 1,
  };
  const tables = evaluationTables([{ id: 'mine', evaluation }]);
  expect(tables.map((t) => t.title)).toEqual(['s kept, z drawn', 'Reconstruction']);
  expect(tables[0]!.rows[0]).toEqual({
    name: 'mine: all',
    cells: ['90.00 ± 1.00', '7.000 ± 0.010', '0.2000 ± 0.0100', '2.100 ± 0.010'],
  });
  expect(tables[0]!.rows.find((r) => r.name === 'C-DSVAE, in the paper')).toMatchObject({
    cells: ['97.84', '7.163', '0.145', '2.176'],
    paper: true,
  });
  expect(evaluationSubject(evaluation, 1)).toBe(
    'after 1 step, on 10 test sequences of sm-mnist; mean ± standard deviation of 2 repeats',
  );
  expect(evaluationSubject({ ...evaluation, repeats: 1 }, 7)).toBe(
    'after 1 step (its newest model has 7), on 10 test sequences of sm-mnist; once',
  );
  // Nothing is known of the deviation of one repeat, and pairs of other recordings are said to be that.
  const apart = { factor: 'speaker', s: 0.1, z: 0.4, gap: 0.3, apart: 'utterance' };
  const once = evaluationTables([{ id: 'once', evaluation: { ...evaluation, repeats: 1, verification: [apart] } }]);
  expect(once[0]!.rows[0]!.cells).toEqual(['90.00', '7.000', '0.2000', '2.100']);
  expect(once.at(-1)!.rows[0]).toEqual({
    name: 'once: speaker, of different utterance',
    cells: ['10.00', '40.00', '30.00'],
  });
});
