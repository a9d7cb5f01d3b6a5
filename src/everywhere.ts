/** What the library gives both in Node and in the browser. */
export type { AudioFeatures, Corpus, DatasetInfo, Factor } from './data/dataset.js';
export { CdsvaeError, type ErrorCode } from './errors.js';
export type { FileFacts } from './formats/file-facts.js';
export type { Clips, Fixed, Generated, GeneratedGroup, GeneratedRow } from './generate/compose.js';
export { type InterpolateOptions, interpolate } from './generate/interpolate.js';
export { pairGroups, sequence } from './generate/pairs.js';
export { reconstruct } from './generate/reconstruct.js';
export { type SampleOptions, sampleHolding, samplePrior } from './generate/sample.js';
export { cross, type SwapOptions, swap } from './generate/swap.js';
export type { ElementType } from './graph/index.js';
export type { FrameShape, ModelConfig } from './model/index.js';
export { type Animation, animate, heatMapTable } from './picture/animation.js';
export type { Picture } from './picture/canvas.js';
export type { ColormapName } from './picture/colormap.js';
export { contactSheet, type SheetGroup, type SheetRow, type SheetSpec } from './picture/contact-sheet.js';
export { type Curve, type CurvesOptions, curvesSvg } from './picture/curves.js';
export type { FeatureFrames, Frames, VideoFrames } from './picture/frames.js';
export type { Session, SessionFactory, Value, Values } from './runtime/session.js';
export { createModel } from './trained/create.js';
export type { ModelData, ModelDescription } from './trained/description.js';
export type { Weights } from './trained/graphs.js';
export {
  type Batch,
  type DecodeOptions,
  type Encoded,
  type Factors,
  Model,
  type ModelSessions,
  type PriorOptions,
} from './trained/model.js';
export { loadWeights } from './trained/weights.js';
