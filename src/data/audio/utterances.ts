/** The recordings in a folder of speech, and what is known of each. */
import { readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { checkOneOf } from '../../bounds.js';
import { counted } from '../../counted.js';
import { CdsvaeError } from '../../errors.js';
import { readFailure } from '../../formats/system-errors.js';
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
 * The recordings below a folder, by path. Hidden names are left alone; links are followed, to each folder once.
 *
 * @throws CdsvaeError `input`: no folder, or nothing in it that the layout knows; a table at fault. `usage`: a pattern that is
 *   no regular expression
 */
export function listUtterances(folder: string, layout: Layout, speakers: SpeakerSource = {}): Utterance[] {
  checkOneOf('layout', layout, LAYOUTS);
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

/**
 * Files below a folder whose names are those of recordings, in order. Links that lead nowhere are passed over.
 *
 * @throws CdsvaeError `input`: cannot be read
 */
function recordingsBelow(folder: string): string[] {
  const visited = new Set<string>();
  const visit = (below: string): string[] => {
    let names: string[];
    try {
      const real = realpathSync(below);
      if (visited.has(real)) return [];
      visited.add(real);
      names = readdirSync(below);
    } catch (cause) {
      throw readFailure(below, cause);
    }
    return names
      .filter((name) => !name.startsWith('.'))
      .sort()
      .flatMap((name) => {
        const path = join(below, name);
        const info = infoOf(path);
        if (info?.isDirectory()) return visit(path);
        return info?.isFile() && SOUND_FILE.test(name) ? [path] : [];
      });
  };
  return visit(folder);
}

/** What a path leads to, if anywhere: links may be broken, or go round in a circle. */
function infoOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (cause) {
    if (['ENOENT', 'ELOOP'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw readFailure(path, cause);
  }
}
