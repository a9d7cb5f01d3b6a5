/** The thread that prepares batches ahead of training: reads data and draws noise while the engine computes. */
import { parentPort, workerData } from 'node:worker_threads';
import { openDataset } from '../data/open.js';
import { CdsvaeError } from '../errors.js';
import type { Value } from '../runtime/session.js';
import { type BatchInputs, type BatchPlan, prepareBatch } from './batches.js';
import { kindOf, type WholeSteps } from './step-kinds.js';

/** What the thread is started with. */
export interface WorkerTask {
  readonly source: string;
  /** The data's seed. */
  readonly seed: number;
  /** Of each kind of step. */
  readonly plans: readonly BatchPlan[];
  readonly whole: WholeSteps;
}

/** What it sends back for a step. */
export type WorkerReply =
  | { readonly step: number; readonly inputs: BatchInputs }
  | {
      readonly step: number;
      readonly error: { readonly code: CdsvaeError['code'] | undefined; readonly message: string };
    };

const { source, seed, plans, whole } = workerData as WorkerTask;
const kinds = plans.map((plan) => ({ plan, data: openDataset(source, { seed, frames: plan.model.frames }) }));

parentPort!.on('message', (step: number) => {
  try {
    const { plan, data } = kinds[kindOf(step, whole, kinds)]!;
    const inputs = prepareBatch(plan, 'train', data.info, data.split('train')!, step);
    parentPort!.postMessage({ step, inputs } satisfies WorkerReply, buffersOf(inputs));
  } catch (cause) {
    const error = {
      code: cause instanceof CdsvaeError ? cause.code : undefined,
      message: cause instanceof Error ? cause.message : String(cause),
    };
    parentPort!.postMessage({ step, error } satisfies WorkerReply);
  }
});

function buffersOf(inputs: Record<string, Value>): ArrayBuffer[] {
  return Object.values(inputs).map((v) => v.data.buffer as ArrayBuffer);
}
