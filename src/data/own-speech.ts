/** A folder of the user's recordings, prepared once and kept. */
import { resolve } from 'node:path';
import { recordingsBelow } from './audio/layouts.js';
import { cachedDataset, cacheOf, forgetPrepared, keepPrepared, readPrepared } from './clips/cache.js';
import { discover } from './clips/discover.js';
import { prepareSpeech, type SpeechOptions, type SpeechReport, speechFingerprint } from './speech.js';

/** What {@link prepareOwnSpeech} made. */
export interface OwnSpeechReport extends SpeechReport {
  /** Whether it was there already, of the same files. */
  readonly cached: boolean;
}

/** Whether a folder holds recordings, and nothing that would be taken for clips. */
export async function isSpeechFolder(folder: string): Promise<boolean> {
  return recordingsBelow(folder).length > 0 && (await discover(resolve(folder))).clips.length === 0;
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
  if (kept) return { ...kept, folder: cachedDataset(from), cached: true };
  forgetPrepared(cacheOf(from));
  const report = await prepareSpeech({ from, out: cachedDataset(from), overwrite: true, ...options });
  keepPrepared(from, fingerprint, report);
  return { ...report, cached: false };
}
