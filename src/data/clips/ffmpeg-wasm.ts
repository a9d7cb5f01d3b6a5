/**
 * A program: `node ffmpeg-wasm.js exec|ffprobe FILE ARGUMENT…` is FFmpeg as WebAssembly. The file is `/input` to it, read piece
 * by piece; what it writes to `/output` goes to standard output.
 */
import { fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';

/** A file of Emscripten's file system, as much of it as is made use of. */
interface FileNode {
  /** Its size. */
  usedBytes: number;
  stream_ops: Record<string, unknown>;
}

type Transfer = (stream: object, buffer: Uint8Array, offset: number, length: number, position: number) => number;

/** What `@ffmpeg/core` makes. */
interface Core {
  readonly FS: { create(path: string, mode: number): FileNode };
  setLogger(logger: (line: { readonly type: 'stdout' | 'stderr'; readonly message: string }) => void): void;
  /** Exit codes; that of `ffprobe` says nothing. */
  exec(...args: string[]): number;
  ffprobe(...args: string[]): number;
}

/** What it says whenever it ends, well or not. */
const END = 'Aborted()';

async function main([mode, path = '', ...args]: readonly string[]): Promise<number> {
  const require = createRequire(import.meta.url);
  // It is made for a worker of a browser, and asks there where it lies.
  Object.assign(globalThis, { self: globalThis, location: { href: '' } });
  const create: (options: { readonly wasmBinary: Uint8Array }) => Promise<Core> = require('@ffmpeg/core');
  const core = await create({ wasmBinary: readFileSync(require.resolve('@ffmpeg/core/wasm')) });
  const said = { stdout: '', stderr: '' };
  core.setLogger(({ type, message }) => {
    if (message !== END) said[type] += `${message}\n`;
  });
  const fd = openSync(path, 'r');
  const input = core.FS.create('/input', 0o444);
  input.usedBytes = fstatSync(fd).size;
  const read: Transfer = (_, buffer, offset, length, position) => readSync(fd, buffer, offset, length, position);
  input.stream_ops = { ...input.stream_ops, read };
  const output = core.FS.create('/output', 0o666);
  const write: Transfer = (_, buffer, offset, length) => {
    for (let done = 0; done < length; ) done += writeSync(1, buffer, offset + done, length - done);
    return length;
  };
  output.stream_ops = { ...output.stream_ops, write };
  const code = mode === 'exec' ? core.exec(...args) : core.ffprobe(...args);
  writeSync(1, said.stdout);
  writeSync(2, said.stderr);
  return mode === 'exec' ? code : Number(said.stderr !== '' && !said.stdout.includes('"width"'));
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    writeSync(2, `${error.message}\n`);
    process.exitCode = 1;
  },
);
