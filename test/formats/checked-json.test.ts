import { expect, test } from 'vitest';
import { z } from 'zod';
import { checkedJson } from '../../src/formats/checked-json.js';
import { expectFailure } from '../data/folders.js';

const Sized = z.strictObject({ name: z.string().optional(), sizes: z.array(z.int()), of: z.literal('a').default('a') });

test('JSON of the form is given as the schema has it', () => {
  expect(checkedJson('{"sizes":[1,2]}', 'x.json', Sized)).toEqual({ sizes: [1, 2], of: 'a' });
});

test.each([
  ['{"sizes":[1', /^x\.json: not JSON: /],
  ['{"sizes":[1,"2"]}', /^x\.json: sizes\[1\]: "2" found; .*expected/],
  ['{}', /^x\.json: sizes: nothing found; .*expected array/],
  ['{"sizes":null}', /^x\.json: sizes: null found; /],
  ['null', /^x\.json: the whole: null found; .*expected object/],
  [`{"sizes":"${'9'.repeat(80)}"}`, /^x\.json: sizes: "9{56}… found; /],
])('of %s it is said what is at fault, and what was found', (text, message) => {
  expectFailure(() => checkedJson(text, 'x.json', Sized), 'input', message);
});
