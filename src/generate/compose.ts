import { CdsvaeError } from '../errors.js';
import type { SheetGroup, SheetRow } from '../picture/contact-sheet.js';
import type { Frames } from '../picture/frames.js';
import type { Origin } from '../picture/origin.js';
import { type Batch, rowOf, stack } from '../trained/batch.js';
import type { DecodeOptions, Factors, Model } from '../trained/model.js';
import { sequence } from './pairs.js';

/** Sequences to make others of. */
export interface Clips {
  /** `[B, T, …frame]`, as {@link Model.encode} takes them. */
  readonly x: Batch;
  /** What each is called in pictures, beside the letter it gets there. */
  readonly names?: readonly string[];
}

/** Sequences a model made, their factors, and how to show them. */
export interface Generated extends Factors {
  /** `[N, T, …frame]`: what was made, in the order of the pictures' rows; sources are not among it. */
  readonly x: Batch;
  /** Rows for {@link contactSheet} and {@link animate}: what was made, and the sequences it was made of. */
  readonly groups: readonly GeneratedGroup[];
}

export interface GeneratedGroup extends SheetGroup {
  readonly rows: readonly GeneratedRow[];
}

export interface GeneratedRow extends SheetRow {
  /** Whether the model made it; sources it did not. */
  readonly made: boolean;
}

/** The factor that is held while the other is drawn, replaced or moved. */
export type Fixed = 'static' | 'dynamic';

/** Refuses what programs without types may give for {@link Fixed}. @throws CdsvaeError `usage` */
export function checkFixed(fix: Fixed | undefined): void {
  if (fix === undefined || fix === 'static' || fix === 'dynamic') return;
  throw new CdsvaeError('usage', `fix: "${fix}" found; static (content) or dynamic (motion) expected`);
}

/** Refuses what programs without types may give for {@link Clips}. @throws CdsvaeError `usage` */
export function checkClips(clips: Clips): void {
  if (clips?.x?.shape !== undefined) return;
  throw new CdsvaeError('usage', 'clips: no x found; { x: { shape, data } } is expected, such as readClips gives');
}

/** A factor of one sequence, and where it comes from. */
export interface FactorOf {
  readonly origin: Origin;
  readonly values: Float32Array;
}

/** A sequence that is there: its picture and its factors. */
export interface Source {
  readonly letter: string;
  readonly s: FactorOf;
  readonly z: FactorOf;
  readonly row: SourceRow;
}

interface SourceRow {
  readonly label: string;
  readonly frames: Frames;
  readonly s: FactorOf;
  readonly z: FactorOf;
  readonly apart?: boolean;
}

/** A row of a picture: a sequence that is there, or one to be decoded. */
export type PlannedRow = Omit<SourceRow, 'frames'> & { readonly frames?: Frames };

export interface PlannedGroup {
  readonly heading: string;
  readonly rows: readonly PlannedRow[];
}

/** What the sequence at place i is called in pictures and in origins of factors. */
export function letterOf(i: number): string {
  return i < 26 ? String.fromCharCode(65 + i) : String(i + 1);
}

/** Encodes sequences to make others of; the factors are the posterior's means. @throws CdsvaeError `usage`: another shape */
export async function encodeSources(model: Model, clips: Clips): Promise<Source[]> {
  checkClips(clips);
  const { x, names } = clips;
  const { s, z } = await model.encode(x);
  return Array.from({ length: x.shape[0]! }, (_, i) => {
    const letter = letterOf(i);
    const parts = { s: { origin: letter, values: rowOf(s, i) }, z: { origin: letter, values: rowOf(z, i) } };
    const name = names?.[i];
    const label = name === undefined ? `source ${letter}` : `source ${letter}, ${name}`;
    return { letter, ...parts, row: { label, frames: sequence(x, i), ...parts } };
  });
}

/** Decodes what is planned. @throws CdsvaeError `usage`: nothing to decode */
export async function compose(
  model: Model,
  plan: readonly PlannedGroup[],
  options: DecodeOptions = {},
): Promise<Generated> {
  const made = plan.flatMap((g) => g.rows).filter((row) => row.frames === undefined);
  if (made.length === 0) throw new CdsvaeError('usage', 'no sequences given; at least one is expected');
  const { dynamic, static: width } = model.config;
  const s = stack(
    made.map((row) => row.s.values),
    [width],
  );
  const z = stack(
    made.map((row) => row.z.values),
    [made[0]!.z.values.length / dynamic, dynamic],
  );
  const x = await model.decode(s, z, options);
  let next = 0;
  const groups = plan.map(({ heading, rows }) => ({
    heading,
    rows: rows.map(({ frames, s, z, ...row }) => ({
      ...row,
      s: s.origin,
      z: z.origin,
      made: frames === undefined,
      frames: frames ?? sequence(x, next++),
    })),
  }));
  return { x, s, z, groups };
}
