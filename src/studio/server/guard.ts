import type { IncomingMessage } from 'node:http';

/** Names by which this machine calls itself. A page elsewhere that points its own name here (DNS rebinding) has none of them. */
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/;

/** Why a request is refused: an HTTP status and words. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/**
 * Refuses what the studio's own page does not send: other methods than reading, other hosts, and requests of other origins.
 *
 * @returns undefined for a request that is welcome
 */
export function refuse({
  method,
  headers,
  url,
}: Pick<IncomingMessage, 'method' | 'headers' | 'url'>): Refusal | undefined {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, message: 'the studio is only read from' };
  const { host, origin } = headers;
  if (host === undefined || !LOOPBACK.test(host)) {
    return { status: 421, message: 'the studio answers to localhost and 127.0.0.1 only' };
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    return { status: 403, message: 'requests of other origins are refused' };
  }
  const site = headers['sec-fetch-site'];
  const fromHere = site === undefined || site === 'same-origin' || site === 'none';
  // A link on another page may open the studio, and nothing else of it.
  const opens = url === '/' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return fromHere || opens ? undefined : { status: 403, message: 'requests of other sites are refused' };
}
