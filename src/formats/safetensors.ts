import { CdsvaeError } from '../errors.js';
import { HalfBits } from './half.js';
import { parseStrictJson, type StrictJson } from './strict-json.js';

/**
 * Safetensors files: 8 bytes of header length (little-endian), a JSON header naming type, shape and byte range of every
 * tensor, and their bytes, back to back. Format: https://github.com/huggingface/safetensors#format. What the reference
 * refuses is refused here too, so that no file means one thing to us and another to PyTorch.
 *
 * Numbers are little-endian in the file and taken as they are: every platform of ONNX Runtime is little-endian.
 */

/** A tensor's numbers, row-major, with its shape; an empty shape is a scalar. The type is that of the array. */
export interface NamedTensor {
  shape: readonly number[];
  data: Float32Array | Float64Array | HalfBits | BigInt64Array | Int32Array | Uint8Array;
}

/** What a file holds: tensors by name in the order of the header, and free text. */
export interface Safetensors {
  tensors: Map<string, NamedTensor>;
  metadata: Record<string, string>;
}

/** The reference's bound on the header: a larger one is an attempt to exhaust the reader. In bytes. */
const LARGEST_HEADER = 100_000_000;

const TYPES = {
  F32: Float32Array,
  F64: Float64Array,
  F16: HalfBits,
  I64: BigInt64Array,
  I32: Int32Array,
  U8: Uint8Array,
} as const;
type TypeName = keyof typeof TYPES;

/**
 * Encodes tensors as the bytes of a safetensors file.
 *
 * @param tensors by name; the header keeps their order, their bytes are laid out widest type first, so that every tensor is
 *   aligned to its type
 * @param metadata free text, kept under `__metadata__`
 * @throws CdsvaeError `input` where a shape does not match its data, or a tensor is named `__metadata__`
 *
 * @example
 * const bytes = encodeSafetensors(new Map([['w', { shape: [2, 1], data: Float32Array.of(1, 2) }]]), { format: 'pt' });
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const parts = safetensorsParts(tensors, metadata);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}

/**
 * The same bytes in pieces, to be written one after the other: header first, then views of the tensors' own memory, so that
 * saving a large model needs no second copy of it. Parameters and errors as in {@link encodeSafetensors}.
 */
export function safetensorsParts(
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  // Widest first; the sort is stable, so tensors of one width stay in the order given.
  const layout = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  const begins = new Map<string, number>();
  let end = 0;
  for (const [name, { data }] of layout) {
    begins.set(name, end);
    end += data.byteLength;
  }

  const entries: string[] = [];
  if (Object.keys(metadata).length > 0) entries.push(`"__metadata__":${JSON.stringify(metadata)}`);
  for (const [name, { shape, data }] of tensors) {
    if (name === '__metadata__') throw new CdsvaeError('input', 'a tensor cannot be named "__metadata__"');
    if (elements(shape) !== data.length) {
      throw new CdsvaeError('input', `tensor "${name}": shape [${shape.join(', ')}] with ${data.length} numbers`);
    }
    const begin = begins.get(name)!;
    const entry = { dtype: typeOf(data), shape, data_offsets: [begin, begin + data.byteLength] };
    entries.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  }

  const json = new TextEncoder().encode(`{${entries.join(',')}}`);
  const padded = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(8 + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(json, 8);
  return [header, ...layout.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
}

/**
 * Decodes the bytes of a safetensors file.
 *
 * @param bytes the whole file; tensors aligned to their type are views of it, others are copies
 * @param source names the file in errors
 * @throws CdsvaeError `input` where the bytes are not a valid file or hold a type other than F32, F64, F16, I64, I32 and U8
 */
export function decodeSafetensors(bytes: Uint8Array, source = 'safetensors'): Safetensors {
  const { header, data } = splitHeader(bytes, source);
  let metadata: Record<string, string> = {};
  const ranges: Range[] = [];
  for (const [name, entry] of header) {
    if (name === '__metadata__') metadata = decodeMetadata(entry, source);
    else ranges.push(decodeEntry(name, entry, source));
  }
  checkRanges(ranges, data.byteLength, source);
  const tensors = new Map<string, NamedTensor>();
  for (const { name, type, shape, begin, end } of ranges) {
    tensors.set(name, { shape, data: viewOf(type, data.subarray(begin, end)) });
  }
  return { tensors, metadata };
}

interface Range {
  name: string;
  type: TypeName;
  shape: number[];
  /** First byte and one past the last, counted from the end of the header. */
  begin: number;
  end: number;
}

function splitHeader(bytes: Uint8Array, source: string): { header: Map<string, StrictJson>; data: Uint8Array } {
  const fail = (what: string): never => {
    throw new CdsvaeError('input', `${source}: not a safetensors file: ${what}`);
  };
  if (bytes.byteLength < 8) fail(`${bytes.byteLength} bytes found, at least 8 expected`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > LARGEST_HEADER) fail(`a header of ${length} bytes found, at most ${LARGEST_HEADER} expected`);
  const end = 8 + Number(length);
  if (end > bytes.byteLength) fail(`a header of ${length} bytes found in a file of ${bytes.byteLength} bytes`);
  if (bytes[8] !== 0x7b) fail('its header does not begin with "{"');
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, end));
  } catch {
    fail('its header is not UTF-8 text');
  }
  const header = parseStrictJson(text, source) as Map<string, StrictJson>;
  return { header, data: bytes.subarray(end) };
}

function decodeMetadata(entry: StrictJson, source: string): Record<string, string> {
  if (!(entry instanceof Map) || [...entry.values()].some((v) => typeof v !== 'string')) {
    throw new CdsvaeError('input', `${source}: __metadata__ is not an object of strings`);
  }
  return Object.fromEntries(entry as Map<string, string>);
}

function decodeEntry(name: string, entry: StrictJson, source: string): Range {
  const fail = (what: string): never => {
    throw new CdsvaeError('input', `${source}: tensor "${name}": ${what}`);
  };
  if (!(entry instanceof Map)) return fail('an object with dtype, shape and data_offsets expected');
  const dtype = entry.get('dtype');
  if (typeof dtype !== 'string' || !Object.hasOwn(TYPES, dtype)) {
    return fail(`dtype ${JSON.stringify(dtype)} found, one of ${Object.keys(TYPES).join(', ')} expected`);
  }
  const type = dtype as TypeName;
  const shape = entry.get('shape');
  if (!isSizes(shape)) return fail('its shape is not a list of sizes');
  const offsets = entry.get('data_offsets');
  if (!isSizes(offsets) || offsets.length !== 2) return fail('its data_offsets are not two positions');
  const [begin, end] = offsets as [number, number];
  const bytes = elements(shape) * TYPES[type].BYTES_PER_ELEMENT;
  if (!Number.isSafeInteger(bytes)) fail(`shape [${shape.join(', ')}] holds more numbers than can be counted`);
  if (end - begin !== bytes) {
    fail(`${bytes} bytes expected for shape [${shape.join(', ')}] of ${type}, data_offsets [${begin}, ${end}] found`);
  }
  return { name, type, shape, begin, end };
}

/** The tensors must cover the data exactly: no overlap (a small file that unfolds into a large one), no hole, no rest. */
function checkRanges(ranges: readonly Range[], length: number, source: string): void {
  let expected = 0;
  for (const { name, begin, end } of [...ranges].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== expected) {
      const fault = begin < expected ? 'overlaps the tensor before it' : 'leaves a hole before it';
      throw new CdsvaeError(
        'input',
        `${source}: tensor "${name}" ${fault}: it begins at byte ${begin}, ${expected} expected`,
      );
    }
    expected = end;
  }
  if (expected !== length) {
    const advice = expected > length ? '; the file is cut short' : '';
    throw new CdsvaeError('input', `${source}: ${length} bytes of tensors found, ${expected} expected${advice}`);
  }
}

function viewOf(type: TypeName, bytes: Uint8Array): NamedTensor['data'] {
  const Type = TYPES[type];
  // Not bytes.slice(): that of a Node Buffer does not copy.
  const aligned = bytes.byteOffset % Type.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  return new Type(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / Type.BYTES_PER_ELEMENT);
}

function typeOf(data: NamedTensor['data']): TypeName {
  for (const [name, Type] of Object.entries(TYPES)) if (data instanceof Type) return name as TypeName;
  throw new CdsvaeError('input', `arrays of type ${(data as object).constructor.name} cannot be saved`);
}

function isSizes(value: StrictJson | undefined): value is number[] {
  return Array.isArray(value) && value.every((n) => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0);
}

/** The number of elements, NaN once the product passes what a number holds exactly (even where a later size is 0). */
function elements(shape: readonly number[]): number {
  let product = 1;
  for (const size of shape) {
    product *= size;
    if (!Number.isSafeInteger(product)) return Number.NaN;
  }
  return product;
}
