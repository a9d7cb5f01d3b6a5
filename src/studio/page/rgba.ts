/** Pictures without transparency as a canvas takes them. */

/** uint8 `[…, 3]` as `[…, 4]`, opaque. */
export function withAlpha(rgb: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array((rgb.length / 3) * 4).fill(255);
  for (let i = 0, j = 0; i < rgb.length; i += 3, j += 4) {
    out[j] = rgb[i]!;
    out[j + 1] = rgb[i + 1]!;
    out[j + 2] = rgb[i + 2]!;
  }
  return out;
}

/** A picture, uint8 `[height, width, 3]`, as a canvas draws it. */
export function imageOf(rgb: Uint8Array, width: number, height: number): ImageData {
  return new ImageData(new Uint8ClampedArray(withAlpha(rgb).buffer), width, height);
}
