import { expand, matmul, reshape, type Tensor } from '../../../graph/index.js';
import { powerOfTwoNearRoot } from './wide-rows.js';

/**
 * Rows of C channels, those of one image together, looked at as fewer, wider rows an image: `[k·P, C]` as `[k, P/r, r·C]`, r near
 * √P; see `WideRows` for why. For what each image has of its own.
 */
export class ImageRows {
  readonly #r: number;
  readonly #pixels: number;

  /**
   * @param images k
   * @param rows k·P
   */
  constructor(
    readonly images: number,
    readonly rows: number,
    readonly channels: number,
  ) {
    this.#pixels = rows / images;
    this.#r = powerOfTwoNearRoot(this.#pixels);
  }

  of(x: Tensor): Tensor {
    return reshape(x, [this.images, this.#pixels / this.#r, this.#r * this.channels]);
  }

  back(x: Tensor): Tensor {
    return reshape(x, [this.rows, this.channels]);
  }

  /** `[k, C]` as one wide row an image. */
  repeat(v: Tensor): Tensor {
    const wide = expand(reshape(v, [this.images, 1, this.channels]), [this.images, this.#r, this.channels]);
    return reshape(wide, [this.images, 1, this.#r * this.channels]);
  }

  /** Sum over the pixels of each image, `[k, C]`. */
  sums(wide: Tensor): Tensor {
    const partial = reshape(onesTimes(wide), [this.images, this.#r, this.channels]);
    return reshape(onesTimes(partial), [this.images, this.channels]);
  }
}

/** Sum of the rows of each matrix, `[k, 1, C]`, as a product with a row of ones. */
function onesTimes(x: Tensor): Tensor {
  return matmul(x.graph.constant(1, [1, x.shape[1]!], x.type), x);
}
