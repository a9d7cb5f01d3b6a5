import type { Batch, Factor, Factors, Frames } from '../../../browser.js';
import { sequence } from '../../../generate/pairs.js';
import type { ClipSet, MapInfo } from '../../api.js';
import { askBytes, askJson, runUrl } from '../ask.js';

/** A sequence in hand, and what the model makes of it. */
export interface Clip {
  /** Tells it from others. */
  readonly key: string;
  /** Its labels, or the name of its file. */
  readonly name: string;
  /** As it is; absent where an export holds only its factors. */
  readonly source: Frames | undefined;
  readonly factors: Factors;
}

/** A clip by its number in the data's clips, or one that was dropped: its values `[1, T, …frame]`. */
export type ClipRef = number | { readonly file: string; readonly x: Batch };

/** The data's clips, fetched as they are needed. */
export class ClipSource {
  readonly #pages = new Map<number, Promise<ArrayBuffer>>();

  private constructor(
    readonly run: string,
    readonly set: ClipSet,
  ) {}

  static async open(run: string): Promise<ClipSource> {
    return new ClipSource(run, await askJson(runUrl(run, 'clips/clips.json')));
  }

  /** Whether a clip can be seen as it is. */
  has(index: number): boolean {
    return index < Math.min(this.set.count, this.set.pages * this.set.perPage);
  }

  /** Values of a clip, `[1, T, …frame]`. @throws Problem */
  async read(index: number): Promise<Batch> {
    const { perPage, info } = this.set;
    const page = Math.floor(index / perPage);
    let bytes = this.#pages.get(page);
    if (!bytes) {
      bytes = askBytes(runUrl(this.run, `clips/page-${page}.bin`));
      this.#pages.set(page, bytes);
      bytes.catch(() => this.#pages.delete(page));
    }
    const shape = [1, info.frames, ...info.frame];
    const length = shape.reduce((a, b) => a * b, 1);
    const at = (index % perPage) * length;
    const raw =
      info.dtype === 'uint8' ? new Uint8Array(await bytes, at, length) : new Float32Array(await bytes, at * 4, length);
    return { shape, data: new Float32Array(raw).map((v) => v / info.divisor) };
  }

  name(index: number): string {
    return labelled(this.set.info.factors, this.set.labels[index] ?? []) || `clip ${index + 1}`;
  }
}

/** A clip by the names of its classes: `6 · 7`. Beside classes that are words a number would say nothing: `walk left · hair 3`. */
export function labelled(factors: readonly Factor[], labels: readonly number[]): string {
  const known = factors.flatMap(({ name, classes }, k) => {
    const word = classes[labels[k]!];
    return word === undefined ? [] : [{ name, word, bare: /^\d+$/.test(word) }];
  });
  const all = known.every((k) => k.bare);
  return known.map(({ name, word, bare }) => (bare && !all ? `${name} ${word}` : word)).join(' · ');
}

/** Factors of all clips, as the map has them. */
export interface MapFactors {
  readonly info: MapInfo;
  readonly s: Float32Array;
  readonly z: Float32Array;
}

/** @throws Problem */
export async function fetchMap(run: string, step: number): Promise<MapFactors> {
  const info: MapInfo = await askJson(runUrl(run, `model-${step}/map.json`));
  const values = new Float32Array(await askBytes(runUrl(run, `model-${step}/map.bin`)));
  return { info, s: values.subarray(0, info.count * info.static), z: values.subarray(info.count * info.static) };
}

/** The factors of one clip of the map. */
export function factorsAt({ info, s, z }: MapFactors, index: number): Factors {
  const length = info.frames * info.dynamic;
  return {
    s: { shape: [1, info.static], data: s.slice(index * info.static, (index + 1) * info.static) },
    z: { shape: [1, info.frames, info.dynamic], data: z.slice(index * length, (index + 1) * length) },
  };
}

/** The only sequence of a batch of one, to be drawn. */
export function framesOf(x: Batch): Frames {
  return sequence(x, 0);
}
