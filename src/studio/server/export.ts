import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { CdsvaeError } from '../../errors.js';
import { sampleName } from '../../formats/run-paths.js';
import { filesToLoad } from '../../trained/create.js';
import { decodeDescription } from '../../trained/description.js';
import { DESCRIPTION_FILE } from '../../trained/folder-names.js';
import type { ClipSet, RunDetail, RunSummary, StudioInfo } from '../api.js';
import { findRuns } from './find-runs.js';
import { pageFolder, RUNTIME_FILES, runtimeFolder } from './page-files.js';
import { publicRun } from './public-run.js';
import type { ServeOptions } from './serve.js';
import { type SiteFiles, writeSite } from './site-folder.js';
import { Studio } from './studio.js';

/** Pictures of the run's samples that go along: the first, the last and those evenly between. */
const SAMPLES = 8;
const SERVICE_WORKER = 'service-worker.js';

/** What was exported. Sizes in bytes. */
export interface StudioExport {
  readonly folder: string;
  readonly run: string;
  readonly steps: number;
  readonly files: number;
  readonly bytes: {
    /** All there is. */
    readonly all: number;
    /** What a visit loads: `all` without the engine for WebGPU, which only browsers that have it load, instead of the other. */
    readonly visit: number;
    readonly model: number;
    /** ONNX Runtime for WebAssembly. */
    readonly runtime: number;
  };
}

/**
 * Writes the page with one model in it as files that any web server can host, under any path.
 *
 * @param folder a run, or a folder with a single run in it
 * @param out the folder to be made. An earlier export there is replaced; what else is beside it, such as `.git`, stays.
 * @throws CdsvaeError `usage`: `out` holds other things and no export, or there are several runs; `input`: no run, or no
 *   model in it yet; `io`: cannot be written. An earlier export then stands as it was, or is made whole by doing it again.
 */
export async function exportStudio(
  folder: string,
  out: string,
  { version, data }: Omit<ServeOptions, 'port'>,
): Promise<StudioExport> {
  const { ids } = findRuns(folder);
  if (ids.length !== 1) {
    const found = ids.length === 0 ? 'no run in it' : `${ids.length} runs in it (${ids.slice(0, 3).join(', ')} …)`;
    throw new CdsvaeError(
      ids.length === 0 ? 'input' : 'usage',
      `${folder}: ${found}; give the folder of the run to export`,
    );
  }
  const studio = new Studio(folder, data);
  try {
    const told = await writeSite(out, (into) => write(studio, ids[0]!, into, version));
    return { ...told, folder: out };
  } finally {
    studio.close();
  }
}

async function write(
  studio: Studio,
  id: string,
  out: string,
  version: string,
): Promise<{ site: SiteFiles; result: Omit<StudioExport, 'folder'> }> {
  const detail = await studio.run(id);
  if (detail.model === null) {
    const why = detail.problem ?? 'it has no model yet: train until its first checkpoint';
    throw new CdsvaeError('input', `${studio.path(id)}: ${why}`);
  }
  // A name that every web server and file system takes as it is, and shows.
  const name = id.replace(/[^\w.-]+/g, '-').replace(/^\.+/, '') || 'run';
  const run = `api/runs/${name}`;
  const put = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), content);
  };
  const json = (path: string, value: unknown) => put(path, JSON.stringify(value));
  const copy = (from: string, to: string) => cpSync(from, join(out, to), { recursive: true });

  copy(pageFolder(), '.');
  for (const file of [...RUNTIME_FILES.wasm, ...RUNTIME_FILES.webgpu])
    copy(join(runtimeFolder(), file), `runtime/${file}`);
  json('api/studio.json', { version, mode: 'export', folder: '' } satisfies StudioInfo);

  const samples = evenly(detail.samples, SAMPLES);
  const shown: RunDetail = {
    ...publicRun(detail),
    id: name,
    samples,
    secondsLeft: null,
    state: detail.state === 'training' ? 'stopped' : detail.state,
  };
  const { settings: _, samples: __, evaluation: ___, ...summary } = shown;
  json('api/runs.json', [summary satisfies RunSummary]);
  json(`${run}/run.json`, shown);
  json(`${run}/series.json`, await studio.series(id));
  for (const step of samples) copy(studio.sample(id, step), `${run}/${sampleName(step)}`);

  const model = `${run}/model-${detail.model}`;
  const described = await studio.modelFile(id, detail.model, DESCRIPTION_FILE);
  for (const file of filesToLoad(decodeDescription(readFileSync(described, 'utf8'), described))) {
    copy(await studio.modelFile(id, detail.model, file), `${model}/${file}`);
  }
  const { info, values } = await studio.map(id, detail.model);
  json(`${model}/map.json`, info);
  put(`${model}/map.bin`, new Uint8Array(values.buffer));
  json(`${run}/clips/clips.json`, { ...studio.clipSet(id), pages: 1 } satisfies ClipSet);
  put(`${run}/clips/page-0.bin`, studio.clips(id).page(0));

  const webgpu = RUNTIME_FILES.webgpu.map((f) => `runtime/${f}`);
  const kept = filesIn(out).flatMap(({ path }) => (webgpu.includes(path) ? [] : [path]));
  const revision = revisionOf(out, kept);
  // Browsers look for another worker, and with it for another site, by the bytes of this file alone.
  appendFileSync(join(out, SERVICE_WORKER), `\nglobalThis.SITE_REVISION = '${revision}';\n`);

  const files = filesIn(out);
  const size = (under: string) => total(files.filter((f) => f.path.startsWith(under)));
  const site = { revision, files: kept, others: webgpu };
  const result = {
    run: studio.path(id),
    steps: detail.model,
    files: files.length + 1,
    bytes: {
      all: total(files),
      visit: total(files.filter((f) => kept.includes(f.path))),
      model: size(`${model}/`) - values.byteLength,
      runtime: total(files.filter((f) => RUNTIME_FILES.wasm.some((r) => f.path === `runtime/${r}`))),
    },
  };
  return { site, result };
}

function revisionOf(out: string, paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(path).update(readFileSync(join(out, path)));
  return hash.digest('hex').slice(0, 16);
}

interface FileSize {
  readonly path: string;
  readonly bytes: number;
}

function filesIn(folder: string): FileSize[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(folder, path).split(sep).join('/'), bytes: statSync(path).size }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function total(files: readonly FileSize[]): number {
  return files.reduce((sum, f) => sum + f.bytes, 0);
}

function evenly<T>(values: readonly T[], count: number): T[] {
  if (values.length <= count) return [...values];
  return Array.from({ length: count }, (_, i) => values[Math.round((i * (values.length - 1)) / (count - 1))]!);
}
