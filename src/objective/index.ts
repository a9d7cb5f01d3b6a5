/** The objective and its terms. */
export * from './contrastive.js';
export * from './elbo.js';
export * from './kl.js';
export * from './minibatch-weighted-sampling.js';
export * from './reconstruction.js';
