import type { DatasetInfo, Split } from '../data/dataset.js';
import { encodeOnnx } from '../graph/index.js';
import { TERMS } from '../objective/index.js';
import type { Session, SessionFactory, Value } from '../runtime/session.js';
import { type BatchPlan, prepareBatch } from './batches.js';
import type { Experiment } from './experiment.js';
import { validationGraph } from './step.js';

/** Terms of the objective by name. */
export type ValidationTerms = Record<(typeof TERMS)[number], number>;

/** The objective on sequences that are not trained on, the same ones with the same noise every time. */
export class Validation {
  readonly #batches: number;
  readonly #plan: BatchPlan;
  readonly #makeSession: () => Promise<Session>;
  #session: Promise<Session> | undefined;

  /**
   * @param amount `sequences`: how many to validate on, in whole batches, rounded up where the split has as many, so none is seen
   *   twice; `batch`: how many at a time, where the split has as many
   */
  constructor(
    { config, parts, layout, plan }: Experiment,
    private readonly info: DatasetInfo,
    private readonly split: Split,
    { sequences, batch: most }: { readonly sequences: number; readonly batch: number },
    createSession: SessionFactory,
  ) {
    const batch = Math.min(most, split.size);
    this.#batches = Math.min(Math.ceil(sequences / batch), Math.floor(split.size / batch));
    this.#plan = { ...plan, batch };
    this.#makeSession = () => createSession(encodeOnnx(validationGraph({ ...config, batch }, parts, layout)));
  }

  /** Mean of each term over the batches. @param model `parameters` and `buffers` */
  async run(model: Record<string, Value>): Promise<ValidationTerms> {
    // Made when it is first needed: the first step does not wait for it.
    this.#session ??= this.#makeSession();
    const session = await this.#session;
    const sums = new Float64Array(TERMS.length);
    for (let i = 0; i < this.#batches; i++) {
      const inputs = prepareBatch(this.#plan, 'validation', this.info, this.split, i);
      const { terms } = await session.run({ ...model, ...inputs });
      for (let k = 0; k < sums.length; k++) sums[k]! += Number(terms!.data[k]) / this.#batches;
    }
    return Object.fromEntries(TERMS.map((name, k) => [name, sums[k]])) as ValidationTerms;
  }

  async release(): Promise<void> {
    await (await this.#session)?.release();
  }
}
