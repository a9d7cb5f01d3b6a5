/** Symbolic tensors, their gradients and their ONNX encoding. */
export * from './convolution.js';
export * from './elementwise.js';
export * from './gather.js';
export * from './gradient.js';
export * from './graph.js';
export * from './matrix.js';
export { encodeOnnx } from './onnx.js';
export { OPEN_BATCH } from './open-batch.js';
export * from './reduce.js';
export * from './shape.js';
export * from './tensor.js';
