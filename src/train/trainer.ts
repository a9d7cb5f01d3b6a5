import { CdsvaeError } from '../errors.js';
import type { NamedTensor } from '../formats/safetensors.js';
import { encodeOnnx } from '../graph/index.js';
import { type AdamSettings, adamSchedule } from '../nn/index.js';
import type { Session, SessionFactory, Value } from '../runtime/session.js';
import type { BatchInputs } from './batches.js';
import { type Layout, STEP_TERMS, type StepConfig, type StepParts, trainingGraph } from './step.js';

/** Terms of a step by name. */
export type StepTerms = Record<(typeof STEP_TERMS)[number], number>;

/** A flat vector that a step reads and writes. */
type Vector = Value & { data: Float32Array };
type State = { parameters: Vector; mean: Vector; variance: Vector; buffers?: Vector };

/**
 * Takes training steps. A step whose terms are not all finite leaves the state as it was, so the last good one is never lost: parameters and
 * moments, which the step's graph then does not change, are written over where they are, as all that reads them is upstream of what writes them
 * ({@link adam}: the new ones wait for every term); of the buffers, which it would, there
 * are two, one to be read and one to be written, and they change places after a good step.
 */
export class Trainer {
  readonly #state: State;
  #nextBuffers: Vector | undefined;

  private constructor(
    readonly config: StepConfig,
    readonly layout: Layout,
    /** One for each kind of step. */
    private readonly sessions: readonly Session[],
  ) {
    const { parameters, buffers } = layout;
    const vector = (size: number): Vector => ({ type: 'float32', shape: [size], data: new Float32Array(size) });
    this.#state = {
      parameters: vector(parameters.size),
      mean: vector(parameters.size),
      variance: vector(parameters.size),
      ...(buffers.size > 0 && { buffers: vector(buffers.size) }),
    };
    this.#nextBuffers = this.#state.buffers && vector(buffers.size);
  }

  /**
   * Builds the graph of a step, and a model with its first weights.
   *
   * @param kinds of step, which differ in the sequences they see
   * @param given first values of one parameter that are better than drawn ones
   */
  static async create(
    kinds: readonly { readonly config: StepConfig; readonly parts: StepParts }[],
    layout: Layout,
    seed: number,
    createSession: SessionFactory,
    given?: { readonly name: string; readonly values: Float64Array },
  ): Promise<Trainer> {
    const sessions: Session[] = [];
    const trainer = new Trainer(kinds[0]!.config, layout, sessions);
    try {
      for (const { config, parts } of kinds) {
        sessions.push(await createSession(encodeOnnx(trainingGraph(config, parts, layout))));
      }
    } catch (error) {
      await trainer.release();
      throw error;
    }
    const first = layout.parameters.initialize(seed);
    if (given) layout.parameters.set(first, given.name, given.values);
    trainer.#state.parameters.data.set(first);
    trainer.#state.buffers?.data.set(layout.buffers.initialize(seed));
    return trainer;
  }

  /**
   * One step.
   *
   * @param step 1, 2, …
   * @param kind of the step, 0 or 1
   * @returns its terms; when one of them is NaN or infinite the state is still that before the step
   */
  async step(step: number, learningRate: number, inputs: BatchInputs, kind: 0 | 1 = 0): Promise<StepTerms> {
    const schedule = Float32Array.from(adamSchedule(step, learningRate, this.config.adam));
    const { buffers, ...written } = this.#state;
    const nextBuffers = this.#nextBuffers;
    const into = Object.entries({ ...written, ...(nextBuffers && { buffers: nextBuffers }) });
    const out = await this.sessions[kind]!.run(
      {
        ...written,
        ...(buffers && { buffers }),
        ...inputs,
        schedule: { type: 'float32', shape: [2], data: schedule },
      },
      Object.fromEntries(into.map(([name, v]) => [`next.${name}`, v])),
    );
    const terms = Object.fromEntries(STEP_TERMS.map((name, i) => [name, out.terms!.data[i] as number])) as StepTerms;
    if (nextBuffers && allFinite(terms)) [this.#state.buffers, this.#nextBuffers] = [nextBuffers, buffers];
    return terms;
  }

  /** The vectors that a model is run with: its weights and its buffers. */
  get modelInputs(): Record<string, Value> {
    const { parameters, buffers } = this.#state;
    return { parameters, ...(buffers && { buffers }) };
  }

  /** The model's arrays by PyTorch's names and in its layout. */
  weights(): Map<string, { shape: readonly number[]; data: Float32Array }> {
    const { parameters, buffers } = this.#state;
    return new Map([
      ...this.layout.parameters.toNamed(parameters.data),
      ...(buffers ? this.layout.buffers.toNamed(buffers.data) : []),
    ]);
  }

  /** All of the state, by vector, as named arrays: what a checkpoint holds. */
  save(): Record<string, Map<string, NamedTensor>> {
    return Object.fromEntries(
      Object.entries(this.#state).map(([name, v]) => [name, this.#layoutOf(name as keyof State).toNamed(v.data)]),
    );
  }

  /** Goes on from {@link save}d state. @throws CdsvaeError `input` where it is not this model's */
  restore(saved: Record<string, Map<string, NamedTensor>>, origin: string): void {
    for (const [name, v] of Object.entries(this.#state)) {
      const tensors = saved[name];
      if (!tensors)
        throw new CdsvaeError('input', `${origin}: no ${name}.safetensors, which the model of this run calls for`);
      this.#layoutOf(name as keyof State).fromNamed(tensors, v.data, `${origin}/${name}.safetensors`);
    }
  }

  async release(): Promise<void> {
    await Promise.all(this.sessions.map((session) => session.release()));
  }

  #layoutOf(name: keyof State) {
    return name === 'buffers' ? this.layout.buffers : this.layout.parameters;
  }
}

/** Whether every term is a finite number. */
export function allFinite(terms: StepTerms): boolean {
  return Object.values(terms).every(Number.isFinite);
}

/** Adam's settings out of those of a run. */
export function adamSettings(o: AdamSettings): AdamSettings {
  const { beta1, beta2, epsilon, clip, clipElement } = o;
  return { beta1, beta2, epsilon, clip, clipElement };
}
