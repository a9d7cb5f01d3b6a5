import { CdsvaeError } from '../errors.js';

/** What a resumed run has from its beginning. */
const FIXED = ['preset', 'objective', 'set', 'batch', 'checkpointEvery', 'seed'] as const;

/**
 * Refuses options that a resumed run cannot take.
 *
 * @returns the run to go on with
 * @throws CdsvaeError `usage`: no run is named, or something is given that it has from its beginning
 */
export function checkResume(
  options: { readonly out?: string } & Partial<Record<(typeof FIXED)[number], unknown>>,
): string {
  const { out } = options;
  if (!out) throw new CdsvaeError('usage', '--resume needs --out RUN, the run to go on with');
  const given = FIXED.filter((name) => options[name] !== undefined);
  if (given.length === 0) return out;
  const flags = given.map((name) => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`);
  throw new CdsvaeError(
    'usage',
    `--resume goes on with the settings of ${out}; leave out ${flags.join(', ')} (only --steps, --epochs or --minutes may be given anew, --threads, and --data where the data have moved)`,
  );
}
