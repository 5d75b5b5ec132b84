import { sha256 } from './sha256.mjs'

const base58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const bech32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'

/** Whether a word is a Bitcoin address whose checksum holds: P2PKH, P2SH (base58), or segwit (BIP 173, BIP 350). */
export function isBitcoinAddress(word) {
  if (/^[13][1-9A-HJ-NP-Za-km-z]{25,34}$/.test(word)) return holdsBase58(word)
  return (
    /^(?:bc1[02-9ac-hj-np-z]{11,87}|BC1[02-9AC-HJ-NP-Z]{11,87})$/.test(word) &&
    holdsBech32(word.toLowerCase())
  )
}

function holdsBase58(word) {
  const bytes = new Uint8Array(25)
  for (const character of word) {
    let carry = base58.indexOf(character)
    for (let at = 24; at >= 0; at--) {
      carry += bytes[at] * 58
      bytes[at] = carry & 255
      carry >>= 8
    }
    if (carry !== 0) return false
  }
  // A leading "1" stands for a zero byte: the version of P2PKH. P2SH has version 5.
  const zeros = /^1*/.exec(word)[0].length
  if (bytes.findIndex((byte) => byte !== 0) !== zeros || (bytes[0] !== 0 && bytes[0] !== 5)) return false
  const check = sha256(sha256(bytes.subarray(0, 21)))
  return bytes.subarray(21).every((byte, at) => byte === check[at])
}

function holdsBech32(word) {
  const data = Array.from(word.slice(3), (character) => bech32.indexOf(character))
  // "bc" expanded as BIP 173 says: high bits, zero, low bits.
  const remainder = polymod([3, 3, 0, 2, 3, ...data])
  const version = data[0]
  if (version > 16 || remainder !== (version === 0 ? 1 : 0x2bc830a3)) return false
  const bits = (data.length - 7) * 5
  const bytes = Math.floor(bits / 8)
  const padding = bits % 8
  if (padding > 4 || (data.at(-7) & ((1 << padding) - 1)) !== 0) return false
  return version === 0 ? bytes === 20 || bytes === 32 : bytes >= 2 && bytes <= 40
}

function polymod(values) {
  const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
  let sum = 1
  for (const value of values) {
    const top = sum >>> 25
    sum = ((sum & 0x1ffffff) << 5) ^ value
    for (let bit = 0; bit < 5; bit++) if ((top >>> bit) & 1) sum ^= generator[bit]
  }
  return sum >>> 0
}
