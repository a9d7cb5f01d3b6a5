/** What is where in a run folder. */
import { join } from 'node:path';

/** Names of what is in it. */
export const RUN_NAMES = {
  /** Its settings; a folder without it is no run. */
  config: 'config.yaml',
  metrics: 'metrics.jsonl',
  checkpoints: 'checkpoints',
  samples: 'samples',
  /** The model folder of the end. */
  model: 'model',
  evaluation: 'evaluation.json',
  /** The step that diverged, of a run that did. */
  diverged: 'diverged.json',
} as const;

/** Paths of what is in a run folder, whether it is there or not. */
export function runPaths(run: string): Record<keyof typeof RUN_NAMES, string> {
  const { config, metrics, checkpoints, samples, model, evaluation, diverged } = RUN_NAMES;
  return {
    config: join(run, config),
    metrics: join(run, metrics),
    checkpoints: join(run, checkpoints),
    samples: join(run, samples),
    model: join(run, model),
    evaluation: join(run, evaluation),
    diverged: join(run, diverged),
  };
}

/** The folder of the checkpoint of a step. */
export function checkpointPath(run: string, step: number): string {
  return join(run, RUN_NAMES.checkpoints, `step-${step}`);
}

/** The picture of a step, from the run folder on. */
export function sampleName(step: number): string {
  return `${RUN_NAMES.samples}/step-${step}.png`;
}
