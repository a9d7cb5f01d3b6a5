/** Trained models that come with the package, in its folder `pretrained`, which `npm run pretrained` fills. */
import { fileURLToPath } from 'node:url';
import { CdsvaeError, nearest } from '../errors.js';

/** Their names: those of the data they were trained on. */
export const PRETRAINED: readonly string[] = ['sm-mnist'];

/**
 * The model folder of a model that comes with the package, with the judge it was evaluated by in `judge` and what came of it in
 * `evaluation.json`.
 *
 * @param name one of {@link PRETRAINED}
 * @throws CdsvaeError `usage` for another name
 *
 * @example
 * const model = await load(pretrained('sm-mnist'));
 */
export function pretrained(name: string): string {
  if (!PRETRAINED.includes(name)) {
    throw new CdsvaeError('usage', `"${name}": no such pretrained model; ${nearest(name, PRETRAINED)}`);
  }
  return fileURLToPath(new URL(`../../pretrained/${name}`, import.meta.url));
}
