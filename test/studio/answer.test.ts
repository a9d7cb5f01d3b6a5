import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Answer } from '../../src/studio/server/answer.js';
import { temporaryFolder } from '../cli/dist.js';

const place = temporaryFolder();
afterAll(place.remove);

const DESCRIPTORS = '/proc/self/fd';
const open = (path: string) =>
  readdirSync(DESCRIPTORS).filter((fd) => {
    try {
      return readlinkSync(join(DESCRIPTORS, fd)) === path;
    } catch {
      return false; // Closed since.
    }
  }).length;

test.skipIf(process.platform !== 'linux')('a file whose reader goes away is let go of', async () => {
  const path = join(place.path, 'weights');
  writeFileSync(path, Buffer.alloc(20 << 20));
  const server = createServer((request, response) => new Answer(request, response).file(path));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  for (let i = 0; i < 5; i++) {
    await new Promise<void>((done) => {
      const request = get({ port }, (response) =>
        response.once('data', () => {
          request.destroy();
          done();
        }),
      );
      request.on('error', () => {});
    });
  }
  await expect.poll(() => open(path), { timeout: 10_000 }).toBe(0);
  await new Promise((done) => server.close(done));
});
