import { CdsvaeError } from '../../errors.js';
import type { ModelConfig } from '../config.js';

/** @throws CdsvaeError `usage` for objects that a model of these frames cannot have */
export function checkObjects({ objects, static: d, dynamic, posterior, frame }: Omit<ModelConfig, 'frames'>): void {
  if (objects === 0) return;
  const problem = (found: string, expected: string) => {
    throw new CdsvaeError('usage', `model.objects is ${objects}, and ${found}; ${expected}, or model.objects=0`);
  };
  if (frame.kind !== 'video') problem('the data is no video', 'use it on video');
  else if (frame.size < 16) problem(`frames have ${frame.size} pixels a side`, 'use frames of 16 or more');
  if (posterior !== 'causal') problem(`model.posterior is ${posterior}`, 'set model.posterior=causal');
  if (d % objects !== 0) problem(`model.static is ${d}`, `set model.static to a multiple of ${objects}`);
  if (dynamic !== 2 * objects) {
    problem(`model.dynamic is ${dynamic}`, `two numbers say where each is: set model.dynamic=${2 * objects}`);
  }
}
