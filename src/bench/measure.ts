import { stepFlops } from './flops.js';
import { createTrainer, encodedSize, prepareStep, type StepCase } from './step-case.js';
import { median, secondsSince } from './timing.js';

/** Learning rate while measuring; what it is changes no time. */
export const LEARNING_RATE = 1e-3;

/** How long steps are measured. */
export interface Repeats {
  /** Steps before the first that counts. */
  readonly warmUp: number;
  /** Steps that count. */
  readonly steps: number;
}

/** What a training step costs. */
export interface StepMeasurement extends StepCase {
  /** Fastest and median step, in seconds. */
  readonly fastest: number;
  readonly seconds: number;
  readonly sequencesPerSecond: number;
  /** Largest resident size of the process, in bytes. */
  readonly memory: number;
  /** Seconds to build the graph and make a session of it. */
  readonly creation: number;
  /** Operations of a step ({@link stepFlops}), and how many a second the median step makes of them. */
  readonly flops: number;
  readonly flopsPerSecond: number;
  /** Bytes of the graph. */
  readonly graphBytes: number;
}

/** Takes training steps and times them. Memory is that of the whole process: measure each case in one of its own. */
export async function measureStep(c: StepCase, { warmUp, steps }: Repeats): Promise<StepMeasurement> {
  const prepared = prepareStep(c);
  const begun = performance.now();
  const trainer = await createTrainer(prepared, { threads: c.threads });
  const creation = secondsSince(begun);
  const times: number[] = [];
  for (let step = 1; step <= warmUp + steps; step++) {
    const inputs = prepared.inputs(step);
    const before = performance.now();
    await trainer.step(step, LEARNING_RATE, inputs);
    if (step > warmUp) times.push(secondsSince(before));
  }
  const memory = process.resourceUsage().maxRSS * 1024;
  await trainer.release();
  const seconds = median(times);
  const flops = stepFlops(prepared.setup.model, c);
  return {
    ...c,
    fastest: Math.min(...times),
    seconds,
    sequencesPerSecond: c.batch / seconds,
    memory,
    creation,
    flops,
    flopsPerSecond: flops / seconds,
    graphBytes: encodedSize(prepared),
  };
}
