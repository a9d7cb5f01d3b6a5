/** A voice in small, at 16 kHz: a gliding tone with overtones that swells and fades. */
export function voice(length: number, pitch = 150): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    const t = i / 16_000;
    const phase = 2 * Math.PI * (pitch * t + 200 * t * t);
    const swell = Math.sin((Math.PI * i) / length);
    return 0.2 * swell * [1, 2, 3, 5, 8].reduce((sum, k) => sum + Math.sin(k * phase) / k, 0);
  });
}
