/** The recordings in a folder of speech, and what is known of each. */
import { type Dirent, readdirSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { counted } from '../../counted.js';
import { CdsvaeError } from '../../errors.js';
import { readFailure } from '../../formats/npy-file.js';
import { SOUND_FILE } from './read-sound.js';
import { type SpeakerSource, speakerRule } from './speakers.js';
import { type Facts, LAYOUTS, type Layout, RULES } from './trees.js';

/** One recording. */
export interface Utterance extends Facts {
  readonly path: string;
  /** Path below the folder, with `/`, and without the extension: names the utterance in labels. */
  readonly name: string;
}

/**
 * The recordings below a folder, by path. Hidden files and links are left alone.
 *
 * @throws CdsvaeError `input`: no folder, or nothing in it that the layout knows; a table at fault. `usage`: a pattern that is
 *   no regular expression
 */
export function listUtterances(folder: string, layout: Layout, speakers: SpeakerSource = {}): Utterance[] {
  const files = recordingsBelow(folder);
  if (files.length === 0) {
    throw new CdsvaeError('input', `${folder}: no recordings found; .wav, .flac, .sph or .nist files expected`);
  }
  const factsOf = speakerRule(folder, speakers) ?? (() => ({}));
  const utterances = files.flatMap((path): Utterance[] => {
    const parts = relative(folder, path).split(sep);
    const facts = RULES[layout](parts, folder.split(sep));
    if (!facts) return [];
    const file = parts.join('/');
    return [{ path, name: file.slice(0, -extname(file).length), ...facts, ...factsOf(file) }];
  });
  if (utterances.length === 0) {
    throw new CdsvaeError(
      'input',
      `${folder}: ${counted(files.length, 'recording')} found, but none named as in ${layout} (such as ${relative(folder, files[0]!)}); ` +
        `give another --layout of ${LAYOUTS.join(', ')}`,
    );
  }
  return utterances;
}

/** Files below a folder whose names are those of recordings, in order. @throws CdsvaeError `input`: cannot be read */
export function recordingsBelow(folder: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    throw readFailure(folder, cause);
  }
  return entries
    .filter((entry) => !entry.name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return recordingsBelow(path);
      return entry.isFile() && SOUND_FILE.test(entry.name) ? [path] : [];
    });
}
