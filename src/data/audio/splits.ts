import { Random } from '../../random.js';
import { SPLIT_NAMES, type SplitName } from '../dataset.js';
import type { Utterance } from './utterances.js';

/** Shares of what the layout does not divide itself. */
const SHARE = { test: 0.1, validation: 0.05 } as const;
/** With fewer speakers than this, utterances are held out instead of speakers. */
const FEW = 10;

/**
 * Gives each utterance a split. Where the layout names no test data, a tenth is held out; where it names none for validation, a
 * twentieth of what is left. Held out are whole speakers, or utterances where there are fewer than ten.
 *
 * @returns utterances of train, validation and test, in this order, each by path
 */
export function divide(utterances: readonly Utterance[], seed: number): Record<SplitName, Utterance[]> {
  const divided: Record<SplitName, Utterance[]> = { train: [], validation: [], test: [] };
  for (const utterance of utterances) divided[utterance.split ?? 'train'].push(utterance);
  for (const name of ['test', 'validation'] as const) {
    if (divided[name].length > 0) continue;
    const held = holdOut(divided.train, SHARE[name], Random.of(seed, `speech ${name}`));
    divided[name] = divided.train.filter((u) => held(u));
    divided.train = divided.train.filter((u) => !held(u));
  }
  for (const name of SPLIT_NAMES) divided[name].sort((a, b) => (a.path < b.path ? -1 : 1));
  return divided;
}

function holdOut(utterances: readonly Utterance[], share: number, random: Random): (u: Utterance) => boolean {
  const speakers = new Set(utterances.map((u) => u.speaker));
  const keyOf = (u: Utterance) => (speakers.size < FEW ? u.name : u.speaker!);
  const units = [...new Set(utterances.map(keyOf))].sort();
  if (units.length < 2) return () => false;
  const count = Math.max(1, Math.round(share * units.length));
  const held = new Set(Array.from(random.permutation(units.length).subarray(0, count), (i) => units[i]!));
  return (u) => held.has(keyOf(u));
}
