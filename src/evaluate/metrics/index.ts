/** Measures on arrays, whatever they came from. */
export * from './accuracy.js';
export * from './equal-error-rate.js';
export * from './inception-score.js';
export * from './linear-probe.js';
export * from './logistic-regression.js';
export * from './summary.js';
export * from './verification.js';
