import type { ElementType } from './tensor.js';

/** Numbers of types in ONNX files, onnx.TensorProto.DataType. */
export const DATA_TYPE: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
};
