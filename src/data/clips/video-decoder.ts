/**
 * Which program decodes video, and how it is asked: FFmpeg as WebAssembly (the package `@ffmpeg/core`), where it is installed,
 * which gives the same pixels on every machine and cannot reach beyond its own memory; else `ffmpeg` and `ffprobe` on the
 * PATH, which are faster. The package is an optional peer: it is under the GPL, and 62 MB.
 *
 * Others of the registry were looked at in 2026: node-av is 175 MB and @napi-rs/webcodecs, of 66 MB, wants Node 22; libav.js
 * has no H.264, tinyh264 its baseline profile only; and most that are called static fetch their binaries when installed.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { badClip, type PictureFit } from './clip.js';

/** What is known of a video before it is decoded. */
export interface VideoInfo {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly fps: number | undefined;
}

/** A program for video, as command lines. */
export interface VideoDecoder {
  /** Describes the first video stream on its standard output. */
  probe(path: string): readonly string[];
  /** @throws CdsvaeError `input`: no video in the file */
  understand(reply: string, path: string): VideoInfo;
  /** Writes the first `count` frames, brought to a size but in colour (`[H, W, 3]`), to its standard output. */
  decode(path: string, count: number, fit: PictureFit): readonly string[];
}

/** Scales until both sides are covered, cuts around the centre. */
function fitFilter({ width, height }: PictureFit): string {
  return `scale=${width}:${height}:force_original_aspect_ratio=increase:flags=bicubic,crop=${width}:${height}`;
}

const stream = z.object({
  width: z.number().int().min(1),
  height: z.number().int().min(1),
  avg_frame_rate: z.string().optional(),
  side_data_list: z.array(z.object({ rotation: z.number().optional() })).optional(),
});
const reply = z.object({
  packets: z.array(z.object({ flags: z.string() })).default([]),
  streams: z.array(z.unknown()),
});

/** A decoder that takes FFmpeg's arguments. */
function ffmpeg(probe: Command, decode: Command, output: string): VideoDecoder {
  return {
    probe: (path) =>
      probe(path, (input) => [
        ...['-v', 'error', '-select_streams', 'v:0', '-of', 'json=compact=1'],
        ...['-show_entries', 'packet=flags:stream=width,height,avg_frame_rate:stream_side_data=rotation', input],
      ]),
    understand,
    decode: (path, count, fit) =>
      decode(path, (input) => [
        ...['-v', 'error', '-nostdin', '-xerror', '-i', input, '-map', '0:v:0', '-an', '-sn', '-dn'],
        ...['-vf', fitFilter(fit), '-fps_mode', 'passthrough', '-frames:v', String(count)],
        ...['-pix_fmt', 'rgb24', '-f', 'rawvideo', output],
      ]),
  };
}

/** A command line, from what it is told of a file by the name that it has for it. */
type Command = (path: string, told: (input: string) => string[]) => string[];

/** Of the system. */
export const NATIVE = ffmpeg(
  (path, told) => ['ffprobe', ...told(`file:${path}`)],
  (path, told) => ['ffmpeg', ...told(`file:${path}`)],
  'pipe:1',
);

const SCRIPT = fileURLToPath(new URL('./ffmpeg-wasm.js', import.meta.url));

/** Of the npm registry. */
export const WASM = ffmpeg(
  (path, told) => [process.execPath, SCRIPT, 'ffprobe', path, ...told('file:/input')],
  (path, told) => [process.execPath, SCRIPT, 'exec', path, ...told('file:/input')],
  'file:/output',
);

function understand(text: string, path: string): VideoInfo {
  const { packets = [], streams = [] } = reply.safeParse(json(text)).data ?? {};
  if (streams.length === 0) throw badClip(path, 'no video found in it');
  const parsed = stream.safeParse(streams[0]);
  // A clip that was trimmed without being encoded again begins with packets (D: discard) that no frame is shown of.
  const frames = packets.filter(({ flags }) => !flags.includes('D')).length;
  if (!parsed.success || frames === 0) throw badClip(path, 'damaged: no frames found in it');
  const { avg_frame_rate: rate, side_data_list: sides = [] } = parsed.data;
  // Of a telephone held upright: stored lying, decoded standing.
  const turned = sides.some(({ rotation = 0 }) => Math.abs(rotation) % 180 === 90);
  const [width, height] = turned ? [parsed.data.height, parsed.data.width] : [parsed.data.width, parsed.data.height];
  const [numerator = 0, denominator = 0] = (rate ?? '').split('/').map(Number);
  const fps = numerator / denominator;
  return { width, height, frames, fps: Number.isFinite(fps) && fps > 0 ? fps : undefined };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

let known: Promise<VideoDecoder | undefined> | undefined;

/** The decoder of this machine; looked for once. */
export function videoDecoder(): Promise<VideoDecoder | undefined> {
  known ??= find();
  return known;
}

async function find(): Promise<VideoDecoder | undefined> {
  try {
    createRequire(import.meta.url).resolve('@ffmpeg/core');
    return WASM;
  } catch {
    return (await runs('ffmpeg')) && (await runs('ffprobe')) ? NATIVE : undefined;
  }
}

function runs(command: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, ['-version'], { stdio: 'ignore', windowsHide: true });
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
}
