/// <reference lib="esnext.disposable" preserve="true" />
import type { Factor } from '../../data/dataset.js';
import { CdsvaeError } from '../../errors.js';
import { frameDims } from '../../model/index.js';
import { float32, type Session } from '../../runtime/session.js';
import { slice } from '../../trained/batch.js';
import { checkInput } from '../../trained/check-input.js';
import type { Batch } from '../../trained/model.js';
import { type JudgeConfig, outputName } from './network.js';

/** How often a judge is right on real sequences that it never saw. */
export interface JudgeAccuracy {
  /** The split it was measured on. */
  readonly split: string;
  readonly sequences: number;
  /** Of each factor, in the order of the judge's factors; 0 to 1, null where the split has no label of it. */
  readonly factors: readonly (number | null)[];
  /** All static factors right at once; null where there is none, or no sequence with labels of all. */
  readonly static: number | null;
  /** All dynamic factors right at once; null likewise. */
  readonly dynamic: number | null;
}

/** Below this accuracy on real sequences a judge's word on made ones is not worth much. */
const GOOD_JUDGE = 0.99;

/** Sequences that go through the engine at a time: more take memory and save no time. */
const PIECE = 64;

/** Tells the labels of sequences. */
export class Classifier {
  #released: Promise<void> | undefined;

  /** @param places which of the factors in `config` it is asked for; default all */
  constructor(
    readonly config: JudgeConfig,
    readonly session: Session,
    protected readonly places: readonly number[] = config.factors.map((_, k) => k),
  ) {}

  /** The labels it tells. */
  get factors(): readonly Factor[] {
    return this.places.map((k) => this.config.factors[k]!);
  }

  /**
   * p(y | x) of each factor.
   *
   * @param x `[B, T, …frame]`, values (not raw ones)
   * @returns for each factor `[B, classes]`
   * @throws CdsvaeError `usage` when the sequences are not such as it judges, or hold a number that is not finite
   */
  async judge(x: Batch): Promise<Float32Array[]> {
    const { frames, frame } = this.config;
    if (this.#released) throw new CdsvaeError('usage', 'the judge was released, and its memory with it; load it again');
    checkInput('x', x, [frames, ...frameDims(frame)]);
    const found = this.factors.map(({ classes }) => new Float32Array(x.shape[0]! * classes.length));
    for (let i = 0; i < x.shape[0]!; i += PIECE) {
      const piece = slice(x, i, i + PIECE);
      const out = await this.session.run({ x: float32(piece.data, piece.shape) });
      for (const [j, k] of this.places.entries()) {
        found[j]!.set(out[outputName(k)]!.data as Float32Array, i * this.factors[j]!.classes.length);
      }
    }
    return found;
  }

  /** Frees its memory. May be called twice. */
  async release(): Promise<void> {
    this.#released ??= this.session.release();
    await this.#released;
  }

  /** {@link Classifier.release}, for `await using judge = await loadJudge(…)`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

/** A judge's factors of a type, by their places. */
export function placesOf({ factors }: Classifier, type: Factor['type']): number[] {
  return factors.flatMap((f, k) => (f.type === type ? [k] : []));
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
    places?: readonly number[],
  ) {
    super(config, session, places);
  }

  /** The same judge, asked for some of its factors only. It shares the session: only one of the two is to be released. */
  only(wanted: (factor: Factor) => boolean): Judge {
    const places = this.places.filter((k) => wanted(this.config.factors[k]!));
    return new Judge(this.config, this.session, this.accuracy, this.hash, places);
  }

  /** A warning for each factor that it knows less than well, or is not known to know. */
  warnings(): string[] {
    const { split, factors } = this.accuracy;
    const seen = `the judge is measured on ${split} sequences, by which it was chosen: on others it may be right less often`;
    return [...(split === 'test' ? [] : [seen]), ...this.#unsure(split, factors)];
  }

  #unsure(split: string, factors: JudgeAccuracy['factors']): string[] {
    return this.places.flatMap((k) => {
      const { name } = this.config.factors[k]!;
      const right = factors[k] ?? null;
      if (right === null)
        return [
          `no real ${split} sequence has a label of ${name} to hold the judge against: what it says of it is uncertain`,
        ];
      if (right >= GOOD_JUDGE) return [];
      const percent = (100 * right).toFixed(2);
      return [
        `the judge is right about ${name} in only ${percent} % of real ${split} sequences: what it says of it is uncertain`,
      ];
    });
  }
}
