import { createReadStream, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { pipeline } from 'node:stream';
import type { ErrorCode } from '../../errors.js';

/**
 * What every answer says. The policy is that of the page's own `<meta>`, and more: in no frame. The last three let the page use
 * threads.
 */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; media-src blob:; " +
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
};

/** HTTP status of each kind of error. */
const STATUS: Record<ErrorCode, number> = {
  usage: 400,
  input: 404,
  busy: 409,
  graph: 500,
  diverged: 500,
  stopped: 500,
  io: 500,
  runtime: 500,
};

/** Answers one request. */
export class Answer {
  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
  ) {}

  json(value: unknown, status = 200): void {
    this.bytes(Buffer.from(JSON.stringify(value)), '.json', status);
  }

  problem(code: ErrorCode | 'refused' | 'unexpected', message: string, status?: number): void {
    const usual = code === 'refused' ? 403 : code === 'unexpected' ? 500 : STATUS[code];
    this.json({ error: { code, message } }, status ?? usual);
  }

  bytes(bytes: Uint8Array, type: string, status = 200): void {
    this.#head(status, type, bytes.byteLength, 'no-store');
    this.response.end(this.request.method === 'HEAD' ? undefined : bytes);
  }

  /** @param lasting the file under this name never changes */
  file(path: string, lasting = false): void {
    const { size } = statSync(path);
    this.#head(200, extname(path), size, lasting ? 'max-age=31536000, immutable' : 'no-cache');
    if (this.request.method === 'HEAD') {
      this.response.end();
      return;
    }
    // Whichever of the two fails or goes away, the other is let go of; nobody is left to be told.
    pipeline(createReadStream(path), this.response, () => {});
  }

  #head(status: number, type: string, length: number, caching: string): void {
    this.response.writeHead(status, {
      ...HEADERS,
      'Content-Type': TYPES[type] ?? 'application/octet-stream',
      'Content-Length': length,
      'Cache-Control': caching,
    });
  }
}
