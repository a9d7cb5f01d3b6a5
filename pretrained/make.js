/**
 * Makes the pretrained model that comes with the package, of a run and its judge:
 *
 *     npm run pretrained -- RUN --judge JUDGE     writes pretrained/sm-mnist, whole or not at all
 *     npm run pretrained -- --check               evaluates what is there again, and compares with what it states
 *
 * Both are rounded to half precision, the judge's accuracy is measured again, and the model is evaluated as it will be shipped.
 * Refused when it is of other data, or more than 6 MB in the package.
 *
 *     --checkpoint WHICH    best, newest or a step, instead of the model at the end of the run
 *     --sequences N, --repeats N    evaluate on fewer: for trying this out
 *     --out DIR             instead of pretrained/sm-mnist
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { openDataset } from '../dist/data/open.js';
import { evaluate } from '../dist/evaluate/evaluate.js';
import { loadJudge, readJudge, writeJudge } from '../dist/evaluate/judge/folder.js';
import { measureJudge } from '../dist/evaluate/judge/measure.js';
import { evaluationTable } from '../dist/evaluate/report/table.js';
import { writeAtomic } from '../dist/formats/durable.js';
import { replaceFolder } from '../dist/formats/replace-folder.js';
import { CdsvaeError, EXIT_CODES, exportRun, load, pretrained } from '../dist/index.js';

const NAME = 'sm-mnist';
/** Of all files together as npm packs them, compressed, in bytes. */
const MOST = 6e6;
/** Other machines sum in another order: a number may differ by so much, relative to the larger of 1 and itself. */
const TOLERANCE = 0.01;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    judge: { type: 'string' },
    checkpoint: { type: 'string', default: 'model' },
    out: { type: 'string', default: pretrained(NAME) },
    sequences: { type: 'string' },
    repeats: { type: 'string' },
    check: { type: 'boolean', default: false },
  },
});

try {
  if (flags.check) await check(flags.out);
  else if (positionals.length === 1 && flags.judge) await make(positionals[0], flags.judge, resolve(flags.out));
  else throw new CdsvaeError('usage', 'npm run pretrained -- RUN --judge JUDGE, or -- --check');
} catch (error) {
  if (!(error instanceof CdsvaeError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = EXIT_CODES[error.code];
}

async function make(run, judge, out) {
  const part = join(dirname(out), `.saving-${NAME}`);
  rmSync(part, { recursive: true, force: true });
  try {
    mkdirSync(part, { recursive: true });
    const which = /^\d+$/.test(flags.checkpoint) ? Number(flags.checkpoint) : flags.checkpoint;
    const { from, steps } = await exportRun(run, part, which, { half: true });
    shipJudge(judge, join(part, 'judge'));
    const bytes = packedSize(part);
    if (bytes > MOST) {
      throw new CdsvaeError(
        'usage',
        `${bytes} bytes in the package; at most ${MOST} may ship: a judge of less --width, or a smaller model`,
      );
    }
    const whole = await exportRun(run, join(part, 'whole'), which);
    console.log(`Model   ${from}, after ${steps} steps`);
    console.log(
      `Rounded reconstructions differ by at most ${(await roundingError(whole.folder, part)).toFixed(5)} of 1`,
    );
    rmSync(whole.folder, { recursive: true });
    await measureShipped(judge, join(part, 'judge'));
    const evaluation = await evaluate(part, { data: NAME, ...times(), onProgress: progress });
    // Where it will be, not where it was made.
    const model = { ...evaluation.model, folder: `pretrained/${NAME}` };
    const stated = { ...evaluation, model, judge: { ...evaluation.judge, folder: `pretrained/${NAME}/judge` } };
    writeAtomic(join(part, 'evaluation.json'), `${JSON.stringify(stated, null, 2)}\n`);
    replaceFolder(part, out);
    console.log(evaluationTable(stated).join('\n'));
    for (const warning of stated.warnings) console.log(`warning: ${warning}`);
    console.log(`Made    ${out}, ${(packedSize(out) / 1e6).toFixed(2)} MB in the package`);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

function shipJudge(from, to) {
  const judge = readJudge(from);
  if (judge.data.name !== NAME) {
    throw new CdsvaeError('input', `${from}: a judge of "${judge.data.name}"; one of ${NAME} is expected`);
  }
  writeJudge(to, judge, true);
}

/** Gives the rounded judge the accuracy that it has so. */
async function measureShipped(from, to) {
  const judge = await loadJudge(to);
  const data = openDataset(NAME);
  const accuracy = await measureJudge(judge, data, () => {});
  data.close();
  await judge.release();
  const { hash: _, ...rounded } = readJudge(to);
  writeJudge(to, { ...rounded, accuracy }, true);
  const percent = (shares) => shares.map((s) => `${(100 * s).toFixed(2)} %`).join(', ');
  console.log(`Judge   ${from}: ${percent(judge.accuracy.factors)}; rounded ${percent(accuracy.factors)}`);
}

/** Largest difference of a pixel between what the model and the rounded one make of 64 test sequences. */
async function roundingError(whole, rounded) {
  const data = openDataset(NAME);
  const { frames, frame, divisor } = data.info;
  const shape = [64, frames, ...frame];
  const raw = new Uint8Array(shape.reduce((a, b) => a * b));
  data.split('test').read(
    Array.from({ length: 64 }, (_, i) => i),
    raw,
  );
  data.close();
  const x = { shape, data: Float32Array.from(raw, (v) => v / divisor) };
  const [a, b] = [await reconstruct(whole, x), await reconstruct(rounded, x)];
  return a.data.reduce((worst, v, i) => Math.max(worst, Math.abs(v - b.data[i])), 0);
}

async function reconstruct(folder, x) {
  const model = await load(folder);
  if (model.description.data.name !== NAME) {
    throw new CdsvaeError('input', `a model of "${model.description.data.name}"; one of ${NAME} expected`);
  }
  const { s, z } = await model.encode(x);
  const made = await model.decode(s, z);
  await model.release();
  return made;
}

/** Evaluates what ships as it was evaluated when it was made, and holds every number against the stated one. */
async function check(folder) {
  const stated = JSON.parse(readFileSync(join(folder, 'evaluation.json'), 'utf8'));
  const { data, repeats, seed } = stated;
  const out = join(dirname(folder), `.check-${NAME}.json`);
  const options = {
    data: NAME,
    split: data.split,
    sequences: data.sequences,
    repeats,
    seed,
    out,
    onProgress: progress,
  };
  try {
    const found = await evaluate(folder, options);
    if (found.model.weights !== stated.model.weights || found.judge.weights !== stated.judge.weights) {
      throw new CdsvaeError('input', `${folder}: its evaluation.json is of other weights; make it again`);
    }
    const differences = differ(JSON.parse(JSON.stringify(found)), stated);
    const worst = differences.reduce((a, b) => (b.by > a.by ? b : a));
    console.log(evaluationTable(found).join('\n'));
    console.log(
      `${differences.length} numbers; the largest difference from what is stated is ${worst.by}${worst.by > 0 ? ` (${worst.name})` : ''}`,
    );
    if (!(worst.by <= TOLERANCE)) throw new CdsvaeError('input', `${worst.name} is not what is stated`);
  } finally {
    rmSync(out, { force: true });
  }
}

/** Every number of an evaluation with its difference from the other's, but for how long it took. */
function differ(found, stated, name = '') {
  if (typeof stated === 'number') {
    return [{ name, by: name === '.seconds' ? 0 : Math.abs(found - stated) / Math.max(1, Math.abs(stated)) }];
  }
  if (stated === null || typeof stated !== 'object') return [];
  return Object.keys(stated).flatMap((key) => differ(found?.[key] ?? NaN, stated[key], `${name}.${key}`));
}

function times() {
  return Object.fromEntries(['sequences', 'repeats'].flatMap((k) => (flags[k] ? [[k, Number(flags[k])]] : [])));
}

function progress(what, fraction) {
  process.stderr.write(`${String(Math.round(100 * fraction)).padStart(3)} %  ${what}\n`);
}

function packedSize(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
  return files.reduce((sum, f) => sum + gzipSync(readFileSync(join(f.parentPath, f.name))).length, 0);
}
