// Fuzzes the readers of clips: files with bits flipped, parts cut, doubled or blanked, and numbers made extreme, must be read
// or refused by name, in bounded time and memory; never crash, hang, or fail in another way.
//
//   npm run build && node bench/fuzz.js [--count 100000] [--format gif,webp,apng,png,jpeg,npy,csv] [--seed 0]
//
// Each format runs in processes of its own, 20,000 files at a time, so that a crash is told from a refusal. Exit code 1 and the
// file kept where anything is wrong. Prints one line a format.
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { readClip } from '../dist/data/clips/read.js';
import { CdsvaeError } from '../dist/errors.js';
import { encodeNpy } from '../dist/formats/npy.js';
import { Random } from '../dist/random.js';

const CHUNK = 20_000;
/** Milliseconds from one word of a process that it is alive to the next: a word for each file costs as much as the file. */
const SAYING = 100;
/** Seconds that one file may take, and bytes that the process may grow to. */
const PATIENCE = 120;
const MOST_MEMORY = 2e9;
const [T, H, W] = [5, 12, 16];
/** In memory where there is such a folder: on a disk, writing a file anew takes longer than reading it. */
const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const HERE = dirname(fileURLToPath(import.meta.url));

/** A sound file of each format, and where it lies: pictures go into a folder, as a clip of two. */
const FORMATS = {
  gif: {
    name: 'clip.gif',
    make: () =>
      strip()
        .gif({ delay: Array(T).fill(50) })
        .toBuffer(),
  },
  webp: {
    name: 'clip.webp',
    make: () =>
      strip()
        .webp({ delay: Array(T).fill(50), quality: 50 })
        .toBuffer(),
  },
  apng: { name: 'clip.png', make: () => readFileSync(join(HERE, '../test/fixtures/clips/moving.png')), mend: mendPng },
  png: { name: 'clip/1.png', make: () => still().png().toBuffer(), mend: mendPng },
  jpeg: { name: 'clip/1.jpg', make: () => still().jpeg().toBuffer() },
  npy: {
    name: 'clip.npy',
    make: () =>
      encodeNpy(
        Float32Array.from({ length: 60 }, (_, i) => i / 7),
        [4, 5, 3],
      ),
  },
  csv: {
    name: 'clip.csv',
    make: () =>
      Buffer.from(`time,"a",b\n${Array.from({ length: 20 }, (_, i) => `${i},${i / 3},-${i}e1`).join('\n')}\n`),
  },
};

const { values: flags } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    format: { type: 'string', default: Object.keys(FORMATS).join(',') },
    seed: { type: 'string', default: '0' },
    child: { type: 'string' },
  },
});
if (flags.child !== undefined) await child(JSON.parse(flags.child));
else await main();

async function main() {
  let wrong = 0;
  for (const format of flags.format.split(',')) {
    const total = { read: 0, refused: 0, wrong: 0, slowest: 0, memory: 0 };
    const begun = performance.now();
    for (let first = 0; first < Number(flags.count); first += CHUNK) {
      const count = Math.min(CHUNK, Number(flags.count) - first);
      const folder = mkdtempSync(join(SCRATCH, 'cdsvae-fuzz-'));
      const found = await run({ format, first, count, seed: Number(flags.seed), folder });
      for (const key of ['read', 'refused']) total[key] += found[key];
      for (const key of ['slowest', 'memory']) total[key] = Math.max(total[key], found[key]);
      if (found.wrong !== undefined) {
        total.wrong++;
        const kept = join(tmpdir(), `cdsvae-fuzz-${format}-${first}-${FORMATS[format].name.replace('/', '-')}`);
        if (existsSync(join(folder, FORMATS[format].name))) copyFileSync(join(folder, FORMATS[format].name), kept);
        console.log(`${format}: ${found.wrong}; the file: ${kept}`);
      }
      rmSync(folder, { recursive: true, force: true });
    }
    wrong += total.wrong;
    console.log(
      `${format.padEnd(5)} ${total.read + total.refused} files: ${total.read} read, ${total.refused} refused, ${total.wrong} wrong; ` +
        `slowest ${total.slowest.toFixed(0)} ms, at most ${(total.memory / 1e6).toFixed(0)} MB, ${((performance.now() - begun) / 1000).toFixed(0)} s`,
    );
  }
  process.exitCode = wrong > 0 ? 1 : 0;
}

/** Runs files in a process of their own; `wrong` says what happened that must not. */
function run(task) {
  return new Promise((resolve) => {
    const worker = spawn(process.execPath, [fileURLToPath(import.meta.url), '--child', JSON.stringify(task)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let last = { read: 0, refused: 0, slowest: 0, memory: 0 };
    let said = '';
    worker.stderr.on('data', (text) => {
      said = (said + text).slice(-2000);
    });
    let hung = false;
    const watch = setTimeout(() => {
      hung = true;
      worker.kill('SIGKILL');
    }, PATIENCE * 1000);
    worker.on('message', (state) => {
      watch.refresh();
      last = state;
    });
    worker.on('close', (code, signal) => {
      clearTimeout(watch);
      const at = `a file soon after number ${task.first + last.read + last.refused}`;
      if (hung) last.wrong ??= `${at} took more than ${PATIENCE} s`;
      else if (code !== 0) last.wrong ??= `${at} ended the process (${signal ?? code}): ${said.trim()}`;
      resolve(last);
    });
  });
}

async function child({ format, first, count, seed, folder }) {
  const { name, make, mend } = FORMATS[format];
  const sound = Buffer.from(await make());
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  if (dirname(name) !== '.') writeFileSync(join(dirname(path), `0${name.slice(name.lastIndexOf('.'))}`), sound);
  const clip = dirname(name) === '.' ? path : dirname(path);
  const state = { read: 0, refused: 0, slowest: 0, memory: 0 };
  let said = performance.now();
  for (let i = first; i < first + count; i++) {
    const random = Random.of(seed, `fuzz ${format}`, i);
    const bent = mutate(sound, random);
    writeFileSync(path, mend !== undefined && random.integer(2) === 0 ? mend(bent) : bent);
    const begun = performance.now();
    try {
      await readClip(clip);
      state.read++;
    } catch (error) {
      if (!(error instanceof CdsvaeError && error.code === 'input' && error.message.startsWith(clip))) {
        state.wrong = `file ${i}: ${error?.stack ?? error}`;
        break;
      }
      state.refused++;
    }
    const now = performance.now();
    state.slowest = Math.max(state.slowest, now - begun);
    if (now - said < SAYING && i % 100 > 0) continue;
    said = now;
    state.memory = Math.max(state.memory, process.memoryUsage.rss());
    if (state.memory > MOST_MEMORY) {
      state.wrong = `file ${i}: the process has grown to ${(state.memory / 1e6).toFixed(0)} MB`;
      break;
    }
    process.send({ ...state });
  }
  process.send(state, () => process.disconnect());
}

/** One to four changes of a sound file. */
function mutate(sound, random) {
  let bytes = Buffer.from(sound);
  for (let n = 1 + random.integer(4); n > 0 && bytes.length > 0; n--) {
    const at = random.integer(bytes.length);
    const length = 1 + random.integer(Math.min(64, bytes.length - at));
    switch (random.integer(7)) {
      case 0:
        bytes[at] ^= 1 << random.integer(8);
        break;
      case 1:
        bytes[at] = random.integer(256);
        break;
      case 2:
        bytes = bytes.subarray(0, at);
        break;
      case 3:
        bytes.fill(0, at, at + length);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
        break;
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      default:
        if (at + 4 <= bytes.length)
          bytes.writeUInt32BE([0, 0xffffffff, 0x7fffffff, 0x80000000, 0x10000, 0xffff][random.integer(6)], at);
    }
    bytes = Buffer.from(bytes);
  }
  return bytes;
}

/** Makes the checksums of a PNG's chunks right again, so that what lies behind them is reached. */
function mendPng(bytes) {
  const out = Buffer.from(bytes);
  for (let at = 8; at + 12 <= out.length; ) {
    const length = out.readUInt32BE(at);
    if (at + 12 + length > out.length) break;
    out.writeUInt32BE(crc32(out.subarray(at + 4, at + 8 + length)), at + 8 + length);
    at += 12 + length;
  }
  return out;
}

function frames(count) {
  return Uint8Array.from({ length: count * H * W * 3 }, (_, i) => (i * 7 + Math.floor(i / 600) * 50) % 256);
}

function strip() {
  return sharp(frames(T), { raw: { width: W, height: T * H, channels: 3, pageHeight: H } });
}

function still() {
  return sharp(frames(1), { raw: { width: W, height: H, channels: 3 } });
}
