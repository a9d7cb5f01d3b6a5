import { availableParallelism } from 'node:os';
import type { DatasetInfo, Split } from '../data/dataset.js';
import { encodeOnnx } from '../graph/index.js';
import { codersOf, plainCoder, stages, trainingCoder } from '../model/index.js';
import { Random } from '../random.js';
import { createSession } from '../runtime/node.js';
import type { SessionOptions } from '../runtime/session.js';
import { type BatchInputs, prepareBatch } from '../train/batches.js';
import { type Experiment, experiment } from '../train/experiment.js';
import { defaultSettings, type PresetName } from '../train/presets.js';
import { modelLayout, trainingGraph } from '../train/step.js';
import { Trainer } from '../train/trainer.js';

/** A training step to be measured. */
export interface StepCase {
  /** Channels of the first convolution. */
  readonly width: number;
  /** B, sequences in a step. */
  readonly batch: number;
  /** T, frames of a sequence. */
  readonly frames: number;
  /** Height and width of a frame in pixels. */
  readonly size: number;
  /** Channels of a frame: 1 or 3. */
  readonly channels: number;
  /** Threads of the engine. */
  readonly threads: number;
  /** The frame coder made for speed, or the plain one it is held to. */
  readonly coder: 'fast' | 'reference';
  /** q(z_t | …) as the paper writes it or as its authors released it. */
  readonly posterior: 'causal' | 'smoothing';
  /** Units of the recurrent networks. */
  readonly hidden: number;
}

/** Sequences that minibatch weighted sampling believes in: Sprites'. */
const DATA_SIZE = 9000;

/**
 * A whole case out of what is given of it: Sprites' shape (T = 8, 64×64×3), batches of 16, every core, and the sizes of the
 * preset that goes with the width.
 *
 * @throws CdsvaeError `usage` for a size that frames cannot have
 */
export function stepCase(given: Partial<StepCase> & { readonly width: number }): StepCase {
  if (given.size !== undefined) stages(given.size);
  return {
    batch: 16,
    frames: 8,
    size: 64,
    channels: 3,
    threads: availableParallelism(),
    coder: 'fast',
    posterior: 'causal',
    hidden: given.width < 64 ? 128 : 256,
    ...given,
  };
}

/** A step with all that it is given, on random frames. */
export interface PreparedStep {
  readonly setup: Experiment;
  readonly info: DatasetInfo;
  /** What the graph is given at a step 1, 2, … besides the state of the model. */
  inputs(step: number): BatchInputs;
}

/** The experiment that `cdsvae train` would make of a case, with the paper's objective. */
export function prepareStep(c: StepCase): PreparedStep {
  const info: DatasetInfo = {
    name: 'random',
    kind: 'video',
    frames: c.frames,
    frame: [c.size, c.size, c.channels],
    dtype: 'uint8',
    divisor: 255,
    range: [0, 1],
    factors: [],
  };
  const preset = c.width < 64 ? 'compact' : 'paper';
  const { threads, batch } = c;
  const of = (name: PresetName) =>
    defaultSettings({ data: 'random', corpus: 'sprites', kind: 'video', preset: name, objective: 'cdsvae', threads });
  const settings = { ...of(preset), objective: of('paper').objective };
  settings.train = { ...settings.train, batch };
  // The paper's coder, which is also the peer's.
  const { width, hidden, posterior } = c;
  settings.model = { ...settings.model, width, hidden, posterior, detail: 1, priorComponents: 1, objects: 0 };
  const made = experiment(settings, info, DATA_SIZE);
  const coders = codersOf(made.model, c.coder === 'fast' ? trainingCoder : plainCoder);
  const setup = { ...made, parts: { ...made.parts, coders }, layout: modelLayout(made.model, coders) };
  return { setup, info, inputs: (step) => prepareBatch(setup.plan, 'train', info, noise, step) };
}

/** Builds the graph of a step and a session of it, with first weights. */
export function createTrainer({ setup }: PreparedStep, options: SessionOptions): Promise<Trainer> {
  return Trainer.create([setup], setup.layout, 0, (model) => createSession(model, options));
}

/** Bytes of the encoded graph of a step. */
export function encodedSize({ setup }: PreparedStep): number {
  return encodeOnnx(trainingGraph(setup.config, setup.parts, setup.layout)).byteLength;
}

/** Sequences of noise. */
const noise: Split = {
  name: 'train',
  size: DATA_SIZE,
  read(indices, out) {
    const words = new Uint32Array(out.buffer, out.byteOffset, out.byteLength >> 2);
    const random = Random.of(indices[0]!, 'frames');
    for (let i = 0; i < words.length; i++) words[i] = random.uint32();
  },
  labels: (indices) => new Int32Array(indices.length),
};
