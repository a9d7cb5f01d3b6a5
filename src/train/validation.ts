import type { DatasetInfo, Split } from '../data/dataset.js';
import { encodeOnnx } from '../graph/index.js';
import { TERMS } from '../objective/index.js';
import type { Session, Value } from '../runtime/session.js';
import { type BatchPlan, prepareBatch } from './batches.js';
import type { Experiment } from './experiment.js';
import { validationGraph } from './step.js';
import type { SessionFactory } from './trainer.js';

/** Terms of the objective by name. */
export type ValidationTerms = Record<(typeof TERMS)[number], number>;

/** The objective on sequences that are not trained on, the same ones with the same noise every time. */
export class Validation {
  private constructor(
    readonly session: Session,
    readonly plan: BatchPlan,
    readonly info: DatasetInfo,
    readonly split: Split,
    readonly batches: number,
  ) {}

  /**
   * @param sequences how many to validate on, in whole batches: rounded up where the split has as many, so none is seen twice; a
   *   split of less than a batch is one by itself
   */
  static async create(
    experiment: Experiment,
    info: DatasetInfo,
    split: Split,
    sequences: number,
    createSession: SessionFactory,
  ): Promise<Validation> {
    const { config, parts, layout, plan } = experiment;
    const batch = Math.min(plan.batch, split.size);
    const session = await createSession(encodeOnnx(validationGraph({ ...config, batch }, parts, layout)));
    const batches = Math.min(Math.ceil(sequences / batch), Math.floor(split.size / batch));
    return new Validation(session, { ...plan, batch }, info, split, batches);
  }

  /** Mean of each term over the batches. @param model `parameters` and `buffers` */
  async run(model: Record<string, Value>): Promise<ValidationTerms> {
    const sums = new Float64Array(TERMS.length);
    for (let i = 0; i < this.batches; i++) {
      const inputs = prepareBatch(this.plan, 'validation', this.info, this.split, i);
      const { terms } = await this.session.run({ ...model, ...inputs });
      for (let k = 0; k < sums.length; k++) sums[k]! += Number(terms!.data[k]) / this.batches;
    }
    return Object.fromEntries(TERMS.map((name, k) => [name, sums[k]])) as ValidationTerms;
  }
}
