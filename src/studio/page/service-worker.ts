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

/** The site's revision: an export writes it at the end of this file. */
declare const SITE_REVISION: string;

const worker = globalThis as unknown as Worker;
const PREFIX = 'cdsvae ';
/** Another export under the same origin has caches of its own. */
const ownCaches = () => `${PREFIX}${worker.registration.scope} `;
const ownCache = () => `${ownCaches()}${SITE_REVISION}`;
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
  // A host takes files over one by one. What is kept of the site before would stay, as this worker does not change again.
  if (list.revision !== SITE_REVISION) throw new Error(`files.json: of ${list.revision}, not yet of ${SITE_REVISION}`);
  const cache = await caches.open(ownCache());
  await Promise.all(list.files.map((f) => keep(cache, f)));
  await cache.put(here('files.json'), new Response(JSON.stringify(list)));
}

/** Deletes what was kept of the sites before. */
async function forgetOthers(): Promise<void> {
  const others = (await caches.keys()).filter((name) => name.startsWith(ownCaches()) && name !== ownCache());
  for (const name of others) await caches.delete(name);
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
  const cacheName = ownCache();
  const kept = await caches.match(url.href.endsWith('/') ? `${url.href}index.html` : url.href, { cacheName });
  return kept ?? fetch(request);
}
