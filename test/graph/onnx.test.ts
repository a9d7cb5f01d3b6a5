import { BinaryReader } from '@bufbuild/protobuf/wire';
import { describe, expect, test } from 'vitest';
import {
  add,
  encodeOnnx,
  exp,
  Graph,
  gradients,
  leakyRelu,
  mul,
  split,
  square,
  sum,
  transpose,
} from '../../src/graph/index.js';
import { createSession } from '../../src/runtime/node.js';

/** Fields of a protobuf message: numbers, or the bytes of strings and of messages within. */
function fields(bytes: Uint8Array): Map<number, (bigint | Uint8Array)[]> {
  const reader = new BinaryReader(bytes);
  const found = new Map<number, (bigint | Uint8Array)[]>();
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    const value = wire === 0 ? BigInt(reader.int64()) : wire === 2 ? reader.bytes() : reader.skip(wire, field);
    found.set(field, [...(found.get(field) ?? []), value]);
  }
  return found;
}

const text = (v: bigint | Uint8Array | undefined) => new TextDecoder().decode(v as Uint8Array);

/** The parts of a model that the tests look at. */
function decode(model: Uint8Array) {
  const top = fields(model);
  const graph = fields(top.get(7)![0] as Uint8Array);
  const list = (field: number) => (graph.get(field) ?? []).map((bytes) => fields(bytes as Uint8Array));
  return {
    irVersion: top.get(1)![0],
    producer: text(top.get(2)![0]),
    opset: fields(top.get(8)![0] as Uint8Array).get(2)![0],
    operations: list(1).map((n) => text(n.get(4)![0])),
    initializers: list(5).map((t) => text(t.get(8)![0])),
    inputs: list(11).map((v) => text(v.get(1)![0])),
    outputs: list(12).map((v) => text(v.get(1)![0])),
  };
}

describe('encodeOnnx', () => {
  test('what no output depends on is left out', () => {
    const graph = new Graph();
    const [x, unused] = [graph.input('x', [2]), graph.input('unused', [2])];
    const y = exp(x);
    graph.output('y', y);
    add(mul(unused, 3), graph.constant([5, 6]));
    gradients(sum(square(y)), [x]);
    const model = decode(encodeOnnx(graph));
    expect(model.operations).toEqual(['Exp', 'Identity']);
    expect(model.inputs).toEqual(['x']);
    expect(model.outputs).toEqual(['y']);
    expect(model.initializers).toEqual([]);
  });

  test('a node is kept for any one of its outputs, once', () => {
    const graph = new Graph();
    const pieces = split(graph.input('x', [4]), 0, [1, 2, 1]);
    graph.output('middle', pieces[1]!);
    graph.output('last', pieces[2]!);
    expect(decode(encodeOnnx(graph)).operations).toEqual(['Split', 'Identity', 'Identity']);
  });

  test('versions and producer', () => {
    const graph = new Graph();
    graph.output('y', graph.input('x', [1]));
    const model = decode(encodeOnnx(graph));
    expect(model).toMatchObject({ irVersion: 9n, producer: 'cdsvae', opset: 18n });
  });

  test('is the same bytes each time, and may be followed by more of the graph', () => {
    const graph = new Graph();
    const x = graph.input('x', [2, 3]);
    graph.output('y', transpose(leakyRelu(x, 0.3), [1, 0]));
    const first = encodeOnnx(graph);
    expect(encodeOnnx(graph)).toEqual(first);
    graph.output('z', exp(x));
    expect(decode(encodeOnnx(graph)).outputs).toEqual(['y', 'z']);
  });

  test('integer, list and float attributes arrive', async () => {
    const graph = new Graph();
    const x = graph.input('x', [1, 2]);
    graph.output('y', transpose(leakyRelu(x, 0.3), [1, 0]));
    const session = await createSession(encodeOnnx(graph), { threads: 1 });
    const { y } = await session.run({ x: { type: 'float32', shape: [1, 2], data: Float32Array.of(-10, 5) } });
    expect(y!.shape).toEqual([2, 1]);
    expect(y!.data[0]).toBeCloseTo(-3, 5);
    expect(y!.data[1]).toBe(5);
    await session.release();
  });
});
