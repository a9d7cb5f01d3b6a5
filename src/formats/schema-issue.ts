/** What a schema minds in a value, in words. No files, so that the browser has them too. */
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** The longest piece of a value that is shown. */
const LONGEST = 60;

/** Where in the value: `splits.train[0]`; empty for the whole of it. */
export function placeOf({ path }: Pick<Issue, 'path'>): string {
  return path.reduce<string>(
    (place, key) =>
      typeof key === 'number' ? `${place}[${key}]` : place === '' ? String(key) : `${place}.${String(key)}`,
    '',
  );
}

/** What was found there, as JSON; `nothing` where there is none. */
function foundAt({ path }: Pick<Issue, 'path'>, value: unknown): string {
  const found = path.reduce<unknown>(
    (of, key) => (typeof of === 'object' && of !== null ? Reflect.get(of, key) : undefined),
    value,
  );
  const shown = JSON.stringify(found) ?? 'nothing';
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST - 3)}…` : shown;
}

/** All of it: `splits.train[0]: -1 found, at least 0 expected`. */
export function problemOf(issue: Issue, value: unknown): string {
  const place = placeOf(issue);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `unknown field "${place === '' ? key : `${place}.${key}`}"`).join('; ');
  }
  const found = `${place === '' ? '' : `${place}: `}${foundAt(issue, value)} found`;
  // What a schema says of its own knows more of the matter.
  if (issue.code === 'invalid_value' && !issue.message.startsWith('Invalid')) return `${found}; ${issue.message}`;
  return `${found}, ${expectedOf(issue)} expected`;
}

/** What was expected there: `a whole number`, `at least 2`, `"video" or "audio"`. */
function expectedOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_value':
      return issue.values.map((v) => JSON.stringify(v)).join(' or ');
    case 'invalid_type':
      return issue.expected === 'int'
        ? 'a whole number'
        : `${/^[aeio]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
    case 'too_small': {
      const bound = `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`;
      return issue.origin === 'array'
        ? `${bound} ${issue.minimum === 1 ? 'entry' : 'entries'}`
        : issue.origin === 'string'
          ? 'some text'
          : bound;
    }
    case 'too_big':
      return `at most ${issue.maximum}${issue.origin === 'array' ? ' entries' : ''}`;
    case 'invalid_union':
      return issue.message.startsWith('Invalid') ? 'another' : issue.message;
    default:
      return issue.message;
  }
}
