/** A run that was gone on with keeps the model of its last end until it ends again. */
import { shellWord } from '../shell-word.js';
import { listCheckpoints } from './checkpoint.js';

/**
 * What to know of a run whose model is older than its newest checkpoint; nothing where it is not.
 *
 * @param run a run folder, or a model folder, which has no checkpoints
 * @param steps those that its model has had
 */
export function modelBehind(run: string, steps: number): string | undefined {
  const newest = listCheckpoints(run).at(-1)?.step ?? 0;
  if (newest <= steps) return undefined;
  return (
    `the model of ${run} has had ${steps} steps, its newest checkpoint ${newest}: go on with the run to its end (cdsvae train --out ${shellWord(run)} --resume), ` +
    `or take the checkpoint (cdsvae export ${shellWord(run)} --checkpoint newest --out DIR)`
  );
}
