import { CdsvaeError } from '../errors.js';

/** A parsed JSON value; objects are Maps. */
export type StrictJson = null | boolean | number | string | StrictJson[] | Map<string, StrictJson>;

/** No format read here nests deeper than four levels; a file that does is an attack on the stack. */
const DEEPEST = 16;
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;

/**
 * Parses JSON of unknown origin, stricter than `JSON.parse` in what a hostile file could use: a key that appears twice is
 * an error (readers that differ in which one wins can be told different things), keys keep their order even where they
 * look like integers, and `__proto__` is a key like any other.
 *
 * @param text the JSON text
 * @param source names the text in errors, such as a file's path
 * @throws CdsvaeError `input` where the text is not JSON, repeats a key or nests deeper than 16 levels
 */
export function parseStrictJson(text: string, source: string): StrictJson {
  let at = 0;
  const fail = (what: string): never => {
    throw new CdsvaeError('input', `${source}: ${what} at character ${at} of its JSON`);
  };
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const takeMark = (mark: string): boolean => {
    take(SPACE);
    if (text[at] !== mark) return false;
    at++;
    return true;
  };
  const takeString = (): string => {
    take(SPACE);
    const start = at;
    if (text[at] !== '"') fail('a string expected');
    // Not a regular expression: the engine's stack would overflow on a string of many megabytes.
    do at = text.indexOf('"', at + 1);
    while (at > 0 && isEscaped(text, at));
    const end = at;
    at = start;
    if (end < 0) fail('a string without an end');
    try {
      const value = JSON.parse(text.slice(start, end + 1)) as string;
      at = end + 1;
      return value;
    } catch {
      return fail('a string that is not valid JSON');
    }
  };
  const takeObject = (depth: number): Map<string, StrictJson> => {
    const object = new Map<string, StrictJson>();
    if (takeMark('}')) return object;
    do {
      const key = takeString();
      if (object.has(key)) fail(`the key ${JSON.stringify(key)} a second time`);
      if (!takeMark(':')) fail('":" expected');
      object.set(key, takeValue(depth + 1));
    } while (takeMark(','));
    if (!takeMark('}')) fail('"," or "}" expected');
    return object;
  };
  const takeArray = (depth: number): StrictJson[] => {
    const array: StrictJson[] = [];
    if (takeMark(']')) return array;
    do array.push(takeValue(depth + 1));
    while (takeMark(','));
    if (!takeMark(']')) fail('"," or "]" expected');
    return array;
  };
  const takeValue = (depth: number): StrictJson => {
    if (depth > DEEPEST) fail(`more than ${DEEPEST} levels of nesting`);
    if (takeMark('{')) return takeObject(depth);
    if (takeMark('[')) return takeArray(depth);
    if (text[at] === '"') return takeString();
    const plain = take(NUMBER) ?? take(LITERAL) ?? fail('a value expected');
    return JSON.parse(plain) as number | boolean | null;
  };
  const value = takeValue(1);
  take(SPACE);
  if (at !== text.length) fail('the end expected, more text found');
  return value;
}

/** Whether the quote at `at` is escaped: an odd number of backslashes stands before it. */
function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}
