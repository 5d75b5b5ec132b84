/** Adds whole numbers up to 2^53 - 1 exactly. Small ones stay in a double: a BigInt for each would triple the cost. */
export class ExactSum {
  #big = 0n
  #small = 0

  add(amount: number | bigint): void {
    if (typeof amount === 'bigint' || amount > 0xffff_ffff) {
      this.#big += BigInt(amount)
      return
    }
    this.#small += amount
    if (this.#small > 2 ** 52) {
      this.#big += BigInt(this.#small)
      this.#small = 0
    }
  }

  total(): bigint {
    return this.#big + BigInt(this.#small)
  }
}
