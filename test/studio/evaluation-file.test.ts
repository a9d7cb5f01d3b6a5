import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEvaluation } from '../../src/studio/server/evaluation.js';
import { temporaryFolder } from '../cli/dist.js';

let place: ReturnType<typeof temporaryFolder>;
let path: string;
beforeAll(() => {
  place = temporaryFolder();
  path = join(place.path, 'evaluation.json');
});
afterAll(() => place.remove());

/** What is found where the file holds this. */
function read(content: string) {
  writeFileSync(path, content);
  return readEvaluation(path);
}

test('an evaluation is given as it stands', () => {
  expect(readEvaluation(path)).toBeNull();
  const row = join(import.meta.dirname, '../../docs/results/sprites-cdsvae-13000-steps-seed0.json');
  const { evaluation } = JSON.parse(readFileSync(row, 'utf8'));
  expect(read(JSON.stringify(evaluation))).toEqual({ found: evaluation });
  const { repeats: _, ...uncounted } = evaluation;
  expect(read(JSON.stringify(uncounted))).toMatchObject({
    problem: expect.stringMatching(/evaluation\.json: repeats: nothing found, a number expected/),
  });
  evaluation.probes[0].fromS = null;
  expect(read(JSON.stringify(evaluation))).toMatchObject({
    problem: expect.stringMatching(/evaluation\.json: probes\[0\]\.fromS: .* found, a number expected/),
  });
});

test('one that is damaged, incomplete or of another version says what is wrong with it', () => {
  const problem = (why: RegExp) => ({ problem: expect.stringMatching(why) });
  expect(read('{"format":')).toMatchObject(problem(/evaluation\.json: not JSON: /));
  expect(read('{"format":"cdsvae evaluation 1"}')).toMatchObject(
    problem(/evaluation\.json: model: nothing found, an object expected/),
  );
  expect(read('{"format":"cdsvae evaluation 2"}')).toMatchObject(problem(/format: .*"cdsvae evaluation 1"/));
  expect(read('null')).toMatchObject(problem(/null found, an object expected/));
});
