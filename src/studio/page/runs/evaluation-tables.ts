import { counted } from '../../../counted.js';
import type { Evaluation } from '../../../evaluate/evaluation.js';
import {
  evaluatedOn,
  judgeShares,
  percent,
  spread,
  spreadPercent,
  verifiedFactor,
} from '../../../evaluate/report/figures.js';
import { paperGeneration, paperVerification } from '../../../evaluate/report/paper.js';

/** A run's name and its evaluation. */
export interface Evaluated {
  readonly id: string;
  readonly evaluation: Evaluation;
}

/** A table of figures. */
export interface Figures {
  readonly title: string;
  /** What it means, in a line. */
  readonly about: string;
  readonly columns: readonly string[];
  readonly rows: readonly FigureRow[];
}

export interface FigureRow {
  readonly name: string;
  readonly cells: readonly string[];
  /** Printed in the paper, not measured here. */
  readonly paper?: boolean;
}

/**
 * What was evaluated, and on what.
 *
 * @param newest steps of the newest model of the run, which may have been gone on with since
 */
export function evaluationSubject(evaluation: Evaluation, newest: number | null): string {
  const { steps } = evaluation.model;
  if (steps === null) return evaluatedOn(evaluation);
  const since = newest !== null && newest > steps ? ` (its newest model has ${newest})` : '';
  return `after ${counted(steps, 'step')}${since}, ${evaluatedOn(evaluation)}`;
}

/** The evaluations of runs as tables, the paper's rows below ours. Tables without a row are left out. */
export function evaluationTables(runs: readonly Evaluated[]): Figures[] {
  return [
    judges(runs),
    generation(runs, 'dynamic'),
    generation(runs, 'static'),
    swaps(runs),
    reconstructions(runs),
    probes(runs),
    information(runs),
    verification(runs),
  ].filter((t) => t.rows.some((r) => !r.paper));
}

function judges(runs: readonly Evaluated[]): Figures {
  return {
    title: 'Judge',
    about: 'How often the judge is right on real sequences: what it says of made ones is worth no more',
    columns: ['Accuracy, %'],
    rows: runs.flatMap(({ id, evaluation: { judge } }) =>
      judge
        ? judgeShares(judge).map(([factor, share]) => ({
            name: `${id}: ${factor}`,
            cells: [share === null ? 'no label' : percent(share)],
          }))
        : [],
    ),
  };
}

function generation(runs: readonly Evaluated[], fixed: 'static' | 'dynamic'): Figures {
  const [kept, drawn] = fixed === 'static' ? ['s', 'z'] : ['z', 's'];
  const ours = runs.flatMap(({ id, evaluation }) => {
    const found = fixed === 'static' ? evaluation.staticFixed : evaluation.dynamicFixed;
    if (!found) return [];
    const { repeats } = evaluation;
    return [
      ...found.kept.map((k) => ({
        name: `${id}: ${k.factor}`,
        cells: [
          spreadPercent(repeats, k.accuracy),
          spread(repeats, k.score, 3),
          spread(repeats, k.conditional, 4),
          spread(repeats, k.marginal, 3),
        ],
      })),
      ...found.changed.map((c) => ({
        name: `${id}: ${c.factor}, drawn`,
        cells: [`${spreadPercent(repeats, c.accuracy)} (chance ${percent(c.chance)})`, '', '', ''],
      })),
    ];
  });
  const known = new Map(runs.map(({ evaluation: { data } }) => [data.corpus ?? data.name, paperGeneration(data)]));
  const shown = [...known].filter(([, found]) => found?.fixed === fixed);
  const paper = shown.flatMap(([corpus, found]) => {
    const on = shown.length > 1 ? ` on ${corpus}` : '';
    return found!.rows.map((r) => ({
      name: `${r.method}, in the paper${on}`,
      cells: [r.accuracy.toFixed(2), r.score.toFixed(3), r.conditional.toFixed(3), r.marginal.toFixed(3)],
      paper: true,
    }));
  });
  return {
    title: `${kept} kept, ${drawn} drawn`,
    about: `What a judge sees in sequences of ${kept} from data and ${drawn} from the prior`,
    columns: ['Accuracy, %', 'IS', 'H(y|x)', 'H(y)'],
    rows: [...ours, ...paper],
  };
}

function swaps(runs: readonly Evaluated[]): Figures {
  return {
    title: 'Swap',
    about: 's of one sequence with z of another: both must be recognised',
    columns: ['Accuracy, %'],
    rows: runs.flatMap(({ id, evaluation: { swap, repeats } }) =>
      swap
        ? [
            { name: `${id}: every label`, cells: [spreadPercent(repeats, swap.accuracy)] },
            ...swap.factors.map((f) => ({ name: `${id}: ${f.factor}`, cells: [spreadPercent(repeats, f.accuracy)] })),
          ]
        : [],
    ),
  };
}

function reconstructions(runs: readonly Evaluated[]): Figures {
  return {
    title: 'Reconstruction',
    about: 'A model that ignores a factor can look disentangled; here it shows',
    columns: ['Squared error of a value', 'Accuracy, %'],
    rows: runs.flatMap(({ id, evaluation: { reconstruction } }) => [
      { name: id, cells: [reconstruction.errorPerValue.toPrecision(4), ''] },
      ...reconstruction.judged.map((j) => ({ name: `${id}: ${j.factor}`, cells: ['', percent(j.accuracy)] })),
    ]),
  };
}

function probes(runs: readonly Evaluated[]): Figures {
  return {
    title: 'Linear probes',
    about: 'What can be read off each factor; a static label read off z, or a dynamic one off s, is a leak',
    columns: ['from s, %', 'from z, %', 'chance, %'],
    rows: runs.flatMap(({ id, evaluation }) =>
      evaluation.probes.map((p) => ({
        name: `${id}: ${p.factor} (${p.type})`,
        cells: [p.fromS, p.fromZ, p.chance].map(percent),
      })),
    ),
  };
}

function information(runs: readonly Evaluated[]): Figures {
  return {
    title: 'Mutual information',
    about:
      'In nats, by minibatch-weighted sampling, which goes from its floor, where nothing is known, to its ceiling; where I(s; x) is at that, I(s; z) says nothing',
    columns: ['I(s; x)', 'I(z; x)', 'I(s; z)', 'floor', 'ceiling'],
    rows: runs.flatMap(({ id, evaluation: { mutualInformation: mi, repeats } }) =>
      mi
        ? [
            {
              name: id,
              cells: [
                ...[mi.staticData, mi.dynamicData, mi.staticDynamic].map((s) => spread(repeats, s, 3)),
                Math.log(mi.dataSize).toFixed(3),
                Math.log(mi.dataSize * mi.batch).toFixed(3),
              ],
            },
          ]
        : [],
    ),
  };
}

function verification(runs: readonly Evaluated[]): Figures {
  return {
    title: 'Verification',
    about: 'Equal error rate: low on s, high on z where they are kept apart',
    columns: ['on s, %', 'on z, %', 'gap'],
    rows: [
      ...runs.flatMap(({ id, evaluation }) =>
        evaluation.verification.map((v) => ({
          name: `${id}: ${verifiedFactor(v)}`,
          cells: [v.s, v.z, v.gap].map(percent),
        })),
      ),
      ...paperVerification(runs.flatMap((r) => r.evaluation.verification)).map((p) => ({
        name: `${p.method}, in the paper on TIMIT`,
        cells: [p.s, p.z, p.z - p.s].map((v) => v.toFixed(2)),
        paper: true,
      })),
    ],
  };
}
