import { mkdirSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pretrained } from '../../src/trained/pretrained.js';
import { ROOT, requireDist, temporaryFolder } from '../cli/dist.js';

// Compiled: the page that is served is built.
requireDist();
const { serveStudio }: typeof import('../../src/studio/server/serve.js') = await import(
  join(ROOT, 'dist/studio/server/serve.js')
);

let folder: ReturnType<typeof temporaryFolder>;
let studio: Awaited<ReturnType<typeof serveStudio>>;
beforeAll(async () => {
  folder = temporaryFolder();
  mkdirSync(join(folder.path, 'runs'));
  writeFileSync(join(folder.path, 'secret'), 'x');
  studio = await serveStudio(join(folder.path, 'runs'), { port: 0, version: 't' });
});
afterAll(async () => {
  await studio.close();
  folder.remove();
});

/** What is answered; the path as it stands, which `fetch` would tidy up. */
function ask(path: string, { method = 'GET', ...headers }: Record<string, string> = {}) {
  return new Promise<{ answer: IncomingMessage; body: string }>((resolve, reject) => {
    const { hostname, port } = new URL(studio.url);
    request({ hostname, port, path, method, headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text) => (body += text));
      answer.on('end', () => resolve({ answer, body }));
    })
      .on('error', reject)
      .end();
  });
}

describe('the server of the studio', () => {
  test.each([
    ['/api/runs.json', {}, 200],
    ['/', {}, 200],
    ['/api/runs.json', { host: 'evil.example' }, 421],
    ['/api/runs.json', { origin: 'http://evil.example' }, 403],
    ['/', { method: 'POST' }, 405],
    ['/api/runs/..%2Fsecret/run.json', {}, 404],
    ['/../secret', {}, 404],
    ['/runtime/package.json', {}, 404],
    ['/nothing', {}, 404],
  ])('%s with %j: %i, and nothing that another page could use', async (path, headers, status) => {
    const { answer } = await ask(path, headers);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(answer.headers['content-security-policy']).toMatch(/default-src/);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  test('is asked for headers alone', async () => {
    const { answer, body } = await ask('/', { method: 'HEAD' });
    expect([answer.statusCode, body]).toEqual([200, '']);
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(100);
  });

  test('takes data of one run only, and only such as there are', async () => {
    const given = (of: string, data: string) => serveStudio(of, { port: 0, version: 't', data });
    await expect(given(join(folder.path, 'runs'), 'sm-mnist')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('holds 0 runs; name the one whose data they are'),
    });
    await expect(given(pretrained('sm-mnist'), join(folder.path, 'gone'))).rejects.toMatchObject({ code: 'input' });
    await (await given(pretrained('sm-mnist'), 'sm-mnist')).close();
  });

  test('says so where another has the port', async () => {
    const taken = serveStudio(folder.path, { port: Number(new URL(studio.url).port), version: 't' });
    await expect(taken).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('another program uses it'),
    });
  });
});
