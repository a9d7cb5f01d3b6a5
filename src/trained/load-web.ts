import { CdsvaeError } from '../errors.js';
import type { FileFacts } from '../formats/file-facts.js';
import { createSession, type WebSessionOptions } from '../runtime/web.js';
import { createSessions, graphsOf, tryOut } from './create.js';
import { decodeDescription } from './description.js';
import { DESCRIPTION_FILE } from './folder-names.js';
import { Model } from './model.js';

/**
 * Loads a trained model in the browser.
 *
 * @param url of a model folder: an absolute URL, or one relative to the page (in a worker: to its script)
 * @throws CdsvaeError `input`: a file is missing or damaged; `usage`: no URL, or WebGPU where there is none; `runtime`: the engine refuses
 *
 * @example
 * const model = await load('models/digits/');
 * const { s, z } = await model.encode(clips);
 */
export async function load(url: string | URL, options: WebSessionOptions = {}): Promise<Model> {
  const base = folderUrl(url);
  const at = (name: string) => new URL(name, base).href;
  const description = decodeDescription(
    new TextDecoder().decode(await fetchBytes(at(DESCRIPTION_FILE))),
    at(DESCRIPTION_FILE),
  );
  const read = async (file: string) => {
    const bytes = await fetchBytes(at(file));
    await verify(bytes, description.files[file], at(file));
    return bytes;
  };
  const graph = await graphsOf(description, read, base.href);
  const sessions = await createSessions(async (name) => createSession(await graph(name), options));
  return tryOut(new Model(description.model, sessions, description), base.href);
}

function folderUrl(url: string | URL): URL {
  const folder = String(url).replace(/\/?$/, '/');
  try {
    return new URL(folder, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch (cause) {
    throw new CdsvaeError('usage', `"${url}": the URL of a model folder expected`, { cause });
  }
}

async function verify(bytes: Uint8Array<ArrayBuffer>, expected: FileFacts | undefined, url: string): Promise<void> {
  if (!expected) throw new CdsvaeError('input', `${url}: ${DESCRIPTION_FILE} does not list it; export the model again`);
  if (bytes.byteLength !== expected.bytes) {
    throw new CdsvaeError('input', `${url}: ${bytes.byteLength} bytes found, ${expected.bytes} expected`);
  }
  // Pages that did not come by HTTPS have no digests.
  const digest = await globalThis.crypto?.subtle?.digest('SHA-256', bytes);
  if (!digest) return;
  const found = Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, '0')).join('');
  if (found !== expected.sha256) {
    throw new CdsvaeError('input', `${url}: SHA-256 ${found} found, ${expected.sha256} expected; copy it again`);
  }
}

async function fetchBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const failed = (cause: Error) =>
    new CdsvaeError('input', `${url}: could not be fetched (${cause.message})`, { cause });
  const response = await fetch(url).catch((cause) => {
    throw failed(cause);
  });
  if (!response.ok)
    throw new CdsvaeError('input', `${url}: ${response.status} ${response.statusText}; a file of a model is expected`);
  // What hosts of pages answer for any name they do not know.
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    throw new CdsvaeError('input', `${url}: a page found (text/html); a file of a model is expected: is it there?`);
  }
  // A connection may be cut between its first byte and its last.
  const body = await response.arrayBuffer().catch((cause) => {
    throw failed(cause);
  });
  return new Uint8Array(body);
}
