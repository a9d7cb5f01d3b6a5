/** Keeps an export's files, so that it works without a network after the first visit. */
interface FileList {
  readonly revision: string;
  readonly files: readonly string[];
}

/** What of a service worker's globals is used here; the DOM's types do not have them. */
interface Worker {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  addEventListener(
    type: 'install' | 'activate',
    listener: (event: { waitUntil(p: Promise<unknown>): void }) => void,
  ): void;
  addEventListener(
    type: 'fetch',
    listener: (event: { readonly request: Request; respondWith(p: Promise<Response>): void }) => void,
  ): void;
}

const worker = globalThis as unknown as Worker;
const PREFIX = 'cdsvae ';
const here = (path: string) => new URL(path, worker.registration.scope).href;

worker.addEventListener('install', (event) => {
  // Waits for pages of the site before to be closed: these have yet to ask for files that may be there no more.
  event.waitUntil(keepAll());
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(forgetOthers().then(() => worker.clients.claim()));
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method === 'GET' && request.url.startsWith(worker.registration.scope)) event.respondWith(answer(request));
});

async function keepAll(): Promise<void> {
  const response = await fetch(here('files.json'), { cache: 'no-cache' });
  const list: FileList = await response.json();
  // Another export under the same origin has caches of its own.
  const name = `${PREFIX}${worker.registration.scope} ${list.revision}`;
  const cache = await caches.open(name);
  await Promise.all(list.files.map((f) => keep(cache, f)));
  await cache.put(here('files.json'), new Response(JSON.stringify(list)));
}

/** Deletes what was kept of the site before. Names come in the order in which they were made: the last is of this worker. */
async function forgetOthers(): Promise<void> {
  const own = (await caches.keys()).filter((name) => name.startsWith(`${PREFIX}${worker.registration.scope} `));
  for (const name of own.slice(0, -1)) await caches.delete(name);
}

async function keep(cache: Cache, file: string): Promise<void> {
  const response = await fetch(here(file), { cache: 'no-cache' });
  if (!response.ok) throw new Error(`${file}: ${response.status}`);
  // Made anew: one that came by a redirection, as that of index.html does from some hosts, may not answer a visit.
  const headers = { 'Content-Type': response.headers.get('Content-Type') ?? '' };
  await cache.put(here(file), new Response(await response.blob(), { headers }));
}

/** What is kept, whatever its query; the rest from the network. A folder's own address is that of its index.html. */
async function answer(request: Request): Promise<Response> {
  const url = new URL(request.url);
  url.search = '';
  url.hash = '';
  const kept = await caches.match(url.href.endsWith('/') ? `${url.href}index.html` : url.href);
  return kept ?? fetch(request);
}
