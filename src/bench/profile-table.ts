import type { MachineRates } from './machine.js';
import { floorOf, type ProfileRow, profileRows, type StepProfile } from './profile.js';

/** Forms of operation listed, those that lose the most time first. */
const LISTED = 15;

const ms = (seconds: number) => (1000 * seconds).toFixed(1);

/** The profile of a step as text: each part against its floor, then the forms of operation furthest above theirs. */
export function profileText(profile: StepProfile, rates: MachineRates): string[] {
  const rows = cells(profile, rates);
  const width = Math.max(...rows.map(([name]) => name!.length));
  const lines = rows.map(([name, ...rest]) => [name!.padEnd(width), ...rest.map((c) => c.padStart(8))].join('  '));
  const lost = profile.entries
    .map((e) => ({ ...e, floor: floorOf(e, rates) }))
    .sort((a, b) => b.seconds - b.floor - (a.seconds - a.floor))
    .slice(0, LISTED);
  return [
    title(profile),
    '',
    ...lines,
    '',
    'Furthest above the floor:',
    ...lost.map(
      (e) =>
        `  ${ms(e.seconds).padStart(6)} ms, floor ${ms(e.floor).padStart(6)}  ×${e.count}  ${e.section}: ${e.op} ${e.shapes}`,
    ),
    '',
  ];
}

/** The same table as Markdown. */
export function profileMarkdown(profile: StepProfile, rates: MachineRates): string[] {
  const [head, ...rows] = cells(profile, rates);
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  return [
    `**${title(profile)}**`,
    '',
    line(head!),
    line(head!.map((_, i) => (i === 0 ? '---' : '--:'))),
    ...rows.map(line),
  ];
}

function title({ width, batch, frames, threads, seconds, unprofiled }: StepProfile): string {
  return `width ${width}, batch ${batch}, T ${frames}, ${threads} threads: ${ms(unprofiled)} ms a step, ${ms(seconds)} ms under the profile`;
}

function cells(profile: StepProfile, rates: MachineRates): string[][] {
  const rows = profileRows(profile, rates);
  const all: ProfileRow = {
    name: 'all',
    nodes: rows.reduce((n, r) => n + r.nodes, 0),
    seconds: profile.seconds,
    floor: rows.reduce((n, r) => n + (r.floor ?? 0), 0),
  };
  return [
    ['part', 'nodes', 'ms', 'share', 'floor ms', '× floor'],
    ...[...rows, all].map((r) => [
      r.name,
      r.nodes > 0 ? r.nodes.toFixed(0) : '',
      ms(r.seconds),
      `${((100 * r.seconds) / profile.seconds).toFixed(1)} %`,
      r.floor ? ms(r.floor) : '',
      r.floor ? (r.seconds / r.floor).toFixed(1) : '',
    ]),
  ];
}
