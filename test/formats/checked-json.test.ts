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
  ['{"sizes":[1,"2"]}', /^x\.json: sizes\[1\]: "2" found, a number expected$/],
  ['{}', /^x\.json: sizes: nothing found, an array expected$/],
  ['{"sizes":null}', /^x\.json: sizes: null found, /],
  ['{"sizes":[],"more":1}', /^x\.json: unknown field "more"$/],
  ['{"sizes":[],"of":"b"}', /^x\.json: of: "b" found, "a" expected$/],
  ['null', /^x\.json: null found, an object expected$/],
  [`{"sizes":"${'9'.repeat(80)}"}`, /^x\.json: sizes: "9{56}… found, /],
])('of %s it is said what is at fault, and what was found', (text, message) => {
  expectFailure(() => checkedJson(text, 'x.json', Sized), 'input', message);
});
