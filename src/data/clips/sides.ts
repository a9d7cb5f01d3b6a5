/** Sides of pictures, in pixels, that models take: those that stride-2 convolutions halve down to 4. */
import { CdsvaeError } from '../../errors.js';

/** From small to large. */
export const SIDES: readonly number[] = [8, 16, 32, 64, 128, 256];

/** The side that is nearest by its ratio: pictures are scaled the least. */
export function nearestSide(pixels: number, sides: readonly number[]): number {
  const scale = (side: number) => Math.abs(Math.log(side / pixels));
  return sides.reduce((best, side) => (scale(side) < scale(best) ? side : best));
}

/** @param name what was given it, for the error. @throws CdsvaeError `usage`: no model takes pictures of it */
export function checkSide(pixels: number, name: string): void {
  if (SIDES.includes(pixels)) return;
  const expected = `${SIDES.slice(0, -1).join(', ')} or ${SIDES.at(-1)}`;
  throw new CdsvaeError('usage', `${name}: "${pixels}" found; ${expected} expected, as models take them`);
}
