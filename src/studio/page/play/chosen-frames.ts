import { spread } from '../../../data/clips/cut.js';

/**
 * Which of a file's frames become those of a clip: evenly spaced, the first and the last among them, as the commands take them; a shorter
 * file starts again.
 *
 * @param found frames in the file
 * @param frames T
 */
export function chosenFrames(found: number, frames: number): number[] {
  if (found >= frames) return spread(0, found - 1, frames);
  return Array.from({ length: frames }, (_, t) => t % found);
}
