import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { DATA_TYPE } from './data-type.js';
import type { Attribute, Graph, Initializer, Node } from './graph.js';
import { isOpen, openName } from './open-batch.js';
import type { ElementType, Shape } from './tensor.js';

const OPSET = 18;
/** ONNX IR version 9, of 2023: every runtime of the last years reads it. */
const IR_VERSION = 9;
/** onnx.AttributeProto.AttributeType */
const ATTRIBUTE = { FLOAT: 1, INT: 2, INTS: 7 };

/**
 * The graph as the bytes of an ONNX model (`onnx.proto3`, field numbers beside each write). Nodes, constants and inputs
 * that no output depends on are left out.
 */
export function encodeOnnx(graph: Graph): Uint8Array<ArrayBuffer> {
  const { nodes, used } = neededNodes(graph);
  const w = new BinaryWriter();
  w.tag(1, 0).int64(IR_VERSION); // ModelProto.ir_version
  w.tag(2, 2).string('cdsvae'); // producer_name
  message(w, 8, () => w.tag(1, 2).string('').tag(2, 0).int64(OPSET)); // opset_import: domain, version
  message(w, 7, () => {
    for (const node of nodes) message(w, 1, () => writeNode(w, node)); // GraphProto.node
    for (const { name, tensor } of graph.outputs) {
      message(w, 1, () =>
        writeNode(w, {
          name: `output ${name}`,
          op: 'Identity',
          inputs: [tensor.name],
          outputs: [name],
          attributes: {},
        }),
      );
    }
    w.tag(2, 2).string('graph'); // name
    for (const c of graph.initializers) if (used.has(c.name)) message(w, 5, () => writeTensor(w, c)); // initializer
    for (const t of graph.inputs)
      if (used.has(t.name)) message(w, 11, () => writeValueInfo(w, t.name, t.type, t.shape)); // input
    for (const { name, tensor } of graph.outputs) {
      message(w, 12, () => writeValueInfo(w, name, tensor.type, tensor.shape)); // output
    }
  });
  return w.finish();
}

function neededNodes(graph: Graph): { nodes: Node[]; used: Set<string> } {
  const used = new Set(graph.outputs.map((o) => o.tensor.name));
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((o) => used.has(o))) continue;
    for (const input of node.inputs) used.add(input);
    nodes.push(node);
  }
  return { nodes: nodes.reverse(), used };
}

function writeNode(w: BinaryWriter, node: Node): void {
  for (const input of node.inputs) w.tag(1, 2).string(input); // input
  for (const output of node.outputs) w.tag(2, 2).string(output); // output
  w.tag(3, 2).string(node.name); // name
  w.tag(4, 2).string(node.op); // op_type
  for (const [name, value] of Object.entries(node.attributes)) message(w, 5, () => writeAttribute(w, name, value)); // attribute
}

function writeAttribute(w: BinaryWriter, name: string, value: Attribute): void {
  w.tag(1, 2).string(name); // name
  if (typeof value === 'number') {
    w.tag(3, 0).int64(value); // i
    w.tag(20, 0).int32(ATTRIBUTE.INT); // type
  } else if ('float' in value) {
    w.tag(2, 5).float(value.float); // f
    w.tag(20, 0).int32(ATTRIBUTE.FLOAT);
  } else {
    for (const v of value) w.tag(8, 0).int64(v); // ints
    w.tag(20, 0).int32(ATTRIBUTE.INTS);
  }
}

function writeTensor(w: BinaryWriter, c: Initializer): void {
  for (const d of c.shape) w.tag(1, 0).int64(d); // dims
  w.tag(2, 0).int32(DATA_TYPE[c.type]); // data_type
  w.tag(8, 2).string(c.name); // name
  w.tag(9, 2).bytes(c.data); // raw_data, little-endian
}

function writeValueInfo(w: BinaryWriter, name: string, type: ElementType, shape: Shape): void {
  w.tag(1, 2).string(name); // name
  // type: tensor_type: elem_type, shape: dim: dim_value or dim_param
  message(w, 2, () =>
    message(w, 1, () => {
      w.tag(1, 0).int32(DATA_TYPE[type]);
      message(w, 2, () => {
        for (const d of shape) {
          message(w, 1, () => (isOpen(d) ? w.tag(2, 2).string(openName(d)) : w.tag(1, 0).int64(d)));
        }
      });
    }),
  );
}

function message(w: BinaryWriter, field: number, write: () => unknown): void {
  w.tag(field, 2).fork();
  write();
  w.join();
}
