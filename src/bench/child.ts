/** The process that {@link isolated} starts: does one task, given as JSON, and sends its result. */
import { CdsvaeError } from '../errors.js';
import { type MachineRates, machineRates } from './machine.js';
import { measureStep, type Repeats, type StepMeasurement } from './measure.js';
import { profileStep, type StepProfile } from './profile.js';
import type { StepCase } from './step-case.js';

/** What can be done. */
export type Task =
  | { readonly do: 'step'; readonly case: StepCase; readonly repeats: Repeats }
  | { readonly do: 'profile'; readonly case: StepCase }
  | { readonly do: 'machine'; readonly threads: number };

/** What comes of it. */
export interface TaskResults {
  readonly step: StepMeasurement;
  readonly profile: StepProfile;
  readonly machine: MachineRates;
}

/** What is sent back. */
export type Answer =
  | { readonly result: TaskResults[keyof TaskResults] }
  | { readonly error: { readonly code: string; readonly message: string } };

async function run(task: Task): Promise<TaskResults[keyof TaskResults]> {
  switch (task.do) {
    case 'step':
      return measureStep(task.case, task.repeats);
    case 'profile':
      return profileStep(task.case);
    case 'machine':
      return machineRates(task.threads);
  }
}

function answer(value: Answer): void {
  process.send!(value, () => process.disconnect());
}

if (process.send) {
  try {
    answer({ result: await run(JSON.parse(process.argv[2]!)) });
  } catch (error) {
    if (!(error instanceof CdsvaeError)) throw error;
    answer({ error: { code: error.code, message: error.message } });
  }
}
