/** Layers as plain functions of named parameters. */
export * from './adam.js';
export * from './batch-norm.js';
export * from './initializers.js';
export * from './linear.js';
export * from './parameters.js';
export * from './recurrent.js';
