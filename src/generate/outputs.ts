/** Files of generated sequences, by their endings. */
import { dirname, extname } from 'node:path';
import { encodeWav } from '../data/audio/encode-wav.js';
import { griffinLim } from '../data/audio/griffin-lim.js';
import { SAMPLE_RATE } from '../data/audio/log-mel.js';
import { logMelOf } from '../data/audio/segments.js';
import type { AudioFeatures } from '../data/dataset.js';
import { CdsvaeError } from '../errors.js';
import { checkWritable, makeFolder, writeAtomic } from '../formats/durable.js';
import { encodeNpy } from '../formats/npy.js';
import type { ModelConfig } from '../model/index.js';
import { encodeAnimation, type PlayOptions } from '../picture/animate.js';
import { animate, heatMapTable } from '../picture/animation.js';
import { contactSheet, type SheetSpec } from '../picture/contact-sheet.js';
import { encodePng } from '../picture/png.js';
import { turn } from '../turn.js';
import type { Generated } from './compose.js';

/** How generated sequences look and sound. */
export interface OutputOptions extends PlayOptions, Omit<SheetSpec, 'groups'> {
  /** Heat maps of a `.png` side by side, a line for each group. Default: one below the other. */
  readonly table?: boolean | undefined;
  /** How sound became the values of sequences: what a `.wav` is made by. */
  readonly audio?: AudioFeatures | undefined;
  /** Told of files made, and of all of them: before each one, at the end, and, of a `.wav`, of the share of it that is made. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const ENDINGS = ['.png', '.gif', '.webp', '.wav', '.npy'];
/** Those of pictures. */
const PICTURES = ['.png', '.gif', '.webp'];

/** Rows of a picture that people can still look at, and machines hold in memory. */
const MOST_ROWS = 512;

/** Refuses a picture that nobody could look at. @throws CdsvaeError `usage` */
export function checkRows(path: string, rows: number): void {
  if (!PICTURES.includes(extname(path).toLowerCase()) || rows <= MOST_ROWS) return;
  throw new CdsvaeError(
    'usage',
    `${path}: a picture of ${rows} rows; at most ${MOST_ROWS} are drawn: write them as .npy`,
  );
}

/** Refuses an animation of what is no video. @throws CdsvaeError `usage` */
export function checkMoves(path: string, { frame }: Pick<ModelConfig, 'frame'>): void {
  const ending = extname(path).toLowerCase();
  if (frame.kind === 'video' || (ending !== '.gif' && ending !== '.webp')) return;
  throw new CdsvaeError('usage', `${path}: only video can be animated; .png draws features as heat maps`);
}

/** Refuses the sound of what is none. @param audio as in {@link OutputOptions} @throws CdsvaeError `usage` */
export function checkSound(path: string, audio: AudioFeatures | undefined): void {
  if (extname(path).toLowerCase() !== '.wav' || audio !== undefined) return;
  throw new CdsvaeError(
    'usage',
    `${path}: sound can be made by a model that was trained on recordings; this one was not`,
  );
}

/** Refuses a file whose ending says nothing of how to write it, or that cannot be written. @throws CdsvaeError `usage`, `io` */
export function checkOutput(path: string): void {
  const ending = extname(path).toLowerCase();
  if (!ENDINGS.includes(ending)) {
    throw new CdsvaeError(
      'usage',
      `${path}: ending "${ending}" found; .png (contact sheet), .gif or .webp (animation), .wav (sound) or .npy (values) expected`,
    );
  }
  checkWritable(path, 'file');
}

/**
 * Writes generated sequences: `.png` a contact sheet, `.gif` and `.webp` an animation, `.npy` the values that were made,
 * float32 `[N, T, …frame]`, `.wav` their sound, one after another. Nothing is written unless all can be made; each file appears whole or not at all.
 *
 * @param paths files; folders above them are made
 * @throws CdsvaeError `usage`: another ending, more rows than a picture has room for, or a `.wav` without `audio`; `input`: an animation of features;
 *   `io`: cannot be written
 *
 * @example
 * await writeGenerated(['swap.png', 'swap.gif'], await swap(model, { x: clips }), { title: 'Swap' });
 */
export async function writeGenerated(
  paths: readonly string[],
  generated: Generated,
  { onProgress = () => {}, ...options }: OutputOptions = {},
): Promise<void> {
  for (const path of paths) {
    checkOutput(path);
    checkSound(path, options.audio);
  }
  const files: [string, Uint8Array][] = [];
  for (const path of paths) {
    const tell = async (share: number) => {
      onProgress(files.length + share, paths.length);
      // Lets it be shown: drawing blocks the event loop.
      await turn();
    };
    await tell(0);
    files.push([path, await encode(path, generated, options, tell)]);
  }
  onProgress(files.length, paths.length);
  for (const [path, bytes] of files) {
    makeFolder(dirname(path));
    writeAtomic(path, bytes);
  }
}

async function encode(
  path: string,
  { x, groups }: Generated,
  options: OutputOptions,
  tell: (share: number) => Promise<void>,
): Promise<Uint8Array> {
  const ending = extname(path).toLowerCase();
  if (ending === '.npy') return encodeNpy(x.data, x.shape);
  const { table, audio, framesPerSecond, pause, ...look } = options;
  if (ending === '.wav') {
    const samples = await griffinLim(logMelOf(x.data, audio!), tell);
    return encodeWav({ sampleRate: SAMPLE_RATE, samples });
  }
  checkRows(
    path,
    groups.reduce((n, g) => n + g.rows.length, 0),
  );
  const spec: SheetSpec = { ...look, groups };
  if (ending !== '.png') {
    const play = { ...(framesPerSecond !== undefined && { framesPerSecond }), ...(pause !== undefined && { pause }) };
    return encodeAnimation(animate(spec), ending === '.gif' ? 'gif' : 'webp', play);
  }
  const heatMaps = groups.some((g) => g.rows.some((r) => r.frames.kind === 'features'));
  return encodePng(table === true && heatMaps ? heatMapTable(spec) : contactSheet(spec));
}
