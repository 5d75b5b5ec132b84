/** Largest number of a column: what a double holds exactly. */
const bytesOfNumber = 7

/**
 * Whole numbers from 0 to 2^53 − 1 as planes of bytes, lowest first: a byte that says how many planes there are, then each
 * plane with a byte for every number. What varies stays in its own planes, and the compressor does the rest.
 */
export function encodeNumbers(numbers: ArrayLike<number>): Buffer {
  let largest = 0
  for (let at = 0; at < numbers.length; at += 1) largest = Math.max(largest, numbers[at] as number)
  let planes = 0
  while (planes < bytesOfNumber && largest >= 256 ** planes) planes += 1
  const bytes = Buffer.alloc(1 + planes * numbers.length)
  bytes[0] = planes
  for (let at = 0; at < numbers.length; at += 1) {
    let rest = numbers[at] as number
    for (let plane = 0, to = 1 + at; plane < planes; plane += 1, to += numbers.length) {
      // Division only where 32 bits do not hold it: most numbers are small.
      bytes[to] = rest & 0xff
      rest = rest > 0xffff_ffff ? Math.floor(rest / 256) : rest >>> 8
    }
  }
  return bytes
}

/** @throws {RangeError} when `bytes` are not what {@link encodeNumbers} makes of `count` numbers. */
export function decodeNumbers(bytes: Uint8Array, count: number): Float64Array {
  const planes = bytes[0] ?? 0
  if (planes > bytesOfNumber || bytes.length !== 1 + planes * count)
    throw new RangeError(`${count} numbers do not take ${bytes.length} bytes`)
  const numbers = new Float64Array(count)
  for (let plane = planes - 1; plane >= 0; plane -= 1) {
    const from = 1 + plane * count
    for (let at = 0; at < count; at += 1)
      numbers[at] = (numbers[at] as number) * 256 + (bytes[from + at] as number)
  }
  return numbers
}

/** Signed to unsigned, small to small: 0, −1, 1, −2 … become 0, 1, 2, 3 … */
export const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)
export const unzigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2)
