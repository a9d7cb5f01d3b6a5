import { CdsvaeError } from '../errors.js';
import { concat, type Graph, reshape, type Shape, sizeOf, split, Tensor } from '../graph/index.js';
import { Random } from '../random.js';
import type { Initializer } from './initializers.js';

/** A named array of a network, as PyTorch would hold it. */
export interface ParameterSpec {
  /** Full name, such as `encoder.conv1.weight`. */
  readonly name: string;
  /** Shape in PyTorch's layout. */
  readonly shape: Shape;
  readonly initializer: Initializer;
  /**
   * Order of the axes in which the network wants it: axis i of the tensor is axis `order[i]` of `shape`. Held that way
   * for as long as training runs; files have PyTorch's layout.
   */
  readonly order?: readonly number[];
  /** Learned by gradient descent, or a buffer such as a running mean. */
  readonly kind: 'parameter' | 'buffer';
}

/** What a layer asks for. */
export type Request = Omit<ParameterSpec, 'name' | 'kind'>;

/** Where a layer's arrays come from, and where the new values of its buffers go. */
export interface ParameterSource {
  readonly graph: Graph;
  /** A learned array in the order asked for. */
  parameter(name: string, request: Request): Tensor;
  /** An array that is carried along but not learned. */
  buffer(name: string, request: Request): Tensor;
  /** The value a buffer has after this step. */
  update(name: string, value: Tensor): void;
}

/** The same source with `prefix.` before every name. */
export function scoped(source: ParameterSource, prefix: string): ParameterSource {
  const full = (name: string) => `${prefix}.${name}`;
  return {
    graph: source.graph,
    parameter: (name, request) => source.parameter(full(name), request),
    buffer: (name, request) => source.buffer(full(name), request),
    update: (name, value) => source.update(full(name), value),
  };
}

/** What a network is made of: runs its construction on a graph that is thrown away and notes what it asks for. */
export function recordParameters(build: (source: ParameterSource) => void, graph: Graph): ParameterSpec[] {
  const specs = new Map<string, ParameterSpec>();
  const placeholder = (kind: ParameterSpec['kind']) => (name: string, request: Request) => {
    specs.set(name, { name, kind, ...request });
    return new Tensor(graph, `parameter ${name}`, storedShape(request), graph.real);
  };
  build({ graph, parameter: placeholder('parameter'), buffer: placeholder('buffer'), update: () => {} });
  return [...specs.values()];
}

/** Where each parameter lies in a flat vector. */
export class FlatLayout {
  readonly specs: readonly ParameterSpec[];
  /** Number of elements of the vector. */
  readonly size: number;
  readonly #offsets = new Map<string, number>();

  constructor(specs: readonly ParameterSpec[], kind: ParameterSpec['kind']) {
    this.specs = specs.filter((s) => s.kind === kind);
    let size = 0;
    for (const s of this.specs) {
      this.#offsets.set(s.name, size);
      size += sizeOf(s.shape);
    }
    this.size = size;
  }

  /** The vector cut into its parameters, in the order and shape the network wants. */
  split(flat: Tensor): Map<string, Tensor> {
    if (this.specs.length === 0) return new Map();
    const pieces = split(
      flat,
      0,
      this.specs.map((s) => sizeOf(s.shape)),
    );
    return new Map(this.specs.map((s, i) => [s.name, reshape(pieces[i]!, storedShape(s))]));
  }

  /** The reverse of {@link split}. */
  join(tensors: (name: string) => Tensor): Tensor {
    return concat(
      this.specs.map((s) => {
        const t = tensors(s.name);
        return reshape(t, [t.size]);
      }),
      0,
    );
  }

  /** First values of all parameters; each a function of the seed and its name alone. */
  initialize(seed: number): Float64Array {
    const flat = new Float64Array(this.size);
    for (const s of this.specs) {
      const values = s.initializer(sizeOf(s.shape), Random.of(seed, `parameter ${s.name}`));
      this.#store(s, values, flat);
    }
    return flat;
  }

  /** Puts values of one parameter, in PyTorch's layout, into a flat vector. */
  set(flat: Float32Array | Float64Array, name: string, values: Float64Array): void {
    const spec = this.specs.find((s) => s.name === name);
    if (!spec || values.length !== sizeOf(spec.shape)) {
      throw new CdsvaeError('graph', `no parameter "${name}" of ${values.length} values`);
    }
    this.#store(spec, values, flat);
  }

  /** The parameters of a flat vector as named arrays in PyTorch's layout. */
  toNamed<A extends Float32Array | Float64Array>(flat: A): Map<string, { shape: Shape; data: A }> {
    return new Map(
      this.specs.map((s) => {
        const offset = this.#offsets.get(s.name)!;
        const stored = flat.subarray(offset, offset + sizeOf(s.shape)) as A;
        const data = s.order ? reorder(stored, storedShape(s), inverse(s.order)) : (stored.slice() as A);
        return [s.name, { shape: s.shape, data }];
      }),
    );
  }

  /**
   * Named arrays in PyTorch's layout into a flat vector.
   *
   * @throws CdsvaeError `input` when one is missing or has another shape; `origin` says where they came from
   */
  fromNamed<A extends Float32Array | Float64Array>(
    named: ReadonlyMap<string, { readonly shape: Shape; readonly data: ArrayLike<number | bigint> }>,
    flat: A,
    origin: string,
  ): A {
    for (const s of this.specs) {
      const found = named.get(s.name);
      if (!found)
        throw new CdsvaeError('input', `${origin}: no "${s.name}"; a weight of shape [${s.shape}] is expected`);
      if (found.shape.join() !== s.shape.join()) {
        throw new CdsvaeError('input', `${origin}: "${s.name}" has shape [${found.shape}]; [${s.shape}] is expected`);
      }
      this.#store(s, Float64Array.from(found.data, Number), flat);
    }
    return flat;
  }

  #store(s: ParameterSpec, values: Float64Array, flat: Float32Array | Float64Array): void {
    flat.set(s.order ? reorder(values, s.shape, s.order) : values, this.#offsets.get(s.name)!);
  }
}

/** A source whose arrays are slices of two flat vectors of the graph, one of parameters and one of buffers. */
export class FlatParameters implements ParameterSource {
  /** The vector that all parameters are slices of. */
  readonly flat: Tensor;
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly #buffers: ReadonlyMap<string, Tensor>;
  readonly #updated = new Map<string, Tensor>();
  readonly #layout: { parameters: FlatLayout; buffers: FlatLayout };

  constructor(
    readonly graph: Graph,
    layout: { parameters: FlatLayout; buffers: FlatLayout },
    flat: { parameters: Tensor; buffers: Tensor | undefined },
  ) {
    this.#layout = layout;
    this.flat = flat.parameters;
    this.parameters = layout.parameters.split(flat.parameters);
    this.#buffers = flat.buffers ? layout.buffers.split(flat.buffers) : new Map();
  }

  parameter(name: string): Tensor {
    return known(this.parameters, name);
  }

  buffer(name: string): Tensor {
    return known(this.#buffers, name);
  }

  update(name: string, value: Tensor): void {
    this.#updated.set(name, value);
  }

  /** All buffers after the step, as one vector. */
  updatedBuffers(): Tensor {
    return this.#layout.buffers.join((name) => this.#updated.get(name) ?? known(this.#buffers, name));
  }
}

/**
 * A source whose arrays are constants of the graph: a finished network.
 *
 * @param named arrays in PyTorch's layout, parameters and buffers
 */
export function constantParameters(
  graph: Graph,
  named: ReadonlyMap<string, { readonly shape: Shape; readonly data: Float32Array | Float64Array }>,
): ParameterSource {
  // What is used twice, as the network that looks at objects, is in the graph once.
  const made = new Map<string, Tensor>();
  const get = (name: string, request: Request) => {
    const key = `${name} ${request.order ?? ''}`;
    const before = made.get(key);
    if (before) return before;
    const found = named.get(name);
    if (found?.shape.join() !== request.shape.join()) {
      const what = found ? `"${name}" has shape [${found.shape}]` : `no "${name}"`;
      throw new CdsvaeError('input', `weights: ${what}; a weight of shape [${request.shape}] is expected`);
    }
    const values = request.order ? reorder(found.data, request.shape, request.order) : found.data;
    const constant = graph.constant(values, storedShape(request));
    made.set(key, constant);
    return constant;
  };
  return { graph, parameter: get, buffer: get, update: () => {} };
}

function known(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const t = tensors.get(name);
  if (!t) throw new CdsvaeError('graph', `parameter "${name}" was not there when the network was first built`);
  return t;
}

function storedShape({ shape, order }: Request): Shape {
  return order ? order.map((a) => shape[a]!) : shape;
}

function inverse(order: readonly number[]): number[] {
  return order.map((_, i) => order.indexOf(i));
}

/** The elements of an array with its axes in another order: axis i of the result is axis `order[i]` of `x`. */
function reorder<A extends Float32Array | Float64Array>(x: A, shape: Shape, order: readonly number[]): A {
  const strides = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  const out = order.map((a) => ({ length: shape[a]!, stride: strides[a]! }));
  const result = x.slice() as A;
  let i = 0;
  const walk = (axis: number, offset: number) => {
    const { length, stride } = out[axis]!;
    const last = axis === out.length - 1;
    for (let k = 0; k < length; k++) {
      if (last) result[i++] = x[offset + k * stride]!;
      else walk(axis + 1, offset + k * stride);
    }
  };
  walk(0, 0);
  return result;
}
