/** Matrices of C×C numbers, row by row: what a change of colour does to the channels of a pixel, y = M·x. */
export type ColourMatrix = readonly number[];

/** Shares of red, green and blue in luma (ITU-R BT.601). */
export const LUMA: readonly number[] = [0.299, 0.587, 0.114];

/** Weights of the channels in a pixel's luma: {@link LUMA} for colour, equal ones for any other number of channels. */
export function lumaWeights(channels: number): readonly number[] {
  return channels === 3 ? LUMA : new Array<number>(channels).fill(1 / channels);
}

/** The matrix that changes nothing. */
export function identityMatrix(channels: number): ColourMatrix {
  return Array.from({ length: channels * channels }, (_, i) => (i % (channels + 1) === 0 ? 1 : 0));
}

/** Distance to luma times `factor`: 0 is grey, 1 no change. */
export function saturationMatrix(factor: number): ColourMatrix {
  return identityMatrix(3).map((one, i) => factor * one + (1 - factor) * LUMA[i % 3]!);
}

/** From red, green and blue to luma Y and the chroma pair I and Q (NTSC, FCC 1953); YIQ to RGB is its inverse. */
const RGB_TO_YIQ: ColourMatrix = [...LUMA, 0.595716, -0.274453, -0.321263, 0.211456, -0.522591, 0.311135];
const YIQ_TO_RGB = inverse3(RGB_TO_YIQ);

/** Turns the chroma pair by an angle in radians; luma and greys stay as they are. */
export function hueMatrix(angle: number): ColourMatrix {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return multiply(YIQ_TO_RGB, multiply([1, 0, 0, 0, c, -s, 0, s, c], RGB_TO_YIQ, 3), 3);
}

/**
 * (1 − amount)·I + amount·R, R's rows being shares.
 *
 * @param raw C·C positive numbers; R is these with every row divided by its sum
 */
export function mixMatrix(amount: number, raw: readonly number[], channels: number): ColourMatrix {
  const identity = identityMatrix(channels);
  const rowSum = (row: number) => raw.slice(row * channels, (row + 1) * channels).reduce((a, b) => a + b, 0);
  return raw.map((v, i) => (1 - amount) * identity[i]! + (amount * v) / rowSum(Math.floor(i / channels)));
}

/** a·b for n×n matrices. */
export function multiply(a: ColourMatrix, b: ColourMatrix, n: number): ColourMatrix {
  return Array.from({ length: n * n }, (_, i) => {
    const [row, column] = [Math.floor(i / n), i % n];
    let sum = 0;
    for (let k = 0; k < n; k++) sum += a[row * n + k]! * b[k * n + column]!;
    return sum;
  });
}

/** Inverse of a 3×3 matrix by its adjugate. */
function inverse3(m: ColourMatrix): ColourMatrix {
  const at = (row: number, column: number) => m[(row % 3) * 3 + (column % 3)]!;
  // With indices taken modulo 3 the signs of the cofactors come out by themselves.
  const cofactor = (r: number, c: number) => at(r + 1, c + 1) * at(r + 2, c + 2) - at(r + 1, c + 2) * at(r + 2, c + 1);
  const determinant = at(0, 0) * cofactor(0, 0) + at(0, 1) * cofactor(0, 1) + at(0, 2) * cofactor(0, 2);
  return Array.from({ length: 9 }, (_, i) => cofactor(i % 3, Math.floor(i / 3)) / determinant);
}
