/** A minimal reader of TensorBoard event files that shares no code with the writer; only for tests. */

/** What an event holds; fields it does not have are left out. */
export interface ReadEvent {
  wallTime: number;
  step: number;
  fileVersion?: string;
  scalars?: Record<string, number>;
  image?: { tag: string; width: number; height: number; channels: number; png: Uint8Array };
  sessionStart?: true;
}

/**
 * Reads every event.
 *
 * @param bytes a whole file
 * @param torn what to do with a last record that is cut short: an error, or leave it out as TensorBoard does
 * @throws Error at a wrong checksum or a record cut short
 */
export function readEvents(bytes: Uint8Array, torn: 'error' | 'skip' = 'error'): ReadEvent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const events: ReadEvent[] = [];
  for (let at = 0; at < bytes.length; ) {
    const whole = at + 12 <= bytes.length;
    if (whole && view.getUint32(at + 8, true) !== masked(bytes.subarray(at, at + 8)))
      throw new Error('length checksum');
    const length = whole ? Number(view.getBigUint64(at, true)) : 0;
    if (!whole || at + 16 + length > bytes.length) {
      if (torn === 'skip') break;
      throw new Error('record cut short');
    }
    const data = bytes.subarray(at + 12, at + 12 + length);
    if (view.getUint32(at + 12 + length, true) !== masked(data)) throw new Error('data checksum');
    events.push(readEvent(data));
    at += 16 + length;
  }
  return events;
}

/**
 * The scalar curves of a folder's event files, given in the order of their names, as TensorBoard shows them: a session start
 * discards what was said before of its step and later ones.
 */
export function readCurves(files: readonly Uint8Array[]): Record<string, [step: number, value: number][]> {
  const curves: Record<string, [number, number][]> = {};
  for (const event of files.flatMap((bytes) => readEvents(bytes, 'skip'))) {
    if (event.sessionStart) {
      for (const tag of Object.keys(curves)) curves[tag] = curves[tag]!.filter(([step]) => step < event.step);
    }
    for (const [tag, value] of Object.entries(event.scalars ?? {})) {
      curves[tag] ??= [];
      curves[tag].push([event.step, value]);
    }
  }
  return curves;
}

function readEvent(data: Uint8Array): ReadEvent {
  const event: ReadEvent = { wallTime: 0, step: 0 };
  for (const [number, value] of fields(data)) {
    if (number === 1) event.wallTime = new DataView(copy(value)).getFloat64(0, true);
    else if (number === 2) event.step = Number(value);
    else if (number === 3) event.fileVersion = new TextDecoder().decode(value as Uint8Array);
    else if (number === 5) readSummary(value as Uint8Array, event);
    else if (number === 7) {
      if (fields(value as Uint8Array).some(([n, v]) => n === 1 && v === 1n)) event.sessionStart = true;
    } else throw new Error(`unexpected field ${number}`);
  }
  return event;
}

function readSummary(data: Uint8Array, event: ReadEvent): void {
  for (const [, bytes] of fields(data)) {
    const value = new Map(fields(bytes as Uint8Array));
    const tag = new TextDecoder().decode(value.get(1) as Uint8Array);
    const picture = value.get(4);
    if (picture !== undefined) {
      const image = new Map(fields(picture as Uint8Array));
      const [height, width, channels] = [1, 2, 3].map((n) => Number(image.get(n))) as [number, number, number];
      event.image = { tag, width, height, channels, png: new Uint8Array(copy(image.get(4))) };
    } else {
      event.scalars ??= {};
      event.scalars[tag] = new DataView(copy(value.get(2))).getFloat32(0, true);
    }
  }
}

/** Field numbers with their values: varints as integers, everything else as bytes. */
function fields(data: Uint8Array): [number: number, value: bigint | Uint8Array][] {
  const found: [number, bigint | Uint8Array][] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = data[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < data.length) {
    const key = Number(varint());
    const type = key & 7;
    if (type === 0) {
      found.push([key >> 3, varint()]);
      continue;
    }
    const length = type === 1 ? 8 : type === 5 ? 4 : Number(varint());
    found.push([key >> 3, data.subarray(at, at + length)]);
    at += length;
  }
  return found;
}

/** CRC-32C bit by bit, in exact integers, then masked. */
function masked(data: Uint8Array): number {
  let crc = 0xffffffffn;
  for (const byte of data) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n;
  }
  crc ^= 0xffffffffn;
  return Number((((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

/** A copy whose memory is its own (the slice of a Node Buffer is not). */
function copy(value: bigint | Uint8Array | undefined): ArrayBuffer {
  return Uint8Array.from(value as Uint8Array).buffer;
}
