import { isOpen } from './open-batch.js';
import {
  checkShape,
  type ElementType,
  formatShape,
  graphError,
  type Real,
  type Shape,
  sizeOf,
  Tensor,
} from './tensor.js';

/** Values of an ONNX attribute. */
export type Attribute = number | readonly number[] | { readonly float: number };

/** One ONNX node, as it will be encoded. */
export interface Node {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Values held in the graph itself. */
export interface Initializer {
  readonly name: string;
  readonly shape: Shape;
  readonly type: ElementType;
  readonly data: Uint8Array;
}

/**
 * A differentiable step: gradients of the outputs in, gradients of the inputs out (undefined: none flows).
 * Usually one node; with {@link Graph.differentiable} many nodes under one rule.
 */
export interface Operation {
  /** Operations are numbered as they are made, so a larger id never feeds a smaller one. */
  readonly id: number;
  /** ONNX operator, or `differentiable`. For messages. */
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly backward: Backward | undefined;
}

/** Gradient rule of an operation. Itself built of operations, so that gradients can be differentiated. */
export type Backward = (gradients: readonly (Tensor | undefined)[]) => readonly (Tensor | undefined)[];

/** What a node makes: its ONNX operator, its operands, the shapes it gives and its gradient rule. */
export interface NodeSpec {
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly shapes: readonly Shape[];
  readonly type?: ElementType;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly backward?: Backward;
}

type Numbers = ArrayLike<number>;

/** Names that start so are the graph's own. */
const OWN = '%';

/**
 * A directed acyclic graph of operations on symbolic tensors, to be differentiated ({@link gradients}) and encoded as ONNX
 * ({@link encodeOnnx}). It knows nothing of networks and runs nothing.
 *
 * The same expression written twice is one node: nodes and small constants are looked up by content before they are made.
 * Several tensors may stand for one value and differ in how gradients flow through them ({@link Graph.stopGradient},
 * {@link Graph.differentiable}): what is computed from them shares its nodes, and keeps its own way back.
 */
export class Graph {
  readonly nodes: Node[] = [];
  readonly initializers: Initializer[] = [];
  readonly inputs: Tensor[] = [];
  readonly outputs: { readonly name: string; readonly tensor: Tensor }[] = [];
  #operations = 0;
  #names = 0;
  /** Tensors by the operation and the very tensors it was applied to. */
  readonly #tensors = new Map<string, readonly Tensor[]>();
  /** Names of a node's outputs by the operation and the names of its operands. */
  readonly #values = new Map<string, readonly string[]>();
  readonly #identities = new Map<Tensor, number>();

  /**
   * @param real the type its floating-point tensors have
   * @param widest most tensors that a node joins, or cuts one into, 2 or more; WebGPU gives a node no more than 8 buffers
   */
  constructor(
    readonly real: Real = 'float32',
    readonly widest = Number.POSITIVE_INFINITY,
  ) {}

  /** A value given at each run. */
  input(name: string, shape: Shape, type: ElementType = this.real): Tensor {
    this.#claim('input', name);
    checkShape('input', shape);
    const t = new Tensor(this, name, shape, type);
    this.inputs.push(t);
    return t;
  }

  /**
   * Values fixed in the graph. A constant of up to 1024 elements is shared with an equal one.
   *
   * @param values a number (a scalar unless `shape` is given, then that shape filled) or as many numbers as `shape` has elements
   */
  constant(values: number | Numbers, shape?: Shape, type: ElementType = this.real): Tensor {
    const dims = shape ?? (typeof values === 'number' ? [] : [values.length]);
    checkShape('constant', dims);
    if (dims.some(isOpen)) throw graphError('constant', `${formatShape(dims)} is as large as an open batch`);
    const size = sizeOf(dims);
    const numbers = typeof values === 'number' ? new Float64Array(size).fill(values) : values;
    if (numbers.length !== size) {
      throw graphError('constant', `${numbers.length} values do not fill shape ${formatShape(dims)}`);
    }
    const data = toBytes(numbers, type);
    const make = () => {
      const name = this.#name('c');
      this.initializers.push({ name, shape: dims, type, data });
      return [new Tensor(this, name, dims, type)];
    };
    return (size <= 1024 ? once(this.#tensors, `constant ${type} ${dims} ${data}`, make) : make())[0]!;
  }

  /** Adds an ONNX node and returns its outputs. The building block of every operation; networks use those instead. */
  node(spec: NodeSpec): readonly Tensor[] {
    const { op, inputs, shapes, attributes = {}, type = inputs[0]?.type ?? this.real } = spec;
    for (const t of inputs) if (t.graph !== this) throw graphError(op, `operand ${t} belongs to another graph`);
    const key = (operands: readonly (string | number)[]) =>
      `${op} ${operands} ${type} ${shapes.map(formatShape)} ${JSON.stringify(attributes)}`;
    return once(this.#tensors, key(inputs.map((t) => this.#identity(t))), () => {
      const operands = inputs.map((t) => t.name);
      const anew = inputs.some((t) => t.anew);
      const names = once(this.#values, `${anew ? 'anew ' : ''}${key(operands)}`, () => {
        const made = shapes.map(() => this.#name('t'));
        this.nodes.push({ name: `${op}${this.nodes.length}`, op, inputs: operands, outputs: made, attributes });
        return made;
      });
      const outputs = shapes.map((shape, i) => new Tensor(this, names[i]!, shape, type, anew));
      this.#produce(op, inputs, outputs, spec.backward);
      return outputs;
    });
  }

  /**
   * Puts many nodes under one gradient rule of our own, better than the one differentiation would find.
   *
   * @param inputs what gradients are wanted for
   * @param values what was computed from them
   * @param backward gradients of `values` in, gradients of `inputs` out
   * @returns the same values as new tensors (no node is added), to be used from here on
   */
  differentiable(inputs: readonly Tensor[], values: readonly Tensor[], backward: Backward): Tensor[] {
    const outputs = values.map((v) => new Tensor(this, v.name, v.shape, v.type, v.anew));
    this.#produce('differentiable', inputs, outputs, backward);
    return outputs;
  }

  /** The same value as a constant to differentiation: no gradient flows through. */
  stopGradient(x: Tensor): Tensor {
    return new Tensor(this, x.name, x.shape, x.type, x.anew);
  }

  /**
   * The same value, from which things are computed anew, apart from what was computed from it before; the value itself too, where
   * it has a recipe. On the way back that trades a second computation for the memory in which the result of the first would have
   * waited ("checkpointing"; Chen et al., "Training deep nets with sublinear memory cost", 2016). No gradient flows through.
   */
  recompute(x: Tensor): Tensor {
    return x.recipe?.() ?? new Tensor(this, x.name, x.shape, x.type, true);
  }

  /** Names a value as a result of the graph. */
  output(name: string, tensor: Tensor): void {
    this.#claim('output', name);
    this.outputs.push({ name, tensor });
  }

  #produce(name: string, inputs: readonly Tensor[], outputs: readonly Tensor[], backward: Backward | undefined): void {
    const operation: Operation = { id: this.#operations++, name, inputs, outputs, backward };
    for (const t of outputs) t.producer = operation;
  }

  #identity(t: Tensor): number {
    const known = this.#identities.get(t) ?? this.#identities.size;
    this.#identities.set(t, known);
    return known;
  }

  #name(prefix: string): string {
    return `${OWN}${prefix}${this.#names++}`;
  }

  #claim(op: string, name: string): void {
    if (name === '' || name.startsWith(OWN)) {
      throw graphError(op, `"${name}" cannot be a name: it is empty or starts with ${OWN}`);
    }
    if (this.outputs.some((o) => o.name === name) || this.inputs.some((t) => t.name === name)) {
      throw graphError(op, `the name "${name}" is taken`);
    }
  }
}

function once<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  return made;
}

function toBytes(values: Numbers, type: ElementType): Uint8Array {
  const bytes = (a: ArrayBufferView) => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
  switch (type) {
    case 'float32':
      return bytes(Float32Array.from(values));
    case 'float64':
      return bytes(Float64Array.from(values));
    case 'int32':
      return bytes(Int32Array.from(values));
    case 'int64':
      return bytes(BigInt64Array.from(Array.from(values, BigInt)));
    case 'uint8':
    case 'bool':
      return Uint8Array.from(values);
  }
}
