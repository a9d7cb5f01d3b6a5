/**
 * Walks the blocks of a GIF (GIF89a specification, 1990): decoders make do with what they find of a file that was cut
 * short, and so would take half a clip for a whole one.
 */
import { badClip } from './clip.js';

/** @throws CdsvaeError `input`: the blocks do not lead to the end mark, or that comes early */
export function checkGif(bytes: Buffer, path: string): void {
  const cut = () => badClip(path, `cut short after ${bytes.length} bytes, before its end mark; copy or make it again`);
  const byte = (at: number) => {
    if (at >= bytes.length) throw cut();
    return bytes[at]!;
  };
  const table = (flags: number) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  const skipBlocks = (at: number) => {
    while (byte(at) !== 0) at += 1 + byte(at);
    return at + 1;
  };
  let at = 13 + table(byte(10));
  for (;;) {
    const kind = byte(at);
    if (kind === 0x3b) return;
    if (kind === 0x21) at = skipBlocks(at + 2);
    else if (kind === 0x2c) at = skipBlocks(at + 11 + table(byte(at + 9)));
    else throw badClip(path, `damaged: byte ${kind} found at ${at}, where a frame, an extension or the end should be`);
  }
}
