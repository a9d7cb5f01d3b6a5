/** The thread that prepares batches ahead of training: reads data and draws noise while the engine computes. */
import { parentPort, workerData } from 'node:worker_threads';
import { openDataset } from '../data/open.js';
import type { Value } from '../runtime/session.js';
import { faultOf, type ThreadFault } from '../thread-fault.js';
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
  | { readonly step: number; readonly error: ThreadFault };

const { source, seed, plans, whole } = workerData as WorkerTask;
const open = () => plans.map((plan) => ({ plan, data: openDataset(source, { seed, frames: plan.model.frames }) }));
let kinds: ReturnType<typeof open> | undefined;

parentPort!.on('message', (step: number) => {
  try {
    kinds ??= open();
    const { plan, data } = kinds[kindOf(step, whole, kinds)]!;
    const inputs = prepareBatch(plan, 'train', data.info, data.split('train')!, step);
    parentPort!.postMessage({ step, inputs } satisfies WorkerReply, buffersOf(inputs));
  } catch (cause) {
    parentPort!.postMessage({ step, error: faultOf(cause) } satisfies WorkerReply);
  }
});

function buffersOf(inputs: Record<string, Value>): ArrayBuffer[] {
  return Object.values(inputs).map((v) => v.data.buffer as ArrayBuffer);
}
