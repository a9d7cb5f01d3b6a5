import type { DatasetInfo, Split } from '../data/dataset.js';
import { encodeOnnx } from '../graph/index.js';
import { TERMS } from '../objective/index.js';
import type { Session, Value } from '../runtime/session.js';
import { prepareBatch } from './batches.js';
import type { Experiment } from './experiment.js';
import { validationGraph } from './step.js';
import type { SessionFactory } from './trainer.js';

/** Terms of the objective by name. */
export type ValidationTerms = Record<(typeof TERMS)[number], number>;

/** The objective on sequences that are not trained on, the same ones with the same noise every time. */
export class Validation {
  private constructor(
    readonly session: Session,
    readonly experiment: Experiment,
    readonly info: DatasetInfo,
    readonly split: Split,
    readonly batches: number,
  ) {}

  /** @param sequences how many to validate on, rounded up to whole batches and at most the whole split */
  static async create(
    experiment: Experiment,
    info: DatasetInfo,
    split: Split,
    sequences: number,
    createSession: SessionFactory,
  ): Promise<Validation> {
    const { config, parts, layout, plan } = experiment;
    const session = await createSession(encodeOnnx(validationGraph(config, parts, layout)));
    const count = Math.ceil(Math.min(sequences, split.size) / plan.batch);
    return new Validation(session, experiment, info, split, count);
  }

  /** Mean of each term over the batches. @param model `parameters` and `buffers` */
  async run(model: Record<string, Value>): Promise<ValidationTerms> {
    const sums = new Float64Array(TERMS.length);
    for (let i = 0; i < this.batches; i++) {
      const inputs = prepareBatch(this.experiment.plan, 'validation', this.info, this.split, i);
      const { terms } = await this.session.run({ ...model, ...inputs });
      for (let k = 0; k < sums.length; k++) sums[k]! += Number(terms!.data[k]) / this.batches;
    }
    return Object.fromEntries(TERMS.map((name, k) => [name, sums[k]])) as ValidationTerms;
  }
}
