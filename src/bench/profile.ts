import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MachineRates } from './machine.js';
import { LEARNING_RATE, measureStep } from './measure.js';
import { type Section, SectionMap } from './sections.js';
import { createTrainer, prepareStep, type StepCase } from './step-case.js';

/** What an operation does. */
export type Kind = 'matrix products' | 'data movement' | 'elementwise' | 'reductions';

/** Nodes of one section, kind and form, summed over a step. */
export interface ProfileEntry {
  readonly section: Section;
  readonly kind: Kind;
  /** ONNX operator, and the shapes of its operands. */
  readonly op: string;
  readonly shapes: string;
  readonly count: number;
  readonly seconds: number;
  /** Floating-point operations of matrix products, and bytes read and written. */
  readonly flops: number;
  readonly bytes: number;
}

/** Where the time of a step goes. */
export interface StepProfile extends StepCase {
  /** Seconds of a step while the engine keeps its profile; what is not in the entries passes between nodes. */
  readonly seconds: number;
  /** Seconds of a step without the profile, which costs something for each node. */
  readonly unprofiled: number;
  readonly entries: readonly ProfileEntry[];
}

const WARM_UP = 2;
const STEPS = 5;

/** One event of the engine's profile, a file in Chrome's trace format. Times are in µs. */
interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args: {
    readonly op_name?: string;
    readonly input_type_shape?: readonly Typed[];
    readonly output_type_shape?: readonly Typed[];
  };
}
/** Such as `{ float: [2, 3] }`. */
type Typed = Readonly<Record<string, readonly number[]>>;

/** Takes steps with the engine's own profile on; the mean of {@link STEPS} after {@link WARM_UP}. */
export async function profileStep(c: StepCase): Promise<StepProfile> {
  const prepared = prepareStep(c);
  const sections = new SectionMap();
  const { setup } = prepared;
  const { seconds: unprofiled } = await measureStep(c, { warmUp: WARM_UP, steps: STEPS });
  const folder = mkdtempSync(join(tmpdir(), 'cdsvae-profile-'));
  try {
    const watched = { ...prepared, setup: { ...setup, parts: sections.watch(setup.parts) } };
    const trainer = await createTrainer(watched, { threads: c.threads, profile: join(folder, 'step') });
    for (let step = 1; step <= WARM_UP + STEPS; step++) await trainer.step(step, LEARNING_RATE, prepared.inputs(step));
    await trainer.release();
    const [file] = readdirSync(folder);
    const events: TraceEvent[] = JSON.parse(readFileSync(join(folder, file!), 'utf8'));
    return { ...c, unprofiled, ...summarize(events, sections, setup.layout.parameters.size) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param parameters size of the flat vectors, by which the optimiser's nodes are known */
function summarize(
  events: readonly TraceEvent[],
  sections: SectionMap,
  parameters: number,
): Pick<StepProfile, 'seconds' | 'entries'> {
  const runs = events.filter((e) => e.name === 'model_run').sort((a, b) => a.ts - b.ts);
  const counted = runs.slice(WARM_UP);
  const from = counted[0]!.ts;
  const found = new Map<string, { -readonly [K in keyof ProfileEntry]: ProfileEntry[K] }>();
  for (const e of events) {
    if (e.cat !== 'Node' || e.ts < from || !e.name.endsWith('_kernel_time')) continue;
    const op = e.args.op_name!;
    const [inputs, outputs] = [e.args.input_type_shape ?? [], e.args.output_type_shape ?? []];
    const dims = (t: Typed) => Object.values(t)[0]!;
    const ofVectors = [...inputs, ...outputs].some((t) => dims(t).join() === `${parameters}`);
    const section = ofVectors ? 'optimiser' : sections.sectionOf(Number(/\d+/.exec(e.name)?.[0] ?? Number.NaN));
    const shapes = inputs.map((t) => dims(t).join('×')).join(' ');
    const key = `${section} ${op} ${shapes}`;
    const entry = found.get(key) ?? {
      section,
      kind: kindOf(op, inputs.map(dims), outputs.map(dims)),
      ...{ op, shapes, count: 0, seconds: 0, flops: 0, bytes: 0 },
    };
    found.set(key, entry);
    entry.count++;
    entry.seconds += e.dur / 1e6 / STEPS;
    if (PRODUCTS.test(op)) entry.flops += productFlops(op, inputs.map(dims), outputs.map(dims)) / STEPS;
    if (!VIEWS.has(op)) entry.bytes += [...inputs, ...outputs].reduce((sum, t) => sum + bytesOf(t), 0) / STEPS;
  }
  return {
    seconds: counted.reduce((sum, r) => sum + r.dur, 0) / 1e6 / STEPS,
    entries: [...found.values()]
      .map((e) => ({ ...e, count: Math.round(e.count / STEPS) }))
      .sort((a, b) => b.seconds - a.seconds),
  };
}

/** Operations that change a shape and move nothing. */
const VIEWS = new Set(['Reshape', 'Identity', 'Squeeze', 'Unsqueeze', 'Flatten']);
const MOVES = new Set([...VIEWS, 'Gather', 'Concat', 'Slice', 'Split', 'Transpose', 'Pad', 'Expand', 'Cast', 'Tile']);
const PRODUCTS = /Gemm|MatMul|Conv/;

function kindOf(op: string, inputs: readonly (readonly number[])[], outputs: readonly (readonly number[])[]): Kind {
  // The fast coder writes sums over rows as products with a row of ones.
  if (op.startsWith('Reduce') || (op === 'Gemm' && inputs[0]![0] === 1 && outputs[0]![0] === 1)) return 'reductions';
  if (PRODUCTS.test(op)) return 'matrix products';
  return MOVES.has(op) ? 'data movement' : 'elementwise';
}

/** 2·M·N·K: twice the elements that are multiplied, from what goes in and what comes out. */
function productFlops(
  op: string,
  inputs: readonly (readonly number[])[],
  outputs: readonly (readonly number[])[],
): number {
  const [a, b] = inputs.map(sizeOf) as [number, number | undefined];
  const [out] = outputs.map(sizeOf) as [number];
  // Convolutions: weights [O, I, kh, kw], or [I, O, kh, kw] transposed, meet every pixel of output or of input.
  if (op.includes('ConvTranspose')) return (2 * a * sizeOf(inputs[1]!)) / inputs[1]![0]!;
  if (op.includes('Conv')) return (2 * out * sizeOf(inputs[1]!)) / inputs[1]![0]!;
  // The engine keeps a constant right operand in a form of its own, and tells nothing of it.
  if (b === undefined) return 2 * a * outputs[0]!.at(-1)!;
  // Of matrices M×K, K×N and M×N the product of the sizes is (M·N·K)², and so of each in a stack of them.
  const stack = outputs[0]!.slice(0, -2).reduce((x, y) => x * y, 1);
  const shared = stack / inputs[1]!.slice(0, -2).reduce((x, y) => x * y, 1);
  return 2 * stack * Math.sqrt((a / stack) * ((b * shared) / stack) * (out / stack));
}

function sizeOf(dims: readonly number[]): number {
  return dims.reduce((a, b) => a * b, 1);
}

const BYTES: Readonly<Record<string, number>> = { float: 4, double: 8, int32: 4, int64: 8, uint8: 1, bool: 1 };

function bytesOf(t: Typed): number {
  const [type, dims] = Object.entries(t)[0]!;
  return (BYTES[type] ?? 4) * sizeOf(dims);
}

/** A line of the table: what takes how long, and how long it would take at the machine's own rates. */
export interface ProfileRow {
  readonly name: string;
  readonly nodes: number;
  readonly seconds: number;
  /** Flops at the rate of MatMul or bytes at that of elementwise work, whichever takes longer; none for what has neither. */
  readonly floor?: number;
}

/** Seconds that an entry would take at the machine's rates. */
export function floorOf(e: Pick<ProfileEntry, 'flops' | 'bytes'>, rates: MachineRates): number {
  return Math.max(e.flops / rates.matmul, e.bytes / Math.max(rates.streamSmall, rates.streamLarge));
}

/** The coder's time by kind of operation, that of the other sections as a whole, and what passes between nodes. */
export function profileRows({ seconds, entries }: StepProfile, rates: MachineRates): ProfileRow[] {
  const names = [...new Set(entries.map(nameOf))];
  const rows = names.map((name) => {
    const own = entries.filter((e) => nameOf(e) === name);
    const sum = (f: (e: ProfileEntry) => number) => own.reduce((total, e) => total + f(e), 0);
    return { name, nodes: sum((e) => e.count), seconds: sum((e) => e.seconds), floor: sum((e) => floorOf(e, rates)) };
  });
  const inNodes = rows.reduce((total, r) => total + r.seconds, 0);
  return [
    ...rows.sort((a, b) => b.seconds - a.seconds),
    { name: 'between nodes', nodes: 0, seconds: Math.max(0, seconds - inNodes) },
  ];
}

function nameOf({ section, kind }: ProfileEntry): string {
  return section === 'coder' ? `coder: ${kind}` : section;
}
