/**
 * Video files. They are decoded in a process of its own, so that a decoder that fails, hangs or grows takes nothing with
 * it; which one: `video-decoder.ts`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { CdsvaeError } from '../../errors.js';
import { readFailure } from '../../formats/system-errors.js';
import { badClip, type ClipReader, type ClipSource, type PictureFit } from './clip.js';
import { MOST_PIXELS, toChannels } from './picture.js';
import { type VideoDecoder, videoDecoder } from './video-decoder.js';

export const videoReader: ClipReader = {
  name: 'video',
  extensions: ['.mp4', '.m4v', '.mov', '.webm', '.mkv', '.avi', '.mpg', '.mpeg', '.wmv', '.flv', '.ogv', '.ts'],
  open: (path) => openVideo(path),
};

/** A decoder that has been silent for so many seconds is ended; on a machine that is very busy it takes a minute to begin. */
const PATIENCE = 300;
/** Bytes that are read in a second at the least, where a whole file is read before anything is said. */
const SLOWEST = 1e7;
/** Most of what a decoder says about a file that is kept. */
const LONGEST_MESSAGE = 4096;
/** Most of what is said of a video, some 25 bytes a packet: more than ten hours of it. */
const LARGEST_REPLY = 1 << 26;

/**
 * Opens a video.
 *
 * @param decoder default that of this machine
 * @throws CdsvaeError `input`: no video, or damaged; frames of more than 25 million pixels; no decoder
 */
export async function openVideo(path: string, decoder?: VideoDecoder): Promise<ClipSource> {
  let size: number;
  try {
    const info = await stat(path);
    size = info.size;
    if (!info.isFile()) throw badClip(path, 'not a file; a video expected');
    if (info.size === 0) throw badClip(path, 'an empty file found');
  } catch (cause) {
    throw readFailure(path, cause);
  }
  const program = decoder ?? (await videoDecoder());
  if (program === undefined) {
    throw new CdsvaeError(
      'input',
      `${path}: no decoder for video found; npm install @ffmpeg/core (GPL), or put ffmpeg (with ffprobe) on the PATH`,
    );
  }
  const probe = new Child(path, program.probe(path), PATIENCE + size / SLOWEST);
  let reply = '';
  for await (const piece of probe.output()) {
    reply += piece.toString('utf8');
    if (reply.length > LARGEST_REPLY) throw badClip(path, 'damaged (no end to its description)');
  }
  const { width, height, frames, fps } = program.understand(reply, path);
  if (width * height > MOST_PIXELS / 4) {
    throw badClip(path, `frames of ${width}×${height} found; at most ${MOST_PIXELS / 4} pixels expected`);
  }
  return {
    path,
    kind: 'video',
    sequences: 1,
    frames,
    frame: [height, width, 3],
    ...(fps !== undefined && { fps }),
    stream: (_, wanted, fit = { height, width, channels: 3 }) =>
      wantedFrames(new Child(path, program.decode(path, lastOf(wanted) + 1, fit), PATIENCE), path, wanted, frames, fit),
    close: () => {},
  };
}

function lastOf(frames: ArrayLike<number>): number {
  return frames[frames.length - 1] ?? -1;
}

async function* wantedFrames(
  child: Child,
  path: string,
  wanted: ArrayLike<number>,
  announced: number,
  fit: PictureFit,
): AsyncGenerator<Uint8Array> {
  const length = fit.height * fit.width * 3;
  let frame = new Uint8Array(length);
  let filled = 0;
  let t = 0;
  let next = 0;
  for await (const piece of child.output()) {
    for (let at = 0; at < piece.length; ) {
      const n = Math.min(piece.length - at, length - filled);
      frame.set(piece.subarray(at, at + n), filled);
      filled += n;
      at += n;
      if (filled < length) continue;
      filled = 0;
      if (t++ === wanted[next]) {
        yield toChannels(frame, 3, fit.channels);
        frame = new Uint8Array(length);
        if (++next === wanted.length) return;
      }
    }
  }
  throw badClip(path, `${t} frames could be decoded, ${announced} are announced; the file is cut short or damaged`);
}

/** A process whose output is wanted, ended when nobody reads on, or when it is silent for too long. */
class Child {
  readonly #path: string;
  readonly #process: ChildProcess;
  readonly #patience: number;
  #message = '';

  /** @param patience seconds that it may be silent */
  constructor(path: string, [command = '', ...args]: readonly string[], patience: number) {
    this.#path = path;
    this.#patience = patience;
    this.#process = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    this.#process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      if (this.#message.length < LONGEST_MESSAGE) this.#message += text;
    });
  }

  /** @throws CdsvaeError `input`: it failed, which is the file's doing */
  async *output(): AsyncGenerator<Buffer> {
    const child = this.#process;
    const ended = new Promise<{ code: number | null; error?: Error }>((resolve) => {
      child.once('error', (error) => resolve({ code: null, error }));
      child.once('close', (code) => resolve({ code }));
    });
    let silent = false;
    const watch = setTimeout(() => {
      silent = true;
      child.kill('SIGKILL');
    }, this.#patience * 1000);
    try {
      for await (const piece of child.stdout!) {
        watch.refresh();
        yield piece;
        // However long its reader takes over a piece, that is no fault of the decoder.
        watch.refresh();
      }
      const { code, error } = await ended;
      if (silent)
        throw badClip(this.#path, `the decoder said nothing for ${this.#patience.toFixed(0)} s; the file is damaged`);
      if (error !== undefined) throw badClip(this.#path, `the decoder could not be started (${error.message})`, error);
      if (code !== 0) throw badClip(this.#path, `damaged, or no video (${this.#reason(code)})`);
    } finally {
      clearTimeout(watch);
      if (child.exitCode === null) child.kill('SIGKILL');
    }
  }

  #reason(code: number | null): string {
    const line = this.#message
      .split('\n')
      .map((text) =>
        text
          .replace(/^\[[^\]]*\]\s*/, '')
          .replaceAll(`${this.#path}: `, '')
          .trim(),
      )
      // After its stack a program of Node says which Node it was.
      .findLast((text) => text !== '' && !/^Node\.js v|^at /.test(text));
    return line?.slice(0, 200) ?? `exit code ${code}`;
  }
}
