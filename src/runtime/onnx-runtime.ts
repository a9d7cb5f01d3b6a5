import type { InferenceSession, OnnxValue, Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-common';
import { CdsvaeError } from '../errors.js';
import type { ElementType } from '../graph/index.js';
import type { Session, Value, Values } from './session.js';

/** What onnxruntime-node and onnxruntime-web have in common. */
export interface OnnxRuntime {
  readonly InferenceSession: typeof InferenceSession;
  readonly Tensor: TensorConstructor;
}

/** Wraps a session of either ONNX Runtime. */
export function wrapSession(runtime: OnnxRuntime, session: InferenceSession): Session {
  const tensor = (v: Value): OrtTensor => new runtime.Tensor(v.type as 'float32', v.data as Float32Array, v.shape);
  const tensors = (values: Values) => Object.fromEntries(Object.entries(values).map(([name, v]) => [name, tensor(v)]));
  const run = async (inputs: Values, into: Values = {}): Promise<Record<string, Value>> => {
    try {
      const given = tensors(into);
      const fetches: Record<string, OnnxValue | null> = {};
      for (const name of session.outputNames) fetches[name] = given[name] ?? null;
      const results = await session.run(tensors(inputs), fetches);
      return Object.fromEntries(
        Object.entries(results).map(([name, t]) => [name, into[name] ?? toValue(t as OrtTensor)]),
      );
    } catch (cause) {
      throw new CdsvaeError('runtime', `ONNX Runtime: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  };
  let running: Promise<unknown> = Promise.resolve();
  return {
    run(inputs, into) {
      const done = run(inputs, into);
      running = Promise.allSettled([running, done]);
      return done;
    },
    async release() {
      // What is under way has its results yet.
      await running;
      await session.release();
    },
  };
}

function toValue(t: OrtTensor): Value {
  return { type: t.type as ElementType, shape: t.dims, data: t.data as Value['data'] };
}
