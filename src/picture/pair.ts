import type { SheetGroup } from './contact-sheet.js';
import type { Frames } from './frames.js';

/** What a model makes of two sequences, A and B. */
export interface PairFrames {
  sourceA: Frames;
  sourceB: Frames;
  reconstructionA: Frames;
  reconstructionB: Frames;
  /** Swap of motion: decoded from A's content and B's motion. */
  contentAMotionB: Frames;
  /** Swap of content: decoded from B's content and A's motion. */
  contentBMotionA: Frames;
  /** A's motion with content drawn from the prior. */
  priorContentMotionA: Frames;
  /** A's content with motion drawn from the prior. */
  contentAPriorMotion: Frames;
}

/** The rows that show whether a model keeps content and motion apart, as one group of a contact sheet. */
export function pairGroup(heading: string, pair: PairFrames): SheetGroup {
  return {
    heading,
    rows: [
      { label: 'source A', s: 'A', z: 'A', frames: pair.sourceA },
      { label: 'source B', s: 'B', z: 'B', frames: pair.sourceB },
      { label: 'reconstruction of A', s: 'A', z: 'A', frames: pair.reconstructionA, apart: true },
      { label: 'reconstruction of B', s: 'B', z: 'B', frames: pair.reconstructionB },
      { label: 'content of A, motion of B', s: 'A', z: 'B', frames: pair.contentAMotionB, apart: true },
      { label: 'content of B, motion of A', s: 'B', z: 'A', frames: pair.contentBMotionA },
      { label: 'sampled content, motion of A', s: 'prior', z: 'A', frames: pair.priorContentMotionA, apart: true },
      { label: 'sampled motion, content of A', s: 'A', z: 'prior', frames: pair.contentAPriorMotion },
    ],
  };
}
