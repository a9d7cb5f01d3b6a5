/** Arrays in `.npy` files, read by range: as large as the disk. */
import { NPY_BYTES, type NpyData, type NpyDtype, npyView } from '../../formats/npy.js';
import { NpyFile } from '../../formats/npy-file.js';
import { badClip, type ClipReader, type ClipSource, frameLength, type PictureFit } from './clip.js';
import { fitPixels } from './picture.js';

export const arrayReader: ClipReader = { name: 'array', extensions: ['.npy'], open: async (path) => openArray(path) };

/** How a shape is understood. */
interface Layout {
  readonly kind: 'video' | 'array';
  readonly sequences: number;
  readonly frames: number;
  readonly frame: readonly number[];
}

const EXPECTED =
  'features [T, F] or [N, T, F], or pictures [T, H, W, C] or [N, T, H, W, C] with C of 1, 3 or 4 expected ' +
  '(uint8 arrays are pictures: [T, H, W] and [N, T, H, W] will do for grey ones)';

/**
 * Opens an array. Floating-point pictures must lie within 0 and 1, integer ones within 0 and 255.
 *
 * @throws CdsvaeError `input`: damaged, or of a shape or type that is no sequence
 */
function openArray(path: string): ClipSource {
  const file = new NpyFile(path);
  try {
    const { dtype, shape } = file.header;
    const layout = understand(dtype, shape);
    if (layout === undefined) throw badClip(path, `${dtype} [${shape.join(', ')}] found; ${EXPECTED}`);
    if (shape.some((d) => d === 0)) throw badClip(path, `no values found (shape [${shape.join(', ')}])`);
    // Transparency is laid over black, as everywhere.
    const channels = layout.frame[2] === 4 ? 3 : layout.frame[2];
    return {
      path,
      ...layout,
      frame: layout.kind === 'array' ? layout.frame : [layout.frame[0]!, layout.frame[1]!, channels!],
      stream: (sequence, frames, fit = { height: layout.frame[0]!, width: layout.frame[1]!, channels: channels! }) =>
        layout.kind === 'array'
          ? features(file, layout, sequence, frames)
          : pictures(file, layout, sequence, frames, fit),
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

function understand(dtype: NpyDtype, shape: readonly number[]): Layout | undefined {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = shape;
  const colour = (n: number) => n === 1 || n === 3 || n === 4;
  const pictures = dtype === 'uint8';
  switch (shape.length) {
    case 1:
      return { kind: 'array', sequences: 1, frames: a, frame: [1] };
    case 2:
      return { kind: 'array', sequences: 1, frames: a, frame: [b] };
    case 3:
      return pictures
        ? { kind: 'video', sequences: 1, frames: a, frame: [b, c, 1] }
        : { kind: 'array', sequences: a, frames: b, frame: [c] };
    case 4:
      if (colour(d)) return { kind: 'video', sequences: 1, frames: a, frame: [b, c, d] };
      return pictures ? { kind: 'video', sequences: a, frames: b, frame: [c, d, 1] } : undefined;
    case 5:
      return colour(e) ? { kind: 'video', sequences: a, frames: b, frame: [c, d, e] } : undefined;
    default:
      return undefined;
  }
}

async function* features(
  file: NpyFile,
  layout: Layout,
  sequence: number,
  frames: ArrayLike<number>,
): AsyncGenerator<Float32Array> {
  for (const t of Array.from(frames)) {
    const values = readFrame(file, layout, sequence, t);
    const out =
      values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number | bigint>, Number);
    // Float64 may hold numbers that float32 cannot: they come out infinite.
    const wrong = out.findIndex((v) => !Number.isFinite(v));
    if (wrong >= 0)
      throw badClip(file.path, `${values[wrong]} found ${place(layout, sequence, t)}; finite numbers expected`);
    yield out;
  }
}

async function* pictures(
  file: NpyFile,
  layout: Layout,
  sequence: number,
  frames: ArrayLike<number>,
  fit: PictureFit,
): AsyncGenerator<Uint8Array> {
  for (const t of Array.from(frames)) {
    const values = readFrame(file, layout, sequence, t);
    const bytes = values instanceof Uint8Array ? values : toBytes(values, file, layout, sequence, t);
    yield await fitPixels(bytes, layout.frame, fit, file.path);
  }
}

/** Values 0 to 1 of floating-point pictures, and 0 to 255 of others, as bytes. */
function toBytes(values: NpyData, file: NpyFile, layout: Layout, sequence: number, t: number): Uint8Array {
  const top = values instanceof Float32Array || values instanceof Float64Array ? 1 : 255;
  const out = new Uint8Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const v = Number(values[i]);
    if (!(v >= 0 && v <= top)) {
      throw badClip(
        file.path,
        `${v} found ${place(layout, sequence, t)}; pictures of ${file.header.dtype} from 0 to ${top} expected`,
      );
    }
    out[i] = Math.round((v / top) * 255);
  }
  return out;
}

function place(layout: Layout, sequence: number, t: number): string {
  return layout.sequences > 1 ? `in frame ${t} of sequence ${sequence}` : `in frame ${t}`;
}

/** The frames of a sequence stand one after another, and so do the sequences, whatever the array's rank is. */
function readFrame(file: NpyFile, layout: Layout, sequence: number, t: number): NpyData {
  const length = frameLength(layout.frame);
  const { dtype } = file.header;
  const values = npyView(new ArrayBuffer(length * NPY_BYTES[dtype]), dtype);
  file.readRange((sequence * layout.frames + t) * length, length, values);
  return values;
}
