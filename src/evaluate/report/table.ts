import { counted } from '../../counted.js';
import type { Evaluation } from '../evaluation.js';
import type { Direction } from '../protocol/direction.js';
import { evaluatedOn, judgeShares, percent, spread, spreadPercent, verifiedFactor } from './figures.js';
import { paperGeneration, paperVerification } from './paper.js';

type Line = readonly string[];

/** An evaluation as a table for people, the paper's rows beside ours. */
export function evaluationTable(e: Evaluation): string[] {
  return [
    `${e.model.folder}${e.model.objective ? `, ${e.model.objective}` : ''}${e.model.steps === null ? '' : ` after ${counted(e.model.steps, 'step')}`}, ` +
      evaluatedOn(e),
    ...judgeLines(e),
    ...directionLines(e, 'dynamic'),
    ...directionLines(e, 'static'),
    ...swapLines(e),
    ...reconstructionLines(e),
    ...probeLines(e),
    ...informationLines(e),
    ...verificationLines(e),
    ...(e.leftOut.length > 0 ? ['', 'Left out', ...e.leftOut.map((text) => `  ${text}`)] : []),
  ];
}

function judgeLines({ judge }: Evaluation): string[] {
  if (judge === null) return [];
  const { accuracy } = judge;
  const shares = judgeShares(judge)
    .map(([name, share]) => `${name} ${share === null ? '(no label)' : percent(share)}`)
    .join(', ');
  return [
    `Judged by ${judge.folder}, right on ${counted(accuracy.sequences, `real ${accuracy.split} sequence`)} in ${shares} %`,
  ];
}

function directionLines(e: Evaluation, fixed: 'static' | 'dynamic'): string[] {
  const found: Direction | null = fixed === 'static' ? e.staticFixed : e.dynamicFixed;
  if (found === null) return [];
  const paper = paperGeneration(e.data);
  const [kept, drawn] = fixed === 'static' ? ['s', 'z'] : ['z', 's'];
  const lines: Line[] = [
    [`${kept} kept, ${drawn} drawn`, 'Acc %', 'IS', 'H(y|x)', 'H(y)'],
    ...found.kept.map((k) => [
      `  ${k.factor}`,
      spreadPercent(e.repeats, k.accuracy),
      spread(e.repeats, k.score, 3),
      spread(e.repeats, k.conditional, 4),
      spread(e.repeats, k.marginal, 3),
    ]),
    ...(paper?.fixed === fixed
      ? paper.rows.map((r) => [
          `  paper: ${r.method}`,
          r.accuracy.toFixed(2),
          r.score.toFixed(3),
          r.conditional.toFixed(3),
          r.marginal.toFixed(3),
        ])
      : []),
    ...found.changed.map((c) => [
      `  drawn: ${c.factor}`,
      spreadPercent(e.repeats, c.accuracy),
      `chance ${percent(c.chance)}`,
    ]),
  ];
  return ['', ...align(lines)];
}

function swapLines(e: Evaluation): string[] {
  const { swap } = e;
  if (swap === null) return [];
  return [
    '',
    ...align([
      [`Swap, ${swap.pairs} pairs`, 'Acc %'],
      ['  every label', spreadPercent(e.repeats, swap.accuracy)],
      ...swap.factors.map((f) => [`  ${f.factor}`, spreadPercent(e.repeats, f.accuracy)]),
    ]),
  ];
}

function reconstructionLines({ reconstruction }: Evaluation): string[] {
  return [
    '',
    ...align([
      ['Reconstruction', ''],
      ['  squared error of a value', reconstruction.errorPerValue.toPrecision(4)],
      ...reconstruction.judged.map((j) => [`  ${j.factor}`, `${percent(j.accuracy)} %`]),
    ]),
  ];
}

function probeLines({ probes }: Evaluation): string[] {
  if (probes.length === 0) return [];
  return [
    '',
    ...align([
      ['Linear probes, Acc %', 'from s', 'from z', 'chance', 'leaked above chance'],
      ...probes.map((p) => [
        `  ${p.factor}`,
        percent(p.fromS),
        percent(p.fromZ),
        percent(p.chance),
        percent(Math.max(0, (p.type === 'static' ? p.fromZ : p.fromS) - p.chance)),
      ]),
    ]),
  ];
}

function informationLines(e: Evaluation): string[] {
  const { mutualInformation: mi } = e;
  if (mi === null) return [];
  return [
    '',
    ...align([
      [`Mutual information, nats (MWS, batches of ${mi.batch})`, ''],
      ['  I(s; x)', spread(e.repeats, mi.staticData, 3)],
      ['  I(z; x)', spread(e.repeats, mi.dynamicData, 3)],
      ['  I(s; z)', spread(e.repeats, mi.staticDynamic, 3)],
      ['  floor of the estimates: nothing is known', Math.log(mi.dataSize).toFixed(3)],
      ['  ceiling of the estimates', Math.log(mi.dataSize * mi.batch).toFixed(3)],
    ]),
  ];
}

function verificationLines({ verification }: Evaluation): string[] {
  if (verification.length === 0) return [];
  return [
    '',
    ...align([
      ['Equal error rate, %', 'on s', 'on z', 'gap'],
      ...verification.map((v) => [`  ${verifiedFactor(v)}`, percent(v.s), percent(v.z), percent(v.gap)]),
      ...paperVerification(verification).map((p) => [
        `  paper, TIMIT: ${p.method}`,
        p.s.toFixed(2),
        p.z.toFixed(2),
        (p.z - p.s).toFixed(2),
      ]),
    ]),
  ];
}

/** Columns side by side, the first to the left, the others to the right. */
function align(lines: readonly Line[]): string[] {
  const widths: number[] = [];
  for (const line of lines)
    line.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  return lines.map((line) =>
    line
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}
