import { describe, expect, test } from 'vitest';
import { CdsvaeError } from '../../src/errors.js';
import * as g from '../../src/graph/index.js';

const graph = new g.Graph('float32');
const m23 = graph.input('m23', [2, 3]);
const m32 = graph.input('m32', [3, 2]);
const v4 = graph.input('v4', [4]);
const ints = graph.input('ints', [2, 3], 'int32');
const flags = graph.input('flags', [2, 3], 'bool');
const double = graph.input('double', [2, 3], 'float64');
const images = graph.input('images', [2, 3, 8, 8]);
const kernels = graph.input('kernels', [4, 3, 4, 4]);
const doubleKernels = graph.input('doubleKernels', [4, 3, 4, 4], 'float64');
const tall = graph.input('tall', [4, 3, 4, 3]);
const order3 = graph.input('order3', [3], 'int32');
const order4 = graph.input('order4', [4], 'int32');
const foreign = new g.Graph().input('foreign', [2, 3]);
const s2p1 = { stride: 2, padding: 1 };

const { add, sub, mul, div, maximum, minimum, less } = g;
const binary = { add, sub, mul, div, maximum, minimum, less };
const { neg, exp, log, sqrt, abs, sign, sigmoid, tanh, relu, leakyRelu, softplus, square } = g;
const unary = { neg, exp, log, sqrt, abs, sign, sigmoid, tanh, relu, leakyRelu, softplus, square };

/** A bad call of an operation, and what its message must say. */
type BadCall = [string, () => unknown, RegExp];
const calls: BadCall[] = [
  ...Object.entries(binary).flatMap(([name, op]): BadCall[] => [
    [`${name} of shapes that do not broadcast`, () => op(m23, m32), /\[2, 3\].*\[3, 2\]/],
    [`${name} of types that differ`, () => op(m23, double), /float32\[2, 3\].*float64\[2, 3\]/],
    [`${name} across graphs`, () => op(m23, foreign), /float32\[2, 3\].*another graph/],
  ]),
  ['add of two numbers', () => g.add(1, 2), /one operand must be a tensor, not 1 and 2/],
  ['mul of booleans', () => g.mul(flags, flags), /bool\[2, 3\]/],
  ...Object.entries(unary).map(([name, op]): BadCall => [`${name} of integers`, () => op(ints), /int32\[2, 3\]/]),
  ['clip of integers', () => g.clip(ints, 0, 1), /^clip.*int32\[2, 3\]/i],
  ['clip with bounds the wrong way round', () => g.clip(m23, 1, 0), /^clip.*1.*0/i],
  ['leakySlope of integers', () => g.leakySlope(ints), /int32\[2, 3\]/],
  ['where by numbers', () => g.where(m23, m23, 0), /^where: .*bool.*float32\[2, 3\]/],
  ['where of shapes that do not broadcast', () => g.where(flags, m32, 0), /^where: .*\[2, 3\].*\[3, 2\]/],
  ['where of two numbers', () => g.where(flags, 1, 0), /^where: .*tensor/],
  ['sumTo a shape that was not broadcast', () => g.sumTo(m23, [3, 3]), /^sumTo: .*\[2, 3\].*\[3, 3\]/],
  ['gemm of a vector', () => g.gemm(v4, m23), /^gemm: .*float32\[4\]/],
  ['gemm that does not multiply', () => g.gemm(m23, m23), /^gemm: float32\[2, 3\] and float32\[2, 3\] do not multiply/],
  [
    'gemm transposed',
    () => g.gemm(m23, m32, { transposeA: true }),
    /^gemm: float32\[2, 3\] transposed and float32\[3, 2\]/,
  ],
  ['gemm of types that differ', () => g.gemm(m32, double), /^gemm: .*float64/],
  ['gemm plus too large', () => g.gemm(m23, m32, { plus: m23 }), /^gemm: .*float32\[2, 3\].*\[2, 2\]/],
  [
    'gemm plus of another type',
    () => g.gemm(m32, m23, { plus: graph.input('p', [3], 'float64') }),
    /^gemm: .*float64\[3\]/,
  ],
  ['matmul of a vector', () => g.matmul(v4, m23), /^matmul: .*float32\[4\]/],
  ['matmul that does not multiply', () => g.matmul(m23, m23), /^matmul: float32\[2, 3\] and float32\[2, 3\]/],
  [
    'matmul of batches that do not broadcast',
    () => g.matmul(images, graph.input('b', [4, 8, 8])),
    /^matmul: .*\[2, 3\].*\[4\]/,
  ],
  ['matrixTranspose of a vector', () => g.matrixTranspose(v4), /^matrixTranspose: .*float32\[4\]/],
  ['sum over an axis that is not there', () => g.sum(m23, 2), /^sum: axis 2 .*\[2, 3\]/],
  ['mean over an axis that is not there', () => g.mean(m23, [0, -3]), /axis -3 .*\[2, 3\]/],
  ['sum over one axis twice', () => g.sum(m23, [1, -1]), /^sum: .*\[1,-1\].*\[2, 3\] twice/],
  ['maxKeep over an axis that is not there', () => g.maxKeep(m23, 5), /axis 5 .*\[2, 3\]/],
  ['softmax over an axis that is not there', () => g.softmax(m23, 5), /axis 5 .*\[2, 3\]/],
  ['reshape to another number of elements', () => g.reshape(m23, [4]), /^reshape: float32\[2, 3\].*\[4\]/],
  ['reshape to a negative shape', () => g.reshape(m23, [-2, -3]), /^reshape: .*\[-2, -3\]/],
  ['transpose by too few axes', () => g.transpose(m23, [0]), /^transpose: \[0\].*float32\[2, 3\]/],
  ['transpose by an axis twice', () => g.transpose(m23, [0, 0]), /^transpose: \[0,0\].*float32\[2, 3\]/],
  ['expand to a smaller shape', () => g.expand(m23, [1, 3]), /^expand: float32\[2, 3\].*\[1, 3\]/],
  ['expand to another shape', () => g.expand(m23, [4, 3]), /^expand: .*\[2, 3\].*\[4, 3\]/],
  ['concat of nothing', () => g.concat([], 0), /^concat: nothing/],
  [
    'concat of shapes that do not join',
    () => g.concat([m23, m32], 0),
    /^concat: float32\[2, 3\] and float32\[3, 2\].*axis 0/,
  ],
  ['concat of types that differ', () => g.concat([m23, ints], 0), /^concat: .*int32/],
  ['concat along an axis that is not there', () => g.concat([m23, m23], 2), /^concat: axis 2/],
  ['split into lengths that do not add up', () => g.split(m23, 1, [1, 1]), /^split: .*\[1,1\].*float32\[2, 3\]/],
  ['split into a length below 1', () => g.split(m23, 1, [4, -1]), /^split: .*\[4,-1\].*float32\[2, 3\]/],
  ['slice outside', () => g.slice(m23, 1, 2, 4), /^slice: 2:4 .*float32\[2, 3\]/],
  ['slice of nothing', () => g.slice(m23, 1, 2, 2), /^slice: 2:2/],
  ['slice between elements', () => g.slice(m23, 1, 0.5, 2), /^slice: 0\.5:2/],
  ['pad by a negative number', () => g.pad(m23, 1, -1, 2), /^pad: .*-1.*float32\[2, 3\]/],
  ['pad along an axis that is not there', () => g.pad(m23, 2, 1, 1), /^pad: axis 2/],
  ['stack of nothing', () => g.stack([], 0), /^stack: nothing/],
  ['stack of shapes that differ', () => g.stack([m23, m32], 0), /^stack: float32\[2, 3\] and float32\[3, 2\]/],
  ['stack along an axis that is not there', () => g.stack([m23], 3), /^stack: axis 3/],
  ['unstack along an axis that is not there', () => g.unstack(m23, 2), /^unstack: axis 2/],
  [
    'gatherRows of a row that is not there',
    () => g.gatherRows(m23, Int32Array.of(0, 2)),
    /^gatherRows: row 2 .*float32\[2, 3\]/,
  ],
  ['gatherRows of a row below −1', () => g.gatherRows(m23, Int32Array.of(-2)), /^gatherRows: row -2/],
  ['gatherRows of a vector', () => g.gatherRows(v4, Int32Array.of(0)), /^gatherRows: .*float32\[4\]/],
  [
    'permute by an order of another length',
    () => g.permute(m23, 1, order3, order4),
    /^permute: .*int32\[3\].*int32\[4\]/,
  ],
  ['permute by numbers that are no integers', () => g.permute(m23, 1, v4, v4), /^permute: .*float32\[4\]/],
  ['conv2d of a matrix', () => g.conv2d(m23, kernels, s2p1), /^conv2d: .*float32\[2, 3\]/],
  ['conv2d by kernels that are not square', () => g.conv2d(images, tall, s2p1), /^conv2d: .*float32\[4, 3, 4, 3\]/],
  ['conv2d of other channels', () => g.conv2d(kernels, images, s2p1), /^conv2d: /],
  [
    'conv2d of channels that differ',
    () => g.conv2d(graph.input('two', [2, 2, 8, 8]), kernels, s2p1),
    /^conv2d: .*\[2, 2, 8, 8\].*\[4, 3, 4, 4\].*channels/,
  ],
  [
    'conv2d by kernels too large',
    () => g.conv2d(graph.input('tiny', [1, 3, 1, 1]), kernels, { stride: 1, padding: 0 }),
    /^conv2d: .*do not fit/,
  ],
  ['conv2d of types that differ', () => g.conv2d(images, doubleKernels, s2p1), /^conv2d: .*float32.*float64/],
  ['conv2d with stride 0', () => g.conv2d(images, kernels, { stride: 0, padding: 1 }), /^conv2d: .*stride 0/],
  [
    'conv2d with negative padding',
    () => g.conv2d(images, kernels, { stride: 1, padding: -1 }),
    /^conv2d: .*padding -1/,
  ],
  [
    'convTranspose2d of channels that differ',
    () => g.convTranspose2d(images, kernels, s2p1),
    /^convTranspose2d: .*channels/,
  ],
  ['convTranspose2d of a matrix', () => g.convTranspose2d(m23, kernels, s2p1), /^convTranspose2d: .*float32\[2, 3\]/],
  [
    'convTranspose2d to a size it cannot have',
    () => g.convTranspose2d(graph.input('four', [2, 4, 8, 8]), kernels, s2p1, [18, 18]),
    /^convTranspose2d: .*18×18/,
  ],
  [
    'convTranspose2d of types that differ',
    () => g.convTranspose2d(graph.input('f', [2, 4, 8, 8]), doubleKernels, s2p1),
    /^convTranspose2d: .*float64/,
  ],
  ['constant of too few values', () => graph.constant([1, 2], [3]), /^constant: 2 values .*\[3\]/],
  ['input of no shape', () => graph.input('bad', [2.5]), /^input: .*\[2\.5\]/],
];

describe('a bad call says which operation and which shapes', () => {
  test.each(calls)('%s', (name, call, message) => {
    const error = thrownBy(call);
    expect(error).toBeInstanceOf(CdsvaeError);
    expect(error.code).toBe('graph');
    expect(error.message).toMatch(message);
    // Every message starts with the operation as its caller wrote it.
    const op = name.split(' ')[0]!;
    if (op in g) expect(error.message).toMatch(new RegExp(`^${op}: `));
  });

  test('and leaves nothing in the graph', () => {
    const fresh = new g.Graph();
    const a = fresh.input('a', [2, 3]);
    const b = fresh.input('b', [4]);
    for (const op of [g.add, g.mul, g.less]) expect(() => op(a, b)).toThrow();
    expect(fresh.nodes).toHaveLength(0);
  });
});

function thrownBy(call: () => unknown): CdsvaeError {
  try {
    call();
  } catch (error) {
    return error as CdsvaeError;
  }
  return expect.fail('nothing was thrown');
}
