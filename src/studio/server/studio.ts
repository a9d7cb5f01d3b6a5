import { basename, join, resolve } from 'node:path';
import { CdsvaeError } from '../../errors.js';
import { runPaths, sampleName } from '../../formats/run-paths.js';
import { DESCRIPTION_FILE } from '../../trained/folder-names.js';
import { PRETRAINED, pretrained } from '../../trained/pretrained.js';
import { BUCKETS, type ClipSet, type RunDetail, type RunSummary, type Series } from '../api.js';
import { Clips, stampOfData } from './clips.js';
import { findRuns } from './find-runs.js';
import { Glances } from './glance.js';
import { inside } from './inside.js';
import { type ClipMap, encodeClips } from './map.js';
import { Metrics } from './metrics.js';
import { Models } from './models.js';
import { dataOf, describeRun, refuseLinksOut, summarize } from './run.js';
import { stampOf } from './stamp.js';

/** Stands for the model that comes with the package, where no run has this name. */
const PRETRAINED_ID = 'pretrained';
/** Maps that are kept at hand. */
const MAPS = 8;

/** The answers to everything that the page asks for, out of a folder of runs. */
export class Studio {
  readonly folder: string;
  readonly #models: Models;
  readonly #glances = new Glances();
  readonly #metrics = new Map<string, Metrics>();
  readonly #clips = new Map<string, Clips>();
  readonly #maps = new Map<string, { readonly clips: Clips; readonly map: Promise<ClipMap> }>();

  /**
   * @param folder a folder of runs, or a run; it may be made later
   * @param data where the data of a run are, if not where it was trained on
   */
  constructor(
    folder: string,
    private readonly data?: string,
  ) {
    this.folder = resolve(folder);
    this.#models = new Models(data);
  }

  async runs(): Promise<RunSummary[]> {
    const { root, ids } = findRuns(this.folder);
    const runs = await Promise.all(ids.map((id) => summarize(join(root, id), id, this.#glances)));
    if (runs.some((run) => run.model !== null) || ids.includes(PRETRAINED_ID)) return runs;
    return [
      ...runs,
      { ...(await summarize(pretrained(PRETRAINED[0]!), PRETRAINED_ID, this.#glances)), pretrained: true },
    ];
  }

  run(id: string): Promise<RunDetail> {
    return describeRun(this.path(id), id, this.#glances);
  }

  async series(id: string, from?: number, to?: number): Promise<Series> {
    const path = runPaths(this.path(id)).metrics;
    let metrics = this.#metrics.get(path);
    if (!metrics) {
      metrics = new Metrics(path);
      this.#metrics.set(path, metrics);
    }
    await metrics.refresh();
    const { train, validation, version } = metrics;
    return {
      span: train.span,
      version,
      train: train.curves(BUCKETS, from, to),
      validation: validation.curves(BUCKETS, from, to),
    };
  }

  /** Path of the picture of a step. */
  sample(id: string, step: number): string {
    return inside(this.path(id), sampleName(step));
  }

  modelFile(id: string, step: number, name: string): Promise<string> {
    return this.#models.file(this.path(id), step, name);
  }

  clips(id: string): Clips {
    const { data, seed } = dataOf(this.path(id), this.data);
    // Those of the data before stay open until the end: they may be being encoded.
    const key = `${seed} ${data} ${stampOfData(data)}`;
    let clips = this.#clips.get(key);
    if (!clips) {
      clips = new Clips(data, seed);
      this.#clips.set(key, clips);
    }
    return clips;
  }

  clipSet(id: string): ClipSet {
    return this.clips(id).set;
  }

  async map(id: string, step: number): Promise<ClipMap> {
    const folder = await this.#models.folder(this.path(id), step);
    const key = `${folder} ${stampOf(join(folder, DESCRIPTION_FILE))}`;
    const clips = this.clips(id);
    const made = this.#maps.get(key);
    if (made?.clips === clips) return made.map;
    const map = encodeClips(folder, clips);
    this.#maps.set(key, { clips, map });
    map.catch(() => this.#maps.delete(key));
    for (const old of [...this.#maps.keys()].slice(0, -MAPS)) this.#maps.delete(old);
    return map;
  }

  /** The folder of a run. @throws CdsvaeError `input` for anything else */
  path(id: string): string {
    const { root, ids } = findRuns(this.folder);
    if (id === PRETRAINED_ID && !ids.includes(id)) return pretrained(PRETRAINED[0]!);
    if (!ids.includes(id)) throw new CdsvaeError('input', `${id}: no such run in ${basename(root)}`);
    const path = inside(root, id);
    refuseLinksOut(path);
    return path;
  }

  close(): void {
    this.#models.close();
    for (const clips of this.#clips.values()) clips.close();
  }
}
