import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CdsvaeError } from '../../errors.js';
import { checkpointPath } from '../../formats/run-paths.js';
import { exportRun } from '../../train/export-run.js';
import { decodeDescription } from '../../trained/description.js';
import { DESCRIPTION_FILE } from '../../trained/folder-names.js';
import { inside } from './inside.js';
import { endedModel } from './run.js';
import { stampOf } from './stamp.js';

/** Models of checkpoints that are kept at hand: a page asks for one of them, and for another when its reader does. */
const KEPT = 4;

/** Model folders of runs. Those of checkpoints are made when asked for, in a temporary folder that `close` removes. */
export class Models {
  readonly #made = new Map<string, Promise<string>>();
  #temporary: string | undefined;
  #count = 0;

  /** @param data where the data of a run are, if not where it was trained on */
  constructor(private readonly data?: string) {}

  /**
   * The folder of a run's model after so many steps.
   *
   * @throws CdsvaeError `input`, `usage` where the run has no such model, or no longer
   */
  async folder(run: string, step: number): Promise<string> {
    const ended = endedModel(run);
    if (ended !== undefined) {
      const file = join(ended, DESCRIPTION_FILE);
      if (decodeDescription(readFileSync(file, 'utf8'), file).training.steps === step) return ended;
    }
    const manifest = join(checkpointPath(run, step), 'manifest.json');
    const key = `${step} ${run} ${existsSync(manifest) && stampOf(manifest)}`;
    let made = this.#made.get(key);
    if (!made) {
      made = this.#make(run, step);
      this.#made.set(key, made);
      // A checkpoint that could not be read may be whole the next time.
      made.catch(() => this.#made.delete(key));
      this.#forget();
    }
    return made;
  }

  /** One file of a model folder. @throws CdsvaeError `input` where there is none of that name */
  async file(run: string, step: number, name: string): Promise<string> {
    if (!/^(model\.json|weights\.safetensors|(encoder|decoder|prior)\.onnx)$/.test(name)) {
      throw new CdsvaeError('input', `${name}: no such file of a model`);
    }
    return inside(await this.folder(run, step), name);
  }

  async #make(run: string, step: number): Promise<string> {
    this.#temporary ??= mkdtempSync(join(tmpdir(), 'cdsvae-studio-'));
    const out = join(this.#temporary, `model-${this.#count++}`);
    const options = this.data === undefined ? {} : { data: this.data };
    return (await exportRun(run, out, step, options)).folder;
  }

  /** Removes the oldest of more than {@link KEPT}. */
  #forget(): void {
    for (const [key, made] of [...this.#made].slice(0, -KEPT)) {
      this.#made.delete(key);
      made.then(
        (folder) => rmSync(folder, { recursive: true, force: true }),
        () => {},
      );
    }
  }

  close(): void {
    if (this.#temporary !== undefined) rmSync(this.#temporary, { recursive: true, force: true });
  }
}
