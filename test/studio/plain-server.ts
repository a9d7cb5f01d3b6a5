import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/**
 * The simplest of web servers: a folder's files under a path, with no headers but their type.
 *
 * @param redirects sends who asks for index.html to its folder, as some hosts do
 * @param late a folder that answers for all but the service worker: a host that has not yet taken over all of a site
 */
export async function servePlain(
  folder: string,
  under: string,
  { redirects = false, late = undefined as string | undefined } = {},
): Promise<{ readonly url: string; readonly asked: string[]; late: string | undefined; close(): void }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url!, 'http://x').pathname);
    asked.push(path);
    if (redirects && path.endsWith('/index.html')) {
      response.writeHead(308, { Location: path.slice(0, -'index.html'.length) }).end();
      return;
    }
    const from = host.late !== undefined && !path.endsWith('/service-worker.js') ? host.late : folder;
    const file = join(from, path.startsWith(under) ? path.slice(under.length) || 'index.html' : '\0');
    try {
      if (!statSync(file).isFile()) throw new Error('a folder');
      response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
      createReadStream(file).pipe(response);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const host = {
    late,
    url: `http://127.0.0.1:${port}${under}`,
    asked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return host;
}
