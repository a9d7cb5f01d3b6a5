import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { CdsvaeError } from '../errors.js';

/**
 * TensorBoard event files: a sequence of TFRecords, each one an `Event` message.
 *
 * Messages: tensorboard/compat/proto/event.proto and summary.proto of TensorBoard. Every function returns a whole framed
 * record; a file is such records one after the other, {@link fileVersionRecord} first.
 */

/** When, and at which training step, an event happened. */
export interface EventTime {
  /** Seconds since 1970, with fraction. */
  wallTime: number;
  /** Training steps done, from 0. */
  step: number;
}

/** Field numbers of `Event`, `Summary.Value` and `Summary.Image`. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 } as const;
const VALUE = { tag: 1, simpleValue: 2, image: 4 } as const;
const IMAGE = { height: 1, width: 2, colorspace: 3, encoded: 4 } as const;
const SESSION_START = 1;

/** The record every event file begins with. */
export function fileVersionRecord(wallTime: number): Uint8Array {
  return eventRecord({ wallTime, step: 0 }, (w) =>
    w.tag(EVENT.fileVersion, WireType.LengthDelimited).string('brain.Event:2'),
  );
}

/**
 * Tells TensorBoard that the run was started again from a checkpoint: what earlier files say of `step` and later steps is
 * discarded (`SessionLog.START`; TensorBoard's event accumulator calls it a purge).
 *
 * @param time whose step is the first one that will be written again
 */
export function sessionStartRecord(time: EventTime): Uint8Array {
  return eventRecord(time, (w) =>
    w.tag(EVENT.sessionLog, WireType.LengthDelimited).fork().tag(1, WireType.Varint).int32(SESSION_START).join(),
  );
}

/**
 * One point of each of several curves.
 *
 * @param values by tag, such as `train/loss`; stored as float32, NaN and infinities included
 */
export function scalarsRecord(time: EventTime, values: Readonly<Record<string, number>>): Uint8Array {
  return eventRecord(time, (w) => {
    w.tag(EVENT.summary, WireType.LengthDelimited).fork();
    for (const [tag, value] of Object.entries(values)) {
      w.tag(1, WireType.LengthDelimited).fork();
      w.tag(VALUE.tag, WireType.LengthDelimited).string(tag);
      // BinaryWriter refuses finite numbers beyond float32; a diverging loss is to be seen, so it becomes infinite.
      w.tag(VALUE.simpleValue, WireType.Bit32).float(Math.fround(value));
      w.join();
    }
    w.join();
  });
}

/**
 * A picture.
 *
 * @param tag such as `samples/swap`
 * @param png a PNG file
 * @throws CdsvaeError `input` where the bytes do not begin as a PNG file does
 */
export function imageRecord(time: EventTime, tag: string, png: Uint8Array): Uint8Array {
  const { width, height, channels } = pngSize(png, tag);
  return eventRecord(time, (w) => {
    w.tag(EVENT.summary, WireType.LengthDelimited).fork();
    w.tag(1, WireType.LengthDelimited).fork();
    w.tag(VALUE.tag, WireType.LengthDelimited).string(tag);
    w.tag(VALUE.image, WireType.LengthDelimited).fork();
    w.tag(IMAGE.height, WireType.Varint).int32(height);
    w.tag(IMAGE.width, WireType.Varint).int32(width);
    w.tag(IMAGE.colorspace, WireType.Varint).int32(channels);
    w.tag(IMAGE.encoded, WireType.LengthDelimited).bytes(png);
    w.join().join().join();
  });
}

/**
 * Frames bytes as a TFRecord: length, masked CRC of the length, the bytes, masked CRC of the bytes, all little-endian.
 * Source: tensorflow/core/lib/io/record_writer.h.
 */
export function tfRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.byteLength + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.byteLength), true);
  view.setUint32(8, maskCrc(crc32c(record.subarray(0, 8))), true);
  record.set(data, 12);
  view.setUint32(12 + data.byteLength, maskCrc(crc32c(data)), true);
  return record;
}

/** The CRC-32C (Castagnoli) checksum, RFC 3720 section 12.1: polynomial 0x1EDC6F41 reflected, as an unsigned integer. */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < data.length; i++) crc = CRC_TABLE[(crc ^ data[i]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Rotated and shifted, so that a checksum stored within checked data does not weaken it (LevelDB's `crc32c::Mask`). */
export function maskCrc(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

function eventRecord({ wallTime, step }: EventTime, writeWhat: (w: BinaryWriter) => void): Uint8Array {
  const w = new BinaryWriter();
  w.tag(EVENT.wallTime, WireType.Bit64).double(wallTime);
  // Proto3 leaves zeros out.
  if (step !== 0) w.tag(EVENT.step, WireType.Varint).int64(step);
  writeWhat(w);
  return tfRecord(w.finish());
}

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Channels by PNG colour type: grey, RGB, palette (shown as RGB), grey with alpha, RGBA. */
const PNG_CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };

/** Size and channels from the header chunk, which the PNG standard puts first. */
function pngSize(png: Uint8Array, tag: string): { width: number; height: number; channels: number } {
  const channels = png.length >= 26 && PNG_SIGNATURE.every((b, i) => png[i] === b) ? PNG_CHANNELS[png[25]!] : undefined;
  if (channels === undefined)
    throw new CdsvaeError('input', `picture "${tag}": a PNG file expected, something else found`);
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  return { width: view.getUint32(16), height: view.getUint32(20), channels };
}
