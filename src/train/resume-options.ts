import { CdsvaeError } from '../errors.js';

/** What a resumed run has from its beginning. */
const FIXED = ['preset', 'objective', 'batch', 'seed'] as const;

/** Settings that its weights and its place in the data are of. */
const FIXED_SETTINGS = /^(model\..*|train\.(?:batch|seed))$/;

/**
 * Refuses options that a resumed run cannot take.
 *
 * @returns the run to go on with
 * @throws CdsvaeError `usage`: no run is named, or something is given that it has from its beginning
 */
export function checkResume(
  options: { readonly out?: string; readonly set?: readonly string[] } & Partial<
    Record<(typeof FIXED)[number], unknown>
  >,
): string {
  const { out, set = [] } = options;
  if (!out) throw new CdsvaeError('usage', '--resume needs --out RUN, the run to go on with');
  const given = FIXED.filter((name) => options[name] !== undefined).map((name) => `--${name}`);
  const settings = set.map((text) => text.split('=')[0]!.trim()).filter((key) => FIXED_SETTINGS.test(key));
  const fixed = [...given, ...settings.map((key) => `--set ${key}`)];
  if (fixed.length === 0) return out;
  throw new CdsvaeError(
    'usage',
    `--resume goes on with what ${out} was begun with; leave out ${fixed.join(', ')} ` +
      '(its length, other settings, --threads, and --data where the data have moved, may be given anew)',
  );
}
