import { hashSeed } from './distinct-bytes.ts'

const quote = 34
const colon = 58
const comma = 44
const open = 123
const close = 125
const prime = 0x0100_0193
const mostMembers = 16

/** Characters that stand for themselves in canonical JSON and have one byte. */
const isPlain = new Uint8Array(256)
for (let code = 32; code < 127; code++) isPlain[code] = code === quote || code === 92 ? 0 : 1

/** Members that differ from receipt to receipt and say nothing about what kind of deed it was. */
const passing = ['case', 'run', 'target'].map((name) => new TextEncoder().encode(name))

/**
 * Looks at objects whose members are all plain strings, as subjects are, without making text or an object of them. What
 * it accepts is canonical JSON; what it does not accept may be canonical all the same.
 */
export class FlatValueScanner {
  /** Hash of all bytes of the value scanned last. */
  hash = 0
  /** Hash of its members without the passing ones. */
  kindHash = 0
  /** Where members begin and end, name and value with their quotes, without the passing ones. */
  readonly ranges = new Uint32Array(mostMembers * 2)
  members = 0

  /** Whether the bytes from `start` to `end` are such an object, with at least one member. */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start
    let hash = hashSeed
    let kindHash = hashSeed
    this.members = 0
    let previousStart = 0
    let previousEnd = 0
    if (bytes[at++] !== open) return false
    for (;;) {
      const memberStart = at
      const memberHash = kindHash
      if (at >= end || bytes[at++] !== quote) return false
      const nameStart = at
      for (; at < end; at++) {
        const code = bytes[at] ?? 0
        if (isPlain[code] === 0) break
        hash = Math.imul(hash ^ code, prime)
        kindHash = Math.imul(kindHash ^ code, prime)
      }
      const nameEnd = at
      if (bytes[at] !== quote || bytes[at + 1] !== colon || bytes[at + 2] !== quote) return false
      if (previousEnd > 0 && !isAscending(bytes, previousStart, previousEnd, nameStart, nameEnd)) return false
      previousStart = nameStart
      previousEnd = nameEnd
      hash = Math.imul(hash ^ colon, prime)
      kindHash = Math.imul(kindHash ^ colon, prime)
      for (at += 3; at < end; at++) {
        const code = bytes[at] ?? 0
        if (isPlain[code] === 0) break
        hash = Math.imul(hash ^ code, prime)
        kindHash = Math.imul(kindHash ^ code, prime)
      }
      if (at >= end || bytes[at++] !== quote) return false
      if (isPassing(bytes, nameStart, nameEnd)) kindHash = memberHash
      else {
        if (this.members === mostMembers) return false
        this.ranges[this.members * 2] = memberStart
        this.ranges[this.members * 2 + 1] = at
        this.members++
      }
      if (at >= end) return false
      const next = bytes[at++]
      if (next === comma) continue
      if (next !== close || at !== end) return false
      this.hash = hash
      this.kindHash = kindHash
      return true
    }
  }
}

/** Names ascend by their UTF-16 code units, which for these characters are their bytes. */
function isAscending(bytes: Uint8Array, startA: number, endA: number, startB: number, endB: number): boolean {
  const length = Math.min(endA - startA, endB - startB)
  for (let i = 0; i < length; i++) {
    const difference = (bytes[startB + i] ?? 0) - (bytes[startA + i] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return endB - startB > endA - startA
}

function isPassing(bytes: Uint8Array, start: number, end: number): boolean {
  return passing.some((name) => {
    if (name.length !== end - start) return false
    for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false
    return true
  })
}
