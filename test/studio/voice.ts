/** A voice in small, at 16 kHz: a gliding tone with overtones that swells and fades. */
export function voice(length: number, pitch = 150): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    const t = i / 16_000;
    const phase = 2 * Math.PI * (pitch * t + 200 * t * t);
    const swell = Math.sin((Math.PI * i) / length);
    return 0.2 * swell * [1, 2, 3, 5, 8].reduce((sum, k) => sum + Math.sin(k * phase) / k, 0);
  });
}

/** Samples at 16 kHz as a WAVE file of 16 bits. */
export function wavBytes(samples: Float32Array): Buffer {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(16_000, 24);
  bytes.writeUInt32LE(32_000, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((v, i) => {
    bytes.writeInt16LE(Math.round(v * 32767), 44 + 2 * i);
  });
  return bytes;
}
