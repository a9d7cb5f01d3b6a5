/** What a dataset folder holds, of what it states and what is there. */
import { counted } from '../counted.js';
import { CdsvaeError } from '../errors.js';
import { expectNpy, type NpyHeader } from '../formats/npy.js';
import { corpusAsMade } from './corpus.js';
import type { DatasetInfo, Factor } from './dataset.js';
import type { Manifest } from './manifest.js';

/** An array of sequences, as far as its file's header tells of it: that of a file, or one that is yet to be written. */
export interface StoredArray {
  readonly path: string;
  readonly header: Pick<NpyHeader, 'dtype' | 'shape'>;
  /** Sequences. */
  readonly rows: number;
  /** Values in one. */
  readonly rowLength: number;
}

/**
 * Holds `dataset.json` and the header of `sequences.npy` against each other, and fills in what the first left out.
 *
 * @param path of the manifest, for the errors
 * @throws CdsvaeError `input`: they disagree, or are of what no model takes
 */
export function infoOf(manifest: Manifest, sequences: StoredArray, path: string): DatasetInfo {
  const video = manifest.kind === 'video';
  const dtype = video ? 'uint8' : 'float32';
  const names = video ? ['H', 'W', 'C'] : ['F'];
  if (manifest.dtype !== undefined && manifest.dtype !== dtype) {
    throw new CdsvaeError('input', `${path}: dtype ${manifest.dtype} found, ${dtype} expected for ${manifest.kind}`);
  }
  if (manifest.frame !== undefined && manifest.frame.length !== names.length) {
    throw new CdsvaeError(
      'input',
      `${path}: frame [${manifest.frame.join(', ')}] found, [${names.join(', ')}] expected for ${manifest.kind}`,
    );
  }
  const shape = ['N', manifest.frames ?? 'T', ...(manifest.frame ?? names)];
  expectNpy(sequences.header, { dtypes: [dtype], shape }, sequences.path);
  const [rows = 0, frames = 0, ...frame] = sequences.header.shape;
  if (rows === 0 || sequences.rowLength === 0) {
    throw new CdsvaeError('input', `${sequences.path}: no values found (shape [${sequences.header.shape.join(', ')}])`);
  }
  const divisor = manifest.divisor ?? (video ? 255 : 1);
  const range = manifest.range ?? (video ? ([0, 255 / divisor] as const) : undefined);
  if (range === undefined) {
    throw new CdsvaeError(
      'input',
      `${path}: range not found; for ${dtype} "range": [lowest, highest value] is expected`,
    );
  }
  if (video)
    checkPictures({ frame, divisor, range }, manifest.range !== undefined, { path, sequences: sequences.path });
  const factors = (manifest.factors ?? []).map(
    ({ name, type, classes }): Factor => ({
      name,
      type,
      classes: typeof classes === 'number' ? Array.from({ length: classes }, (_, i) => String(i)) : classes,
    }),
  );
  const { name, kind, audio, conversions, corpus = corpusAsMade({ name, frame, factors }) } = manifest;
  return {
    name,
    ...(corpus && { corpus }),
    ...{ kind, frames, frame, dtype, divisor, range, factors },
    ...(audio && { audio }),
    ...(conversions !== undefined && { conversions }),
  };
}

/** Pictures are of one or three channels, with values in 0 to 1. */
function checkPictures(
  { frame, divisor, range }: Pick<DatasetInfo, 'frame' | 'divisor' | 'range'>,
  stated: boolean,
  at: { readonly path: string; readonly sequences: string },
): void {
  const channels = frame[2]!;
  if (channels !== 1 && channels !== 3) {
    throw new CdsvaeError(
      'input',
      `${at.sequences}: frames of ${counted(channels, 'channel')} found (shape [N, T, H, W, C]), 1 (grey) or 3 (colour) expected`,
    );
  }
  if (range[0] < 0 || range[1] > 1) {
    const [field, mend] = stated ? ['range', 'state the range after division'] : ['divisor', 'set "divisor": 255'];
    throw new CdsvaeError(
      'input',
      `${at.path}: ${field}: values from ${range[0]} to ${range[1]} after division by ${divisor} found, from 0 to 1 expected of video; ${mend}`,
    );
  }
}
