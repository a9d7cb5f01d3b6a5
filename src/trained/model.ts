/// <reference lib="esnext.disposable" preserve="true" />
import { checkWhole } from '../bounds.js';
import { CdsvaeError } from '../errors.js';
import { frameDims, type ModelConfig } from '../model/index.js';
import { Random } from '../random.js';
import { float32, type Session, type Values } from '../runtime/session.js';
import { type Batch, concat, slice } from './batch.js';
import { checkInput, type PixelRange } from './check-input.js';
import { type ModelDescription, rawDivisor } from './description.js';
import { PRIOR_STATE } from './graphs.js';

export type { Batch } from './batch.js';

/** Factors of sequences: s `[B, d_s]`, z `[B, T, d_m]`. */
export interface Factors {
  readonly s: Batch;
  readonly z: Batch;
}

/** Factors, and how sure the posterior is of them. */
export interface Encoded extends Factors {
  /** log σ² of s, `[B, d_s]`. */
  readonly sLogvar: Batch;
  /** log σ² of z, `[B, T, d_m]`. */
  readonly zLogvar: Batch;
}

/** How factors are drawn from the prior. */
export interface PriorOptions {
  /** Frames of a trajectory, 1 or more. Default T. */
  readonly frames?: number | undefined;
  /** A whole number of at least 0; the same seed draws the same. Default 0. */
  readonly seed?: number | undefined;
  /**
   * Every standard deviation is multiplied by it, and probabilities of components of a mixture are raised to its inverse: 0 gives the
   * means of the most probable, below 1 the more usual. Default 1.
   */
  readonly temperature?: number | undefined;
  /** Told of frames of all trajectories drawn, and of all of them. */
  readonly onDrawn?: ((done: number, total: number) => void) | undefined;
}

/** How the decoding of sequences is watched. */
export interface DecodeOptions {
  /** Told of frames decoded, and of all of them. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** The three graphs of a trained model, ready to run. */
export interface ModelSessions {
  readonly encoder: Session;
  readonly decoder: Session;
  readonly prior: Session;
}

/** Sequences that go through the engine at a time: more take memory and save no time. */
const PIECE = 32;

/** Values of factors that are drawn at a time, 1 GiB: more would be refused by the machine, in words of its own. */
const MOST_DRAWN = 2 ** 28;

/**
 * A trained model. Sequences are `[B, T, H, W, C]` with values in [0, 1], or `[B, T, F]`; raw values of the training data
 * become these by division by `description.data.divisor`.
 *
 * @example
 * const model = await load('runs/digits');
 * const { s, z } = await model.encode(clips);
 * const again = await model.decode(s, z);
 */
export class Model {
  #released: Promise<unknown> | undefined;

  /** @param description what its folder says of it: data, normalisation, training; absent for one that was never in a folder */
  constructor(
    readonly config: ModelConfig,
    readonly sessions: ModelSessions,
    readonly description?: ModelDescription,
  ) {}

  /**
   * Posterior means and log-variances of sequences.
   *
   * @throws CdsvaeError `usage` when they are not float32 of the model's shape, or hold a value that is not finite or, of video,
   *   not in [0, 1]
   */
  async encode(x: Batch): Promise<Encoded> {
    const { frame, frames } = this.config;
    const range = frame.kind === 'video' ? this.#pixels() : undefined;
    checkInput('x', x, [frames, ...frameDims(frame)], range);
    const pieces: Values[] = [];
    for (let i = 0; i < x.shape[0]!; i += PIECE) {
      const piece = slice(x, i, i + PIECE);
      pieces.push(await this.#open.encoder.run({ x: float32(piece.data, piece.shape) }));
    }
    const all = (name: string) => concat(pieces.map((out) => batch(out, name)));
    return { s: all('s.mean'), z: all('z.mean'), sLogvar: all('s.logvar'), zLogvar: all('z.logvar') };
  }

  /**
   * Sequences of factors, of as many frames as z has: longer than T is decoded T frames at a time.
   *
   * @throws CdsvaeError `usage` when they are not float32 of the model's shapes, or hold a value that is not finite
   */
  async decode(s: Batch, z: Batch, { onProgress = () => {} }: DecodeOptions = {}): Promise<Batch> {
    const { dynamic } = this.config;
    checkInput('s', s, [this.config.static]);
    checkInput('z', z, ['T', dynamic]);
    if (s.shape[0] !== z.shape[0]) {
      throw new CdsvaeError('usage', `s is of ${s.shape[0]} sequences and z of ${z.shape[0]}; they must be as many`);
    }
    const [count, total] = z.shape as [number, number];
    const pieces: Batch[] = [];
    for (let i = 0; i < count; i += PIECE) {
      const piece = [slice(s, i, i + PIECE), slice(z, i, i + PIECE)] as const;
      pieces.push(await this.#decodePiece(...piece, (done) => onProgress(i * total + done, count * total)));
    }
    return concat(pieces);
  }

  async #decodePiece(s: Batch, z: Batch, onProgress: (done: number) => void): Promise<Batch> {
    const { frames, dynamic, frame } = this.config;
    const [count, total] = z.shape as [number, number, number];
    const dims = frameDims(frame);
    const pixels = dims.reduce((a, b) => a * b, 1);
    const result = new Float32Array(count * total * pixels);
    // Frames are decoded one by one, so a piece may be filled up with any others.
    for (let start = 0; start < total; start += frames) {
      const length = Math.min(frames, total - start);
      const piece = new Float32Array(count * frames * dynamic);
      for (let b = 0; b < count; b++) {
        piece.set(
          z.data.subarray((b * total + start) * dynamic, (b * total + start + length) * dynamic),
          b * frames * dynamic,
        );
      }
      const { x } = await this.#open.decoder.run({
        s: float32(s.data, s.shape),
        z: float32(piece, [count, frames, dynamic]),
      });
      const decoded = x!.data as Float32Array;
      for (let b = 0; b < count; b++) {
        const from = b * frames * pixels;
        result.set(decoded.subarray(from, from + length * pixels), (b * total + start) * pixels);
      }
      onProgress(count * (start + length));
    }
    return { shape: [count, total, ...dims], data: result };
  }

  /**
   * Sequences with the static factor of `content` and the dynamic factor of `motion`, pair by pair.
   *
   * @throws CdsvaeError `usage` when shapes are not the model's, or not as many of one as of the other
   */
  async swap(content: Batch, motion: Batch): Promise<Batch> {
    const [{ s }, { z }] = [await this.encode(content), await this.encode(motion)];
    return this.decode(s, z);
  }

  /**
   * Factors drawn from the prior: s from N(0, 1), z step by step, each given those before it (eq. 1). A trajectory may be
   * shorter or longer than T.
   *
   * @param count sequences, 1 or more
   * @throws CdsvaeError `usage` when a number is not a whole one of at least 1 (seed: 0), the temperature below 0, or more asked
   *   for than can be drawn at a time
   */
  async sample(count: number, options: PriorOptions = {}): Promise<Factors> {
    const { frames: total = this.config.frames, seed = 0, temperature = 1, onDrawn } = options;
    const { frames, dynamic, hidden, priorComponents } = this.config;
    checkWhole('count', count, 1);
    checkWhole('frames', total, 1);
    checkWhole('seed', seed, 0);
    if (!(typeof temperature === 'number' && temperature >= 0 && temperature < Number.POSITIVE_INFINITY)) {
      throw new CdsvaeError('usage', `temperature is ${temperature}; a number of at least 0 is expected`);
    }
    const each = Math.max(Math.max(total, frames) * dynamic, hidden, this.config.static, priorComponents);
    if (count * each > MOST_DRAWN) {
      const most = Math.floor(MOST_DRAWN / each);
      throw new CdsvaeError(
        'usage',
        `${count} sequences of ${total} frames are too many to draw at a time; ` +
          (most > 0 ? `at most ${most}, and more with another seed` : 'draw fewer frames'),
      );
    }
    const random = Random.of(seed, 'prior');
    const normals = (size: number) => random.normals(new Float32Array(size)).map((v) => v * temperature);
    const s: Batch = { shape: [count, this.config.static], data: normals(count * this.config.static) };
    const z = new Float32Array(count * total * dynamic);
    const choice = Random.of(seed, 'prior component');
    const componentNoise = (begins: boolean) => {
      // The largest of log π + Gumbel noise is a draw from π; without the noise it is the most probable. Log 0 times 0 would be no number.
      const gumbel = () => -temperature * Math.log(-Math.log(choice.uniform() || Number.MIN_VALUE));
      // Where a trajectory goes on, there is no drawing: the LSTM's own output is the first.
      const goesOn = (i: number) => (i % priorComponents === 0 ? 1e30 : 0);
      const noise = Float32Array.from({ length: count * priorComponents }, (_, i) => (begins ? gumbel() : goesOn(i)));
      return float32(noise, [count, priorComponents]);
    };
    let state: Values = Object.fromEntries(
      PRIOR_STATE.map((name) => {
        const width = name === 'z' ? dynamic : hidden;
        return [`state.${name}`, float32(new Float32Array(count * width), [count, width])];
      }),
    );
    for (let start = 0; start < total; start += frames) {
      const noise = normals(count * frames * dynamic);
      const out = await this.#open.prior.run({
        ...(priorComponents > 1 && { 'noise.first': componentNoise(start === 0) }),
        'noise.s': float32(s.data, s.shape),
        'noise.z': float32(noise, [count, frames, dynamic]),
        ...state,
      });
      state = Object.fromEntries(PRIOR_STATE.map((name) => [`state.${name}`, out[`next.${name}`]!]));
      const length = Math.min(frames, total - start);
      for (let b = 0; b < count; b++) {
        const drawn = (out.z!.data as Float32Array).subarray(b * frames * dynamic, (b * frames + length) * dynamic);
        z.set(drawn, (b * total + start) * dynamic);
      }
      onDrawn?.(count * (start + length), count * total);
    }
    return { s, z: { shape: [count, total, dynamic], data: z } };
  }

  get #open(): ModelSessions {
    if (this.#released) throw new CdsvaeError('usage', 'the model was released, and its memory with it; load it again');
    return this.sessions;
  }

  /** Frees the memory of the model, which cannot be used afterwards. May be called twice. */
  async release(): Promise<void> {
    const { encoder, decoder, prior } = this.sessions;
    this.#released ??= Promise.all([encoder.release(), decoder.release(), prior.release()]);
    await this.#released;
  }

  /** {@link Model.release}, for `await using model = await load(…)`. In browsers that have no such symbol yet it has no use. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  /** Lowest and highest value of a pixel: those of the training data, which are in [0, 1] as the decoder's are. */
  #pixels(): PixelRange {
    const [low, high] = this.description?.data.range ?? [0, 1];
    return { low: Math.min(0, low), high: Math.max(1, high), divisor: rawDivisor(this.description) };
  }
}

function batch(values: Values, name: string): Batch {
  const v = values[name]!;
  return { shape: v.shape, data: v.data as Float32Array };
}
