/** Reads bits of a byte array, the highest of each byte first. */
export class BitReader {
  /** Byte that is read next, and how many of its bits are used up, 0 to 7. */
  #byte: number;
  #bit = 0;

  constructor(
    readonly bytes: Uint8Array,
    at: number,
  ) {
    this.#byte = at;
  }

  /** The byte that comes next, where reads have ended at one. */
  get at(): number {
    return this.#byte;
  }

  /** An unsigned number of n bits, 0 to 33. @throws RangeError behind the end */
  unsigned(n: number): number {
    let value = 0;
    for (let left = n; left > 0; ) {
      const free = 8 - this.#bit;
      const take = Math.min(free, left);
      value = value * (1 << take) + ((this.#current() >> (free - take)) & ((1 << take) - 1));
      left -= take;
      this.#skip(take);
    }
    return value;
  }

  /** A number of n bits in two's complement. @throws RangeError behind the end */
  signed(n: number): number {
    const value = this.unsigned(n);
    return value >= 2 ** (n - 1) ? value - 2 ** n : value;
  }

  /** How many 0 stand before the next 1, which is read too. @throws RangeError behind the end */
  zeros(): number {
    let count = 0;
    for (;;) {
      const rest = (this.#current() << (24 + this.#bit)) >>> 0;
      const run = Math.clz32(rest);
      if (rest !== 0) {
        this.#skip(run + 1);
        return count + run;
      }
      count += 8 - this.#bit;
      this.#skip(8 - this.#bit);
    }
  }

  /** Goes on to the next whole byte. */
  align(): void {
    if (this.#bit > 0) this.#skip(8 - this.#bit);
  }

  #current(): number {
    if (this.#byte >= this.bytes.length) throw new RangeError('it ends in the middle');
    return this.bytes[this.#byte]!;
  }

  #skip(bits: number): void {
    this.#bit += bits;
    this.#byte += this.#bit >> 3;
    this.#bit &= 7;
  }
}
