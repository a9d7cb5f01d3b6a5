import type { Animation } from '../../../browser.js';
import type { AudioFeatures } from '../../../data/dataset.js';

export type Embedding = 'pca' | 'umap';

/** What is asked of the tools' worker. */
export type ToolCall =
  | { readonly name: 'embed'; readonly values: Float32Array; readonly count: number; readonly method: Embedding }
  | { readonly name: 'gif' | 'webp'; readonly animation: Animation; readonly delay: number }
  | { readonly name: 'sound'; readonly values: Float32Array; readonly audio: AudioFeatures };

export interface ToolReply {
  readonly id: number;
  readonly value?: Float32Array | Uint8Array<ArrayBuffer>;
  readonly problem?: string;
}
