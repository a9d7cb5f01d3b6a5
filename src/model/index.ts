/** The sequential VAE. */
export * from './cdsvae.js';
export type { FrameCoder } from './coder/coder.js';
export { type Coders, codersOf, plainCoder, trainingCoder } from './coder/coders.js';
export { fastCoder } from './coder/fast/coder.js';
export { featureCoder } from './coder/features.js';
export { referenceCoder } from './coder/reference.js';
export { decoderChannels, stageChannels, stages } from './coder/stages.js';
export * from './config.js';
export * from './dynamic-posterior.js';
export * from './dynamic-prior.js';
export type { Mixture } from './first-step.js';
export * from './gaussian.js';
export { checkObjects } from './objects/check.js';
export { outputBias } from './output-bias.js';
export { modelSettings } from './settings.js';
export * from './static-posterior.js';
export { timeFirst } from './time-first.js';
