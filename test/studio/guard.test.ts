import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refuse } from '../../src/studio/server/guard.js';
import { inside } from '../../src/studio/server/inside.js';

describe('requests', () => {
  const ask = (headers: Record<string, string>, url = '/api/runs.json', method = 'GET') =>
    refuse({ method, url, headers: { host: '127.0.0.1:8765', ...headers } })?.status;

  test('of the page itself, and of tools on this machine, are answered', () => {
    expect(ask({})).toBeUndefined();
    expect(ask({ host: 'localhost:1' })).toBeUndefined();
    expect(ask({ host: '[::1]:8765' })).toBeUndefined();
    expect(ask({ origin: 'http://127.0.0.1:8765', 'sec-fetch-site': 'same-origin' })).toBeUndefined();
    expect(ask({ 'sec-fetch-site': 'none' }, '/')).toBeUndefined();
  });

  test('under another name than this machine’s are refused', () => {
    for (const host of [
      'evil.example',
      '127.0.0.1.evil.example',
      'localhost.evil.example:80',
      '10.0.0.1',
      '',
      'localhost:80:80',
    ]) {
      expect(ask({ host }), host).toBe(421);
    }
    expect(refuse({ method: 'GET', url: '/', headers: {} })?.status).toBe(421);
  });

  test('of other origins and sites are refused, other ports of this machine among them', () => {
    for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:9', 'https://127.0.0.1:8765']) {
      expect(ask({ origin }), origin).toBe(403);
    }
    expect(ask({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(ask({ 'sec-fetch-site': 'same-site' })).toBe(403);
  });

  test('by a link on another page open the studio and nothing else', () => {
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect(ask(link, '/')).toBeUndefined();
    expect(ask(link, '/api/runs.json')).toBe(403);
    expect(ask({ ...link, 'sec-fetch-dest': 'iframe' }, '/')).toBe(403);
  });

  test('that would change something are refused', () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) expect(ask({}, '/', method)).toBe(405);
  });
});

describe('paths', () => {
  let base: string;
  beforeAll(() => {
    base = mkdtempSync(join(tmpdir(), 'cdsvae-inside-'));
    mkdirSync(join(base, 'runs', 'a'), { recursive: true });
    writeFileSync(join(base, 'secret'), 'x');
    writeFileSync(join(base, 'runs', 'a', 'file'), 'x');
    symlinkSync(join(base, 'secret'), join(base, 'runs', 'a', 'out'));
    symlinkSync('file', join(base, 'runs', 'a', 'within'));
    symlinkSync(base, join(base, 'runs', 'up'));
    // A name that begins like the root's.
    mkdirSync(join(base, 'runs-2'));
  });
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  test('within the folder are found, links within it too', () => {
    expect(inside(join(base, 'runs'), 'a/file')).toMatch(/runs\/a\/file$/);
    expect(inside(join(base, 'runs'), 'a/within')).toMatch(/runs\/a\/file$/);
  });

  test.each([
    '../secret',
    'a/../../secret',
    'a/out',
    'up/secret',
    '/etc/passwd',
    'a\\..\\..\\secret',
    'a/file\0',
    '../runs-2',
    'b',
  ])('that lead out of it are not: %j', (path) => {
    expect(() => inside(join(base, 'runs'), path)).toThrow(/not found/);
  });
});
