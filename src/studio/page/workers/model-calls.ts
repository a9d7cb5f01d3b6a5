import type { Batch, Factors, ModelConfig, ModelDescription } from '../../../browser.js';

/** What is asked of the model's worker. */
export type Call = LoadCall | AskCall;

/** What is asked of a loaded model. */
export type AskCall =
  | { readonly name: 'encode'; readonly x: Batch }
  | { readonly name: 'decode'; readonly s: Batch; readonly z: Batch }
  | { readonly name: 'sample'; readonly count: number; readonly seed: number; readonly frames: number };

export interface LoadCall {
  readonly name: 'load';
  /** A model folder. */
  readonly url: string;
  /** Where ONNX Runtime's files are. */
  readonly runtime: string;
  readonly threads: number;
  readonly device: Device;
}

/** `auto`: WebGPU where there is one. */
export type Device = 'auto' | 'wasm' | 'webgpu';

/** What is known of a loaded model. */
export interface Loaded {
  readonly config: ModelConfig;
  readonly description: ModelDescription;
  readonly device: 'wasm' | 'webgpu';
  /** Why it does not run where it was wanted. */
  readonly fallback?: string;
}

export interface Results {
  readonly load: Loaded;
  readonly encode: Factors;
  readonly decode: { readonly x: Batch };
  readonly sample: Factors;
}

export interface ModelRequest {
  readonly id: number;
  readonly call: Call;
}

export interface ModelReply {
  readonly id: number;
  readonly value?: unknown;
  readonly problem?: string;
  /** Why it runs on WebAssembly from now on. */
  readonly fallback?: string;
}
