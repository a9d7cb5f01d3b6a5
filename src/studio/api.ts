/**
 * What the page asks for, as JSON. The server answers from run folders as they are; an export holds the same answers as files
 * under the same names, so the page need not know which of the two it talks to.
 *
 * ```
 * api/studio.json                     StudioInfo
 * api/runs.json                       RunSummary[]
 * api/runs/ID/run.json                RunDetail
 * api/runs/ID/series.json             Series              ?from=STEP&to=STEP: that part in full resolution (server only)
 * api/runs/ID/samples/step-N.png
 * api/runs/ID/model-STEP/…            a model folder
 * api/runs/ID/model-STEP/map.json     MapInfo
 * api/runs/ID/model-STEP/map.bin      float32: s [N, d_s], then z [N, T, d_m]
 * api/runs/ID/clips/clips.json        ClipSet
 * api/runs/ID/clips/page-P.bin        raw values [n, T, …frame] of clips P·perPage …
 * ```
 */
import type { DatasetInfo } from '../data/dataset.js';
import type { Evaluation } from '../evaluate/evaluation.js';

/** Where the answers come from. */
export interface StudioInfo {
  readonly version: string;
  /** `export`: a folder of files, of one run, that does not change. */
  readonly mode: 'server' | 'export';
  /** The folder of runs, for people. */
  readonly folder: string;
}

/**
 * - `training`: a living process holds the run
 * - `finished`: it has a model of its last step and nobody is at it
 * - `stopped`: it can be resumed
 * - `diverged`: its last start ended with a value that was not finite
 * - `damaged`: it cannot be read; `problem` says why
 */
export type RunState = 'training' | 'finished' | 'stopped' | 'diverged' | 'damaged';

/** A run at a glance. */
export interface RunSummary {
  /** Its path within the folder of runs. */
  readonly id: string;
  /** Not of the folder: the model that comes with the package, there to play with until a run has a model. */
  readonly pretrained?: true;
  readonly state: RunState;
  readonly problem?: string;
  /** Name of the data, objective, preset. */
  readonly data: string;
  readonly objective: string;
  readonly preset: string;
  /** Steps done, and steps planned where that is known. */
  readonly step: number;
  readonly steps: number | null;
  readonly stepsPerSecond: number | null;
  readonly secondsLeft: number | null;
  /** Terms of the last step, and of the last validation. */
  readonly terms: Readonly<Record<string, number | null>>;
  readonly validation: Readonly<Record<string, number | null>>;
  /** When its metrics last grew, in ms since 1970. */
  readonly updated: number;
  /** Steps of the newest model that can be played with. */
  readonly model: number | null;
}

/** All of a run but its curves. */
export interface RunDetail extends RunSummary {
  /** Text of config.yaml. */
  readonly settings: string;
  /** Steps of which there is a picture. */
  readonly samples: readonly number[];
  /** `evaluation.json`; null: not evaluated. */
  readonly evaluation: EvaluationFile | null;
}

/** What `evaluation.json` holds, or why it cannot be shown. */
export type EvaluationFile = { readonly found: Evaluation } | { readonly problem: string };

/** Curves of a span of steps, in at most {@link BUCKETS} pieces of equal length. */
export interface Series {
  /** First and last step there is. */
  readonly span: readonly [first: number, last: number];
  /** Changes when the log does. */
  readonly version: string;
  readonly train: Curves;
  readonly validation: Curves;
}

/** For each piece its middle step, and of each term the least, the greatest and the mean; null where there is none. */
export interface Curves {
  readonly steps: readonly number[];
  readonly terms: Readonly<Record<string, CurveTerm>>;
}

export interface CurveTerm {
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  readonly mean: readonly (number | null)[];
}

/** Pieces of a curve: more than a plot has pixels are of no use. */
export const BUCKETS = 800;

/** The sequences that can be picked: drawn once, evenly, from the data's test split (validation where there is none). */
export interface ClipSet {
  readonly info: DatasetInfo;
  readonly split: string;
  /** N, of which the first `pages · perPage` have their values. */
  readonly count: number;
  readonly perPage: number;
  readonly pages: number;
  /** `[N][factors]`, −1 unknown. */
  readonly labels: readonly (readonly number[])[];
}

/** What a model makes of the clips. */
export interface MapInfo {
  readonly count: number;
  /** d_s, T, d_m. */
  readonly static: number;
  readonly frames: number;
  readonly dynamic: number;
}

/** An answer to what could not be answered. */
export interface ApiProblem {
  readonly error: { readonly code: string; readonly message: string };
}
