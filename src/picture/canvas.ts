/** An opaque RGB picture: `data` is uint8 `[height, width, 3]`, row by row from the top left. */
export interface Picture {
  width: number;
  height: number;
  data: Uint8Array;
}

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** A picture under the brush: rectangles and blended pixels. What falls outside the canvas is cut off. */
export class Canvas implements Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;

  /** A canvas of `width` × `height` pixels, all of the colour `background`. */
  constructor(width: number, height: number, background: Rgb) {
    this.width = width;
    this.height = height;
    this.data = new Uint8Array(width * height * 3);
    this.fill(0, 0, width, height, background);
  }

  /** The colour at column x, row y; both must be inside. */
  at(x: number, y: number): Rgb {
    const i = (y * this.width + x) * 3;
    return [this.data[i]!, this.data[i + 1]!, this.data[i + 2]!];
  }

  /** Mixes `colour` into one pixel; `coverage` 0 leaves the pixel, 1 replaces it. */
  blend(x: number, y: number, colour: Rgb, coverage = 1): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const i = (y * this.width + x) * 3;
    for (let c = 0; c < 3; c++) {
      const old = this.data[i + c]!;
      this.data[i + c] = Math.round(old + (colour[c]! - old) * coverage);
    }
  }

  /** Fills the rectangle whose top left pixel is (x, y). */
  fill(x: number, y: number, width: number, height: number, colour: Rgb): void {
    for (let j = Math.max(0, y); j < Math.min(this.height, y + height); j++) {
      for (let i = Math.max(0, x); i < Math.min(this.width, x + width); i++)
        this.data.set(colour, (j * this.width + i) * 3);
    }
  }

  /**
   * Fills a rectangle with round corners.
   *
   * @param paint the colour, or a function of the pixel for patterns
   */
  fillRound(
    x: number,
    y: number,
    width: number,
    height: number,
    radius: number,
    paint: Rgb | ((x: number, y: number) => Rgb),
  ): void {
    for (let j = 0; j < height; j++) {
      for (let i = 0; i < width; i++) {
        // Distance of the pixel's centre to the rectangle of the corners' centres.
        const dx = Math.max(0, Math.abs(i + 0.5 - width / 2) - (width / 2 - radius));
        const dy = Math.max(0, Math.abs(j + 0.5 - height / 2) - (height / 2 - radius));
        const coverage = Math.min(1, radius + 0.5 - Math.hypot(dx, dy));
        if (coverage <= 0) continue;
        this.blend(x + i, y + j, typeof paint === 'function' ? paint(x + i, y + j) : paint, coverage);
      }
    }
  }

  /** Copies another picture in, its top left corner at (x, y). */
  draw(picture: Picture, x: number, y: number): void {
    const left = Math.max(0, -x);
    const right = Math.min(picture.width, this.width - x);
    if (right <= left) return;
    for (let j = Math.max(0, -y); j < Math.min(picture.height, this.height - y); j++) {
      const row = picture.data.subarray((j * picture.width + left) * 3, (j * picture.width + right) * 3);
      this.data.set(row, ((y + j) * this.width + x + left) * 3);
    }
  }
}
