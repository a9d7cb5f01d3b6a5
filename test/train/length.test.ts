import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Random } from '../../src/random.js';
import type { TrainOptions } from '../../src/train/train.js';
import { writeLittleData } from '../cli/dist.js';
import { failure, freshFolder, metricsOf, stepsKept, train, writeFeatures } from './little-training.js';

const at = freshFolder();

describe('the length of a run', () => {
  /** Aborts once so many steps are done. */
  function stoppedAt(step: number) {
    const controller = new AbortController();
    const onEvent: TrainOptions['onEvent'] = (e) => {
      if (e.type === 'progress' && e.step >= step) controller.abort();
    };
    return { signal: controller.signal, onEvent };
  }

  test('given anew on resuming is kept when that is interrupted', async () => {
    writeLittleData(at('little'));
    await train({ data: at('little'), out: at('run'), steps: 3 });
    const stopped = await train({ out: at('run'), resume: true, steps: 9, ...stoppedAt(5) });
    expect(stopped).toMatchObject({ step: 5, interrupted: true });
    expect(await train({ out: at('run'), resume: true })).toMatchObject({ step: 9, interrupted: false });
    expect(readFileSync(join(at('run'), 'config.yaml'), 'utf8')).toMatch(/^ {2}steps: 9$/m);
    expect(metricsOf(at('run')).flatMap((l) => ('loss' in l ? [l.step] : []))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('may be gone on with by other threads, which are kept', async () => {
    writeLittleData(at('little'));
    await train({ data: at('little'), out: at('run'), steps: 2, threads: 1 });
    expect(await train({ out: at('run'), resume: true, steps: 3, threads: 2 })).toMatchObject({ step: 3 });
    expect(readFileSync(join(at('run'), 'config.yaml'), 'utf8')).toMatch(/^ {2}threads: 2( |$)/m);
  });

  test('that the run has passed is refused, and its settings stay; its own length is simply reached', async () => {
    writeLittleData(at('little'));
    await train({ data: at('little'), out: at('run'), steps: 6 });
    const filesOf = () => ['config.yaml', 'metrics.jsonl'].map((name) => readFileSync(join(at('run'), name), 'utf8'));
    // As of a run that was killed after its last checkpoint: what it logged since goes only once it is trained again.
    appendFileSync(join(at('run'), 'metrics.jsonl'), '{"step":7,"loss":1}\n');
    const [before, names] = [filesOf(), readdirSync(at('run'))];
    for (const [length, message] of [
      [{ steps: 3 }, /run already has 6 steps; give more than 6 in all, by --steps/],
      [{ epochs: 0.5 }, /run already has 0\.75 epochs; give more than 0\.75 in all, by --epochs/],
      [{ minutes: 1e-6 }, /run already has [\d.]+ minutes; give more than [\d.]+ in all, by --minutes/],
    ] as const) {
      const error = await failure(train({ out: at('run'), resume: true, ...length }));
      expect(error).toMatchObject({ code: 'usage', message: expect.stringMatching(message) });
      expect(filesOf()).toEqual(before);
      expect(readdirSync(at('run'))).toEqual(names);
    }
    for (const length of [{}, { steps: 6 }, { epochs: 0.75 }]) {
      expect(await train({ out: at('run'), resume: true, ...length })).toMatchObject({ step: 6, stepsPerSecond: 0 });
    }
  });

  test('in minutes that have passed is reached by the same minutes again', async () => {
    writeLittleData(at('little'));
    const { step } = await train({ data: at('little'), out: at('run'), minutes: 0.001 });
    expect(await train({ out: at('run'), resume: true, minutes: 0.001 })).toMatchObject({ step, interrupted: false });
  });

  test('in minutes goes on where the run’s steps had ended it, whatever minutes its preset has', async () => {
    writeLittleData(at('little'));
    const set = ['train.steps=3', 'train.minutes=0.05'];
    expect(await train({ data: at('little'), out: at('run'), set })).toMatchObject({ step: 3 });
    expect((await train({ out: at('run'), resume: true, minutes: 0.05 })).step).toBeGreaterThan(3);
  });

  test('in minutes that pass between two steps ends after the next, as whole as ever', async () => {
    writeLittleData(at('little'));
    const phases: string[] = [];
    const onEvent: TrainOptions['onEvent'] = (e) => {
      if (e.type !== 'progress') return;
      // The first validation takes all the time there is.
      if (e.phase === 'validate' && !phases.includes('validate'))
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700);
      phases.push(e.phase);
    };
    const set = ['train.validateEvery=1', 'train.sampleEvery=0'];
    const { step, sheet } = await train({ data: at('little'), out: at('run'), minutes: 0.01, set, onEvent });
    expect(phases.slice(-4)).toEqual(['train', 'validate', 'draw', 'done']);
    expect(sheet).toMatch(`step-${step}.png`);
  });

  test('in other minutes than before is planned from the first step, by the pace so far', async () => {
    writeLittleData(at('little'));
    const set = ['optimizer.schedule=cosine', 'optimizer.warmup=0'];
    const { step, seconds } = await train({ data: at('little'), out: at('run'), steps: 30, set });
    const planned: (number | undefined)[] = [];
    await train({
      out: at('run'),
      resume: true,
      minutes: (2 * seconds) / 60,
      onEvent: (e) => {
        if (e.type === 'progress') planned.push(e.steps);
      },
    });
    // 60, as far as a busy machine keeps its pace; 90 were those minutes planned from where the run is.
    expect(planned[0]).toBeGreaterThan(45);
    expect(planned[0]).toBeLessThan(80);
    const rates = metricsOf(at('run')).flatMap((l) => ('loss' in l ? [l.learningRate as number] : []));
    expect(rates[step]).toBeLessThan(0.95 * rates[0]!);
  });

  test('in minutes, too, is replaced by steps given later', async () => {
    writeLittleData(at('little'));
    const first = await train({ data: at('little'), out: at('run'), minutes: 0.001 });
    expect(first).toMatchObject({ interrupted: false });
    const { step } = first;
    await train({ out: at('run'), resume: true, steps: step + 6, ...stoppedAt(step + 3) });
    expect(await train({ out: at('run'), resume: true })).toMatchObject({ step: step + 6, interrupted: false });
  });

  test('in epochs is so many times the whole batches of the data; a resumed run goes on through them as it would have', async () => {
    const values = Random.of(5, 'eleven').normals(new Float32Array(13 * 24));
    writeFeatures(at('eleven'), (n, i) => values[n * 24 + i]!, { train: [0, 11], validation: [11, 13] });
    const options = { data: at('eleven'), set: ['optimizer.schedule=constant'] };
    expect(await train({ ...options, out: at('once'), epochs: 2.5 })).toMatchObject({ step: 5 });
    expect(await train({ ...options, out: at('twice'), epochs: 1.5 })).toMatchObject({ step: 3 });
    expect(await train({ out: at('twice'), resume: true, epochs: 2.5 })).toMatchObject({ step: 5 });
    const termsOf = (out: string) =>
      metricsOf(at(out)).flatMap(({ seconds: _, ...line }) => ('loss' in line ? [line] : []));
    expect(termsOf('twice')).toEqual(termsOf('once'));
    const error = await failure(train({ out: at('once'), resume: true, epochs: 2 }));
    expect(error.message).toMatch(/already has 2\.5 epochs/);
  });

  test('stopped before its first step, it can still be resumed', async () => {
    writeLittleData(at('little'));
    const signal = AbortSignal.abort();
    const stopped = await train({ data: at('little'), out: at('run'), steps: 2, signal });
    expect(stopped).toMatchObject({ step: 0, interrupted: true, terms: {} });
    expect(stepsKept(at('run'))).toEqual([]);
    expect(await train({ out: at('run'), resume: true })).toMatchObject({ step: 2, interrupted: false });
  });
});
