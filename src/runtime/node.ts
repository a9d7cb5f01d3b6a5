import { availableParallelism } from 'node:os';
import * as ort from 'onnxruntime-node';
import { checkWhole } from '../bounds.js';
import { CdsvaeError } from '../errors.js';
import { wrapSession } from './onnx-runtime.js';
import type { Session, SessionOptions } from './session.js';

// The engine would otherwise keep an identifier of the machine in the home folder, and tell its makers of every session. It reads this
// when the first session is made; what the user has set stays.
process.env.ORT_DISABLE_TELEMETRY ??= '1';

/**
 * Loads an ONNX model into ONNX Runtime's native CPU engine.
 *
 * @throws CdsvaeError `usage` for a number of threads that cannot be, `runtime` when the model is refused
 */
export async function createSession(model: Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const { threads = availableParallelism() } = options;
  checkWhole('threads', threads, 1);
  try {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      // Planning memory ahead keeps every tensor of the step alive at once: twice the memory at the same speed.
      enableMemPattern: false,
      enableCpuMemArena: true,
      extra: {
        // Threads that spin on after a run, waiting for the next of their session, would take the cores from the run of another.
        session: { force_spinning_stop: '1' },
        // Equal nodes are already one; those that are left are meant to be computed twice (Graph.recompute).
        optimization: { disable_specified_optimizers: 'CommonSubexpressionElimination' },
      },
      // Errors are thrown; ONNX Runtime would print them as well.
      logSeverityLevel: 4,
      ...(options.profile !== undefined && { enableProfiling: true, profileFilePrefix: options.profile }),
    });
    return wrapSession(ort, session);
  } catch (cause) {
    throw new CdsvaeError('runtime', `ONNX Runtime: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
