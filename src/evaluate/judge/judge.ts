import type { Factor } from '../../data/dataset.js';
import { CdsvaeError } from '../../errors.js';
import { frameDims } from '../../model/index.js';
import { float32, type Session } from '../../runtime/session.js';
import type { Batch } from '../../trained/model.js';
import { type JudgeConfig, outputName } from './network.js';

/** How often a judge is right on real sequences that it never saw. */
export interface JudgeAccuracy {
  /** The split it was measured on. */
  readonly split: string;
  readonly sequences: number;
  /** Of each factor, in the order of the judge's factors; 0 to 1. */
  readonly factors: readonly number[];
  /** All static factors right at once; null where there is none. */
  readonly static: number | null;
  /** All dynamic factors right at once; null where there is none. */
  readonly dynamic: number | null;
}

/** Below this accuracy on real sequences a judge's word on made ones is not worth much. */
export const GOOD_JUDGE = 0.99;

/** Tells the labels of sequences. */
export class Classifier {
  constructor(
    readonly config: JudgeConfig,
    readonly session: Session,
  ) {}

  /** The labels it tells. */
  get factors(): readonly Factor[] {
    return this.config.factors;
  }

  /**
   * p(y | x) of each factor.
   *
   * @param x `[B, T, …frame]`, values (not raw ones)
   * @returns for each factor `[B, classes]`
   * @throws CdsvaeError `usage` when the sequences are not such as it judges
   */
  async judge(x: Batch): Promise<Float32Array[]> {
    const { frames, frame } = this.config;
    const expected = [frames, ...frameDims(frame)];
    if (x.shape.slice(1).join() !== expected.join()) {
      throw new CdsvaeError('usage', `sequences of shape [${x.shape.slice(1)}] given to a judge of [${expected}]`);
    }
    const out = await this.session.run({ x: float32(x.data, x.shape) });
    return this.factors.map((_, k) => out[outputName(k)]!.data as Float32Array);
  }

  /** Frees its memory. */
  release(): Promise<void> {
    return this.session.release();
  }
}

/** A classifier that is known to be right, and how often. */
export class Judge extends Classifier {
  /**
   * @param accuracy on real test sequences; to be shown with all it judges
   * @param hash SHA-256 of the file of its weights, where it came from one
   */
  constructor(
    config: JudgeConfig,
    session: Session,
    readonly accuracy: JudgeAccuracy,
    readonly hash?: string,
  ) {
    super(config, session);
  }

  /** A warning for each factor that it knows less than well. */
  warnings(): string[] {
    const { split, factors } = this.accuracy;
    return this.factors.flatMap(({ name }, k) =>
      factors[k]! < GOOD_JUDGE
        ? [
            `the judge is right about ${name} in only ${(100 * factors[k]!).toFixed(2)} % of real ${split} sequences: ` +
              'what it says of it is uncertain',
          ]
        : [],
    );
  }
}
