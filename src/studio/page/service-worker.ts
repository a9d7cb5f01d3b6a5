/** Keeps an export's files, so that it works without a network after the first visit. */
interface FileList {
  readonly revision: string;
  readonly files: readonly string[];
}

/** What of a service worker's globals is used here; the DOM's types do not have them. */
interface Worker {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
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
  event.waitUntil(keepAll().then(() => worker.skipWaiting()));
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(worker.clients.claim());
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
  await cache.addAll(list.files.map((f) => new Request(here(f), { cache: 'no-cache' })));
  await cache.put(here('files.json'), new Response(JSON.stringify(list)));
  for (const other of await caches.keys()) {
    if (other.startsWith(`${PREFIX}${worker.registration.scope} `) && other !== name) await caches.delete(other);
  }
}

/** What is kept, whatever its query; the rest from the network. A folder's own address is that of its index.html. */
async function answer(request: Request): Promise<Response> {
  const url = new URL(request.url);
  url.search = '';
  url.hash = '';
  const kept = await caches.match(url.href.endsWith('/') ? `${url.href}index.html` : url.href);
  return kept ?? fetch(request);
}
