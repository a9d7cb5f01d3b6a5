/** JSON that must be of a form, and what to say where it is not. No files, so that the browser can read it too. */
import type { z } from 'zod';
import { CdsvaeError } from '../errors.js';
import { problemOf } from './schema-issue.js';

/**
 * Reads JSON that a schema takes.
 *
 * @param text its content
 * @param source names the file in errors
 * @throws CdsvaeError `input`: not JSON, or a field at fault, what was found in it and what was expected
 *
 * @example
 * const { step } = checkedJson(readFileSync(path, 'utf8'), path, z.strictObject({ step: z.int() }));
 */
export function checkedJson<T>(text: string, source: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CdsvaeError('input', `${source}: not JSON: ${(cause as Error).message}`, { cause });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new CdsvaeError('input', `${source}: ${problemOf(result.error.issues[0]!, value)}`);
}
