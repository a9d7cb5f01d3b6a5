import { CdsvaeError } from '../errors.js';
import { createSession, type WebSessionOptions } from '../runtime/web.js';
import { createSessions, tryOut } from './create.js';
import { DESCRIPTION_FILE, decodeDescription } from './description.js';
import { Model } from './model.js';

/**
 * Loads a trained model in the browser.
 *
 * @param url of a model folder: an absolute URL, or one relative to the page
 * @throws CdsvaeError `input`: a file is missing or damaged; `usage`: WebGPU where there is none
 *
 * @example
 * const model = await load('models/digits/');
 * const { s, z } = await model.encode(clips);
 */
export async function load(url: string | URL, options: WebSessionOptions = {}): Promise<Model> {
  const base = new URL(String(url).replace(/\/?$/, '/'), globalThis.document?.baseURI);
  const at = (name: string) => new URL(name, base).href;
  const description = decodeDescription(
    new TextDecoder().decode(await fetchBytes(at(DESCRIPTION_FILE))),
    at(DESCRIPTION_FILE),
  );
  const sessions = await createSessions(async (name) => {
    const file = at(`${name}.onnx`);
    const bytes = await fetchBytes(file);
    const expected = description.files[`${name}.onnx`]?.bytes;
    if (bytes.byteLength !== expected) {
      throw new CdsvaeError(
        'input',
        `${file}: ${bytes.byteLength} bytes found, ${expected ?? 'no such file'} expected`,
      );
    }
    try {
      return await createSession(bytes, options);
    } catch (cause) {
      if (cause instanceof CdsvaeError && cause.code === 'usage') throw cause;
      throw new CdsvaeError('input', `${file}: ${(cause as Error).message}`, { cause });
    }
  });
  return tryOut(new Model(description.model, sessions, description), base.href);
}

async function fetchBytes(url: string): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw new CdsvaeError('input', `${url}: could not be fetched (${(cause as Error).message})`, { cause });
  }
  if (!response.ok)
    throw new CdsvaeError('input', `${url}: ${response.status} ${response.statusText}; a file of a model is expected`);
  return new Uint8Array(await response.arrayBuffer());
}
