/** A folder of the user's own, of clips or of recordings, made a dataset on first use. */
import { type ClipsOptions, type ClipsReport, prepareClips } from './clips/folder.js';
import { isSpeechFolder, type OwnSpeechReport, prepareOwnSpeech } from './own-speech.js';

/** What was made of a folder, or found made before. */
export type OwnReport =
  | { readonly of: 'clips'; readonly report: ClipsReport }
  | { readonly of: 'recordings'; readonly report: OwnSpeechReport };

/** How {@link prepareOwn} is watched and stopped. */
export interface OwnOptions extends Pick<ClipsOptions, 'onUnderstood' | 'signal'> {
  /** Told of things done, and in all, in each phase. */
  readonly onProgress?: ((done: number, total: number, phase: string) => void) | undefined;
}

/**
 * Makes a dataset of a folder of clips or recordings, in its cache, where `openDataset` finds it. Done once: what was made before of
 * the same files is kept.
 *
 * @throws CdsvaeError as {@link prepareClips}
 */
export async function prepareOwn(folder: string, options: OwnOptions = {}): Promise<OwnReport> {
  const { onUnderstood, ...watched } = options;
  if (await isSpeechFolder(folder)) return { of: 'recordings', report: await prepareOwnSpeech(folder, watched) };
  return { of: 'clips', report: await prepareClips({ from: folder, ...options }) };
}
