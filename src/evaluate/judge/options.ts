/** How a judge is trained. */
export interface JudgeOptions {
  /** A dataset folder, or the name of a built-in dataset. */
  readonly data: string;
  /** The judge's folder; default `judge/` in the dataset's folder, in the cache of a folder of one's own
   * files, or `runs/judges/NAME` for a built-in one. */
  readonly out?: string | undefined;
  /** Longest training: minutes, or steps. Default 3 passes over the data, and 800 steps at least; 20 minutes where it is endless. */
  readonly minutes?: number | undefined;
  readonly steps?: number | undefined;
  /** Sequences in a step. Default 32, or as many as there are to train on; 48 where they are endless. */
  readonly batch?: number | undefined;
  /** Channels of the first convolution. Default 16; 24 for `sm-mnist`, whose digits overlap. */
  readonly width?: number | undefined;
  /** Frames of a sequence that the judge looks at, evenly spaced. Default all; 4 of `sm-mnist`'s 15, for it to see more digits. */
  readonly looks?: number | undefined;
  /** Fixes every random number. Default 0. */
  readonly seed?: number | undefined;
  /** Threads of the engine. Default: the number of cores. */
  readonly threads?: number | undefined;
  /** Aborted: nothing is kept. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: JudgeProgress) => void) | undefined;
}

/** How far the training of a judge has come. */
export interface JudgeProgress {
  readonly step: number;
  /** Steps at most; undefined while it is not known. */
  readonly steps: number | undefined;
  readonly batch: number;
  readonly seconds: number;
  readonly loss: number;
  /** Accuracy of each factor on validation sequences, at the last look. */
  readonly validation: Readonly<Record<string, number>>;
}
