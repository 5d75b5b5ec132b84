// SHA-256 (FIPS 180-4) in plain numbers: the sandbox has no cryptography, and a Bitcoin address carries such a checksum.

const roundConstants = new Uint32Array(64)
const startState = new Uint32Array(8)
{
  // The first 32 bits of the fractional parts of the cube and square roots of the first primes.
  const fraction = (root) => Math.floor((root - Math.floor(root)) * 2 ** 32)
  for (let number = 2, found = 0; found < 64; number++) {
    let prime = true
    for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) prime = false
    if (!prime) continue
    if (found < 8) startState[found] = fraction(Math.sqrt(number))
    roundConstants[found++] = fraction(Math.cbrt(number))
  }
}

/** @param {Uint8Array} message @returns {Uint8Array} 32 bytes */
export function sha256(message) {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64)
  padded.set(message)
  padded[message.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 4, message.length * 8)
  const state = Uint32Array.from(startState)
  const words = new Uint32Array(64)
  for (let block = 0; block < padded.length; block += 64) {
    for (let at = 0; at < 16; at++) words[at] = view.getUint32(block + at * 4)
    for (let at = 16; at < 64; at++) {
      const early = words[at - 15]
      const late = words[at - 2]
      const s0 = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3)
      const s1 = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10)
      words[at] = words[at - 16] + s0 + words[at - 7] + s1
    }
    let [a, b, c, d, e, f, g, h] = state
    for (let at = 0; at < 64; at++) {
      const mixed =
        h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + roundConstants[at] + words[at]
      const major = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))
      h = g
      g = f
      f = e
      e = (d + mixed) | 0
      d = c
      c = b
      b = a
      a = (mixed + major) | 0
    }
    for (const [at, value] of [a, b, c, d, e, f, g, h].entries()) state[at] += value
  }
  const digest = new Uint8Array(32)
  for (const [at, word] of state.entries()) new DataView(digest.buffer).setUint32(at * 4, word)
  return digest
}

function turn(word, bits) {
  return (word >>> bits) | (word << (32 - bits))
}
