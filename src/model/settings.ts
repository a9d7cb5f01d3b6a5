/** The settings of a model that a user may choose, each with its bounds, in words that programs can check. */
import { z } from 'zod';

const count = (max: number) => z.int().min(1).max(max);

/** What a model is besides the shape of its data; see `ModelConfig`. What has a default is the paper's where it is not stated. */
export const modelSettings = z.strictObject({
  width: count(512).describe('channels of the first convolution; the paper has 64'),
  detail: z
    .int()
    .min(1)
    .max(16)
    .default(1)
    .describe('channels of the decoder before its last convolution, in those of the paper, which has 1'),
  mlp: count(4096).describe('units of the hidden layers of the coder of features'),
  features: count(4096).describe('g, features of a frame'),
  hidden: count(4096).describe('units of the recurrent networks'),
  static: count(4096).describe('d_s, dimensions of s'),
  dynamic: count(4096).describe('d_m, dimensions of z of a frame'),
  priorComponents: z
    .int()
    .min(1)
    .max(1024)
    .default(1)
    .describe(
      'K, normal distributions that p(z_1) is a mixture of: more where sequences begin in one of several motions; the paper has 1',
    ),
  posterior: z
    .enum(['causal', 'smoothing'])
    .describe('q(z_t) given the frames up to t (causal, the paper) or all of them (smoothing, the authors’ code)'),
  staticMean: z
    .enum(['linear', 'standardized'])
    .default('linear')
    .describe('means of q(s | x) as a linear map gives them (linear, the paper) or standardized over the batch'),
  objects: z
    .int()
    .min(0)
    .max(8)
    .default(0)
    .describe(
      'objects that keep their appearance and move, with s their appearance and z their positions; 0: frames are drawn whole (the paper)',
    ),
  initialization: z
    .enum(['scaled', 'normal'])
    .describe(
      'first weights by the number of inputs (scaled), or of standard deviation 0.02 (normal, much as the authors’ code)',
    ),
});
