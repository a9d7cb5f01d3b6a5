/** A folder of the user's recordings, prepared once and kept. */
import { resolve } from 'node:path';
import { SOUND_FILE } from './audio/read-sound.js';
import {
  cachedDataset,
  cacheOf,
  choicesOf,
  forgetPrepared,
  keepPrepared,
  preparedDataset,
  readPrepared,
} from './clips/cache.js';
import { discover, type Found } from './clips/discover.js';
import { readerOf } from './clips/readers.js';
import { tableReader } from './clips/table.js';
import { prepareSpeech, type SpeechOptions, type SpeechReport, speechFingerprint } from './speech.js';

/** What {@link prepareOwnSpeech} made. */
export interface OwnSpeechReport extends SpeechReport {
  /** Whether it was there already, of the same files. */
  readonly cached: boolean;
}

/**
 * Whether a folder is one of recordings: there are some, and no clips but such as lie beside recordings, tables and single pictures.
 * A folder that was made a dataset of clips before stays one of clips as long as there are any.
 *
 * @throws CdsvaeError `input`: cannot be read
 */
export async function isSpeechFolder(folder: string): Promise<boolean> {
  const { clips, bad, ignored } = await discover(resolve(folder));
  const others = [...Object.keys(ignored), ...bad.map((file) => file.name)];
  if (!others.some((name) => SOUND_FILE.test(name))) return false;
  if (clips.length > 0 && choicesOf(folder) !== undefined) return false;
  return clips.every(liesBesideRecordings);
}

/** A table, as of speakers, or a single picture, as of a cover. */
function liesBesideRecordings({ name, pictures }: Found): boolean {
  return pictures ? pictures.length === 1 : readerOf(name) === tableReader;
}

/**
 * Makes a dataset of a folder of recordings, in its cache, where `cdsvae train FOLDER` finds it. What was made before of the same
 * recordings is kept.
 *
 * @throws CdsvaeError as {@link prepareSpeech}
 */
export async function prepareOwnSpeech(
  folder: string,
  options: Pick<SpeechOptions, 'onProgress' | 'signal'>,
): Promise<OwnSpeechReport> {
  const from = resolve(folder);
  const fingerprint = speechFingerprint({ from });
  const kept = readPrepared<SpeechReport>(from, fingerprint);
  if (kept) return { ...kept, folder: preparedDataset(from), cached: true };
  forgetPrepared(cacheOf(from));
  const report = await prepareSpeech({ from, out: cachedDataset(from), overwrite: true, ...options });
  keepPrepared(from, fingerprint, report);
  return { ...report, cached: false };
}
