import { CdsvaeError } from '../../errors.js';
import type { ModelConfig } from '../config.js';

/** @throws CdsvaeError `usage` for things that a model of these frames cannot have */
export function checkThings({ things, static: d, dynamic, posterior, frame }: Omit<ModelConfig, 'frames'>): void {
  if (things === 0) return;
  const problem = (found: string, expected: string) => {
    throw new CdsvaeError('usage', `model.things is ${things}, and ${found}; ${expected}, or model.things=0`);
  };
  if (frame.kind !== 'video') problem('the data is no video', 'use it on video');
  else if (frame.size < 16) problem(`frames have ${frame.size} pixels a side`, 'use frames of 16 or more');
  if (posterior !== 'causal') problem(`model.posterior is ${posterior}`, 'set model.posterior=causal');
  if (d % things !== 0) problem(`model.static is ${d}`, `set model.static to a multiple of ${things}`);
  if (dynamic !== 2 * things) {
    problem(`model.dynamic is ${dynamic}`, `two numbers say where each is: set model.dynamic=${2 * things}`);
  }
}
