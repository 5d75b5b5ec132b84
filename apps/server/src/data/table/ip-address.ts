/**
 * An internet address as four 32-bit words, most significant first. IPv4 is the block ::ffff:0:0/96 (RFC 4291, 2.5.5.2), so
 * one ordering and one table serve both families, and an IPv4-mapped IPv6 address finds the IPv4 row.
 */
export type IpWords = readonly [number, number, number, number]

/** The longest spelling: eight full groups of which the last two are an embedded IPv4 address. */
export const longestIpText = 45

const mappedPrefix = 0xffff
const dot = 46
const colon = 58

/**
 * Reads an IPv4 or IPv6 address in any spelling of RFC 4291; leading zeros in IPv4 (octal to some readers) and zone
 * identifiers (which mean something on one machine only) are refused.
 *
 * @returns null when the text is not an address.
 */
export function parseIp(text: string): IpWords | null {
  if (text.length > longestIpText) return null
  if (!text.includes(':')) {
    const word = parseIpv4(text, 0, text.length)
    return word === null ? null : [0, 0, mappedPrefix, word]
  }
  return parseIpv6(text)
}

/** Writes an address canonically: dotted for the IPv4 block, otherwise RFC 5952. */
export function formatIp(words: IpWords): string {
  if (isIpv4(words)) return formatIpv4(words[3])
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff])
  const gap = longestZeroRun(groups)
  const hex = groups.map((group) => group.toString(16))
  if (gap.length < 2) return hex.join(':')
  return `${hex.slice(0, gap.start).join(':')}::${hex.slice(gap.start + gap.length).join(':')}`
}

/** True for an address of the IPv4-mapped block. */
export function isIpv4(words: IpWords): boolean {
  return words[0] === 0 && words[1] === 0 && words[2] === mappedPrefix
}

/** Orders addresses as 128-bit numbers: negative, zero or positive. */
export function compareIp(a: IpWords, b: IpWords): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3]
}

export function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`
}

function parseIpv4(text: string, from: number, to: number): number | null {
  let word = 0
  let part = 0
  let digits = 0
  let dots = 0
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    if (code === dot) {
      if (digits === 0 || ++dots > 3) return null
      word = word * 256 + part
      part = 0
      digits = 0
      continue
    }
    const digit = code - 48
    if (digit < 0 || digit > 9 || (digits > 0 && part === 0)) return null
    part = part * 10 + digit
    if (++digits > 3 || part > 255) return null
  }
  return dots === 3 && digits > 0 ? word * 256 + part : null
}

function parseIpv6(text: string): IpWords | null {
  const groups: number[] = []
  let gapAt = -1
  let at = 0
  if (text.charCodeAt(0) === colon) {
    if (text.charCodeAt(1) !== colon) return null
    gapAt = 0
    at = 2
  }
  while (at < text.length) {
    const end = groupEnd(text, at)
    if (end < text.length && text.charCodeAt(end) === dot) {
      const word = parseIpv4(text, at, text.length)
      if (word === null) return null
      groups.push(word >>> 16, word & 0xffff)
      at = text.length
      break
    }
    const group = parseGroup(text, at, end)
    if (group === null) return null
    groups.push(group)
    if (end === text.length) break
    if (text.charCodeAt(end) !== colon) return null
    at = end + 1
    if (text.charCodeAt(at) === colon) {
      if (gapAt >= 0) return null
      gapAt = groups.length
      at++
    } else if (at === text.length) return null
  }
  if (gapAt < 0 ? groups.length !== 8 : groups.length > 7) return null
  if (gapAt >= 0) groups.splice(gapAt, 0, ...Array.from({ length: 8 - groups.length }, () => 0))
  return [pair(groups, 0), pair(groups, 2), pair(groups, 4), pair(groups, 6)]
}

function groupEnd(text: string, from: number): number {
  let at = from
  while (at < text.length && text.charCodeAt(at) !== colon && text.charCodeAt(at) !== dot) at++
  return at
}

function parseGroup(text: string, from: number, to: number): number | null {
  if (to === from || to - from > 4) return null
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = hexDigit(text.charCodeAt(at))
    if (digit < 0) return null
    value = value * 16 + digit
  }
  return value
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

function pair(groups: readonly number[], at: number): number {
  return (groups[at] ?? 0) * 65_536 + (groups[at + 1] ?? 0)
}

// RFC 5952, 4.2: the longest run of zero groups is shortened, the first one of equals, and never a single group.
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  for (let at = 0; at <= groups.length; at++) {
    if (groups[at] === 0) continue
    if (at - start > best.length) best = { start, length: at - start }
    start = at + 1
  }
  return best
}
