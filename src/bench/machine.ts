import { add, encodeOnnx, Graph, matmul, mul, type Tensor } from '../graph/index.js';
import { createSession } from '../runtime/node.js';
import { float32 } from '../runtime/session.js';
import { median, secondsSince } from './timing.js';

/** What the machine gives the engine, for a step to be compared with. */
export interface MachineRates {
  readonly threads: number;
  /** Floating-point operations a second of the product of two 2048 × 2048 matrices. */
  readonly matmul: number;
  /** Bytes a second, read and written, of elementwise work on arrays of 4 MB, which a cache may hold, and of 64 MB. */
  readonly streamSmall: number;
  readonly streamLarge: number;
}

const SIDE = 2048;
const ROUNDS = 5;
/** Operations one after the other in the graph that streams, so that entering and leaving the engine counts for little. */
const CHAIN = 8;

/** Measures the machine through the same engine that training uses: the median of {@link ROUNDS} runs after one to warm up. */
export async function machineRates(threads: number): Promise<MachineRates> {
  const product = await secondsOf(threads, (x) => matmul(x, x), [SIDE, SIDE]);
  const stream = async (bytes: number) => {
    const n = bytes / 4;
    // Each operation reads and writes an array; the last one's result is written where it leaves the engine.
    const seconds = await secondsOf(threads, (x) => Array.from({ length: CHAIN }).reduce<Tensor>(step, x), [n]);
    return (CHAIN * 2 * bytes) / seconds;
  };
  return {
    threads,
    matmul: (2 * SIDE ** 3) / product,
    streamSmall: await stream(4 * 2 ** 20),
    streamLarge: await stream(64 * 2 ** 20),
  };
}

function step(x: Tensor, _: unknown, i: number): Tensor {
  return i % 2 === 0 ? mul(x, 1.5) : add(x, 0.5);
}

async function secondsOf(threads: number, build: (x: Tensor) => Tensor, shape: readonly number[]): Promise<number> {
  const graph = new Graph();
  graph.output('y', build(graph.input('x', shape)));
  const session = await createSession(encodeOnnx(graph), { threads });
  const size = shape.reduce((a, b) => a * b, 1);
  const x = float32(new Float32Array(size).fill(0.7), shape);
  const into = { y: float32(new Float32Array(size), shape) };
  const times: number[] = [];
  for (let i = 0; i <= ROUNDS; i++) {
    const begun = performance.now();
    await session.run({ x }, into);
    if (i > 0) times.push(secondsSince(begun));
  }
  await session.release();
  return median(times);
}
