/** What a file is known again by: its size and its hash. */
import { createHash } from 'node:crypto';
import { CdsvaeError } from '../errors.js';

export interface FileFacts {
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** Those of a file of these parts, one after another. */
export function factsOfParts(parts: readonly Uint8Array[]): FileFacts {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return { bytes: parts.reduce((sum, part) => sum + part.byteLength, 0), sha256: hash.digest('hex') };
}

/** Holds the content of a file against what it was. @throws CdsvaeError `input` naming the file, what was found and what was expected */
export function checkFileFacts(path: string, content: Uint8Array, expected: FileFacts): void {
  const { byteLength } = content;
  if (byteLength !== expected.bytes) {
    const cut = byteLength < expected.bytes ? '; the file is cut short: copy it again' : '';
    throw new CdsvaeError('input', `${path}: ${byteLength} bytes found, ${expected.bytes} expected${cut}`);
  }
  const { sha256 } = factsOfParts([content]);
  if (sha256 !== expected.sha256) {
    throw new CdsvaeError(
      'input',
      `${path}: SHA-256 ${sha256} found, ${expected.sha256} expected; copy it again, or make it again`,
    );
  }
}
