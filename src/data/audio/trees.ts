/** What the folders and names of known trees of speech tell of a recording. */
import type { SplitName } from '../dataset.js';
import { splitNamed } from '../split-named.js';

/** Known trees. `folders`: `[train|test/]SPEAKER/…`. */
export const LAYOUTS = ['folders', 'timit', 'librispeech', 'fsdd'] as const;
/** The name of a known tree. */
export type Layout = (typeof LAYOUTS)[number];

/** What is known of a recording before it is read. */
export interface Facts {
  readonly speaker?: string;
  /** What is said, where the layout tells. */
  readonly digit?: string;
  readonly split?: SplitName;
}

/** Takes the path of a recording below the folder that was given, and that of the folder, both in parts. */
type Rule = (parts: readonly string[], above: readonly string[]) => Facts | undefined;

/** What a path tells in each layout; `undefined` where it does not belong. */
export const RULES: Readonly<Record<Layout, Rule>> = {
  folders: (parts) => {
    const split = splitNamed(parts[0]!);
    const speaker = parts.slice(split && parts.length > 1 ? 1 : 0, -1)[0];
    return { ...(speaker !== undefined && { speaker }), ...(split && parts.length > 1 && { split }) };
  },
  // …/TRAIN|TEST/DR1…DR8/SPEAKER/SENTENCE.WAV, in either case; the folder given may be any of these.
  timit: (parts, above) => {
    const [split, region, speaker] = [...above, ...parts].slice(-4, -1);
    if (!/^(train|test)$/i.test(split ?? '') || !/^dr[1-8]$/i.test(region ?? '')) return undefined;
    return { speaker: speaker!.toUpperCase(), split: split!.toLowerCase() as SplitName };
  },
  // SPEAKER-CHAPTER-UTTERANCE.flac below a folder train…, dev… or test…, the nearest of them. The folder given may be that one, but
  // none above it: where a person keeps the corpus says nothing of it.
  librispeech: (parts, above) => {
    const speaker = /^(\d+)-\d+-\d+\./.exec(parts.at(-1)!)?.[1];
    if (speaker === undefined) return undefined;
    const split = [...above.slice(-1), ...parts.slice(0, -1)]
      .map((part) => splitNamed(/^[a-z]+/i.exec(part)?.[0] ?? ''))
      .findLast((s) => s);
    return { speaker, ...(split && { split }) };
  },
  // DIGIT_SPEAKER_TAKE.wav; takes 0 to 4 are for testing.
  fsdd: (parts) => {
    const match = /^(\d)_([^_]+)_(\d+)\./.exec(parts.at(-1)!);
    if (!match) return undefined;
    return { digit: match[1]!, speaker: match[2]!, split: Number(match[3]) < 5 ? 'test' : 'train' };
  },
};
