import { add, mul, type Tensor } from '../graph/index.js';
import type { ModelConfig, ModelOutputs } from '../model/index.js';
import { contrastive, flatTrajectory } from './contrastive.js';
import { dynamicKl, staticKl } from './kl.js';
import { type MwsEstimate, mutualInformation } from './minibatch-weighted-sampling.js';
import { type Likelihood, reconstruction, steadyError } from './reconstruction.js';

/** What is minimised. */
export interface ObjectiveConfig {
  readonly likelihood: Likelihood;
  /**
   * ρ: how much more an error in what moves costs than one that stays (likelihood `gaussian`). 1: as much, as the paper has it.
   *
   * The noise of a value is still normal, but that of its T frames is not independent: precision 2 along their mean over time (2T of
   * that mean itself), 2ρ around it. Where little moves, in few pixels, this brings motion forward.
   */
  readonly motionPrecision: number;
  /** α of KL_s. */
  readonly alphaStatic: number;
  /** α of KL_z. The paper has one α for both. */
  readonly alphaDynamic: number;
  /** α of KL_z at the last step, to which it goes in a line from {@link alphaDynamic}. null: it stays (the paper). */
  readonly alphaDynamicEnd: number | null;
  /** β of I(s; x), whose other view is the content augmentation. 0: not optimised. */
  readonly betaStatic: number;
  /** β of I(z; x), whose other view is the motion augmentation. 0: not optimised. */
  readonly betaDynamic: number;
  /** γ, weight of I(s; z). 0: not optimised. */
  readonly gamma: number;
  /** τ of the contrastive terms. */
  readonly temperature: number;
  /** Estimate of I(s; z) that is optimised. */
  readonly mws: MwsEstimate;
  /** How I(s; x) and I(z; x) are estimated: contrastively, or by minibatch weighted sampling too (Tables 7 and 8). */
  readonly mutualInformation: 'contrastive' | 'mws';
  /** N, sequences in the data (minibatch weighted sampling). */
  readonly dataSize: number;
}

/** Terms of the objective, in the order in which they are logged. */
export const TERMS = [
  'loss',
  'reconstruction',
  'klStatic',
  'klDynamic',
  'contrastiveStatic',
  'contrastiveDynamic',
  'mwsStaticDynamic',
  'mwsStaticDynamicFrame',
  'mwsStaticData',
  'mwsDynamicData',
] as const;

/** Each a scalar; all are computed, whether their weight is 0 or not. */
export type Terms = Readonly<Record<(typeof TERMS)[number], Tensor>>;

/**
 * The objective, eq. 6 with the weights of 4.3, to be minimised:
 *
 *   reconstruction + α (KL_s + KL_z) − β (I_s + I_z) + γ I_sz
 *
 * @param x `[B, T, …frame]`
 * @param alphaDynamic α of KL_z now, a scalar where it differs from step to step
 */
export function objective(
  model: ModelConfig,
  config: ObjectiveConfig,
  x: Tensor,
  out: ModelOutputs,
  alphaDynamic: number | Tensor = config.alphaDynamicEnd ?? config.alphaDynamic,
): Terms {
  const { motionPrecision, alphaStatic, betaStatic, betaDynamic, gamma } = config;
  const terms = {
    reconstruction: reconstruction(model, config.likelihood, x, out.logits),
    klStatic: staticKl(out.s),
    klDynamic: dynamicKl(out.z, out.prior),
    contrastiveStatic: contrastive(out.s.mean, out.contentMean, config.temperature),
    contrastiveDynamic: contrastive(flatTrajectory(out.z.mean), flatTrajectory(out.motionMean), config.temperature),
  };
  const mws = mutualInformation(out.s, out.z, config.dataSize);
  const sz = config.mws === 'trajectory' ? mws.trajectory : mws.frame;
  const [sx, zx] =
    config.mutualInformation === 'contrastive'
      ? [terms.contrastiveStatic, terms.contrastiveDynamic]
      : [mws.staticData, mws.dynamicData];

  const weighted: [number | Tensor, Tensor][] = [
    // Σ_t [ē² + ρ (e_t − ē)²] = ρ Σ_t e_t² − (ρ − 1) T ē²
    [motionPrecision, terms.reconstruction],
    [1 - motionPrecision, steadyError(model, x, out.logits)],
    [alphaStatic, terms.klStatic],
    [alphaDynamic, terms.klDynamic],
    [-betaStatic, sx],
    [-betaDynamic, zx],
    [gamma, sz],
  ];
  const loss = weighted
    .filter(([w]) => w !== 0)
    .map(([w, t]) => mul(t, w))
    .reduce(add);
  return {
    loss,
    ...terms,
    mwsStaticDynamic: mws.trajectory,
    mwsStaticDynamicFrame: mws.frame,
    mwsStaticData: mws.staticData,
    mwsDynamicData: mws.dynamicData,
  };
}
