/** Curves of what a run logged. */
import { CdsvaeError, nearest } from '../errors.js';
import type { Curve } from '../picture/curves.js';
import { type Json, type MetricsLine, spelledOut } from './metrics-log.js';

/** What belongs into one plot, since it has one unit. */
export const CURVE_PANELS: readonly { readonly title: string; readonly metrics: readonly string[] }[] = [
  { title: 'Loss in training', metrics: ['loss', 'reconstruction'] },
  { title: 'Loss on validation sequences', metrics: ['validation/loss', 'validation/reconstruction'] },
  { title: 'KL divergence from the prior, nats', metrics: ['klStatic', 'klDynamic'] },
  { title: 'Mutual information by contrast, nats', metrics: ['contrastiveStatic', 'contrastiveDynamic'] },
  {
    title: 'Mutual information by minibatch weighted sampling, nats',
    metrics: ['mwsStaticData', 'mwsDynamicData', 'mwsStaticDynamic', 'mwsStaticDynamicFrame'],
  },
];

/** Names in words, as legends have them. */
const NAMES: Readonly<Record<string, string>> = {
  klStatic: 's',
  klDynamic: 'z',
  contrastiveStatic: 'I(s; x)',
  contrastiveDynamic: 'I(z; x)',
  mwsStaticData: 'I(s; x)',
  mwsDynamicData: 'I(z; x)',
  mwsStaticDynamic: 'I(s; z)',
  mwsStaticDynamicFrame: 'I(s; z) by frames',
};

/** What a metric is called in a legend. */
export function metricName(metric: string): string {
  return NAMES[metric] ?? metric.replace('validation/', '');
}

/**
 * Curves of metrics of a run, each value the mean of those of a few steps.
 *
 * @param metrics such as `loss`, `mwsStaticData`, `validation/loss`
 * @param smooth steps that are averaged into one value, 1 or more; validations are not averaged
 * @throws CdsvaeError `usage`: a metric that the run has not logged
 *
 * @example
 * const lines = readMetrics('runs/digits/metrics.jsonl');
 * const curves = runCurves(lines, ['loss', 'reconstruction'], 10);
 */
export function runCurves(lines: readonly MetricsLine[], metrics: readonly string[], smooth: number): Curve[] {
  const points = new Map<string, (readonly [number, number])[]>();
  for (const line of lines) {
    for (const [name, value] of entries(line)) {
      const known = points.get(name);
      if (known) known.push([line.step, value]);
      else points.set(name, [[line.step, value]]);
    }
  }
  return metrics.map((metric) => {
    const found = points.get(metric);
    if (!found) {
      const which = points.size === 0 ? 'nothing was logged yet' : nearest(metric, [...points.keys()]);
      throw new CdsvaeError('usage', `no metric "${metric}" in this run; ${which}`);
    }
    return { name: metricName(metric), points: metric.startsWith('validation/') ? found : average(found, smooth) };
  });
}

/** Names of all that a run has logged. */
export function loggedMetrics(lines: readonly MetricsLine[]): string[] {
  return [...new Set(lines.flatMap((line) => entries(line).map(([name]) => name)))];
}

/** Numbers of a line by name, those of a validation as `validation/loss`. */
function entries(line: MetricsLine): [string, number][] {
  return Object.entries(line).flatMap(([name, value]) => {
    if (name === 'step') return [];
    if (typeof value !== 'object' || value === null) return number(name, value);
    return Object.entries(value).flatMap(([inner, v]) => number(`${name}/${inner}`, v));
  });
}

function number(name: string, value: Json): [string, number][] {
  const found = typeof value === 'number' ? value : spelledOut(value);
  return found === undefined ? [] : [[name, found]];
}

/** Means of so many points, at the mean of their steps. */
function average(points: Curve['points'], size: number): Curve['points'] {
  if (size <= 1) return points;
  const means: [number, number][] = [];
  for (let i = 0; i < points.length; i += size) {
    const some = points.slice(i, i + size);
    const mean = (k: 0 | 1) => some.reduce((sum, p) => sum + p[k], 0) / some.length;
    means.push([mean(0), mean(1)]);
  }
  return means;
}
