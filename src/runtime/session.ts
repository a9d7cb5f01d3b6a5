import type { ElementType, Shape } from '../graph/index.js';

/** Values of a tensor: a typed array of the tensor's type and its shape. */
export interface Value {
  readonly type: ElementType;
  readonly shape: Shape;
  readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;
}

/** Named values. */
export type Values = Readonly<Record<string, Value>>;

/** How a session runs. */
export interface SessionOptions {
  /** Threads within one operation; default: the number of cores. The same number gives the same bits. */
  readonly threads?: number | undefined;
  /** Write the runtime's own profile to a file with this prefix. */
  readonly profile?: string | undefined;
}

/** A graph ready to run. */
export interface Session {
  /**
   * Runs the graph once.
   *
   * @param inputs a value for each input of the graph
   * @param into arrays that outputs of these names are written into instead of new ones
   * @throws CdsvaeError `runtime` when the runtime refuses
   */
  run(inputs: Values, into?: Values): Promise<Record<string, Value>>;
  /** Frees the memory, once what is under way has its results; the session cannot be used afterwards. */
  release(): Promise<void>;
}

/** Makes a session of an encoded graph. */
export type SessionFactory = (model: Uint8Array) => Promise<Session>;

/** A float32 value. */
export function float32(data: Float32Array, shape: Shape): Value {
  return { type: 'float32', shape, data };
}
