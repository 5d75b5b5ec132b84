// Finds addresses in free text and spells each in one way.

const longestWord = 100

/**
 * The addresses of a text, defanged ones too, in the order they are met.
 *
 * The text is cut into words once and each word is tried once, so the work is in proportion to the length of the text.
 *
 * @param {string} text
 * @param {{ steps: number }} [work] counts characters looked at
 * @returns {string[]}
 */
export function addressesIn(text, work = { steps: 0 }) {
  const found = new Set()
  for (let at = 0; at < text.length;) {
    let end = at
    while (end < text.length && isWordCharacter(text.charCodeAt(end))) end++
    work.steps += end - at + 1
    if (end > at && end - at <= longestWord) {
      // Trimming walks each end once; the two spellings left are refanged and split once each.
      work.steps += 6 * (end - at)
      const address = readWord(text.slice(at, end))
      if (address !== null) found.add(address)
    }
    at = end + 1
  }
  return [...found]
}

/** @returns {string | null} the one spelling of an address, or null when the text is none */
export function normalise(text) {
  if (text.length > longestWord) return null
  const refanged = text.replaceAll(/\[([.:]+)\]|\(\.\)/g, (_, mark) => mark ?? '.')
  if (isIpv4(refanged)) return refanged
  return refanged.includes(':') ? normaliseIpv6(refanged) : null
}

/** @returns {string | null} why an address is looked up nowhere, or null for a public one */
export function localReason(address) {
  if (address.includes(':')) {
    const [first, second] = address.split(':').map((group) => (group === '' ? 0 : parseInt(group, 16)))
    if (/^::1?$/.test(address)) return 'loopback or unspecified'
    if ((first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80) return 'private'
    if ((first & 0xff00) === 0xff00) return 'multicast'
    return first === 0x2001 && second === 0xdb8 ? 'documentation' : null
  }
  const [a, b, c] = address.split('.').map(Number)
  if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 169 && b === 254))
    return 'private'
  if (a === 100 && b >= 64 && b < 128) return 'shared by a carrier'
  if (a === 0 || a === 127) return 'loopback or unspecified'
  if (a >= 224) return 'multicast or reserved'
  const isDocumentation =
    (a === 192 && b === 0 && c === 2) ||
    (a === 198 && b === 51 && c === 100) ||
    (a === 203 && b === 0 && c === 113)
  return isDocumentation ? 'documentation' : null
}

function isWordCharacter(code) {
  // Digits, letters, and the marks of addresses, ports and defanging: . : [ ] ( )
  const isLetterOrDigit =
    (code >= 48 && code <= 58) || (code >= 65 && code <= 91) || code === 93 || (code >= 97 && code <= 122)
  return isLetterOrDigit || code === 46 || code === 40 || code === 41
}

/** A word may carry the brackets, the port or the full stop of its sentence: "[2001:db8::1]:443." */
function readWord(word) {
  let from = 0
  let to = word.length
  while (from < to && '[('.includes(word[from]) && !'.:'.includes(word[from + 1] ?? ' ')) from++
  while (to > from && '.:'.includes(word[to - 1])) to--
  const port = /[^.:]:\d{1,5}$/.exec(word.slice(Math.max(from, to - 7), to))
  const beforePort = port === null ? to : to - port[0].length + 1
  return normalise(withoutClosers(word, from, to)) ?? normalise(withoutClosers(word, from, beforePort))
}

/** Closing brackets go, but for one that closes a defanged separator. */
function withoutClosers(word, from, to) {
  let end = to
  while (end > from && '])'.includes(word[end - 1]) && !'.:'.includes(word[end - 2] ?? ' ')) end--
  return word.slice(from, end)
}

function isIpv4(text) {
  const parts = text.length <= 15 ? text.split('.') : []
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
}

function normaliseIpv6(text) {
  if (text.length > 39 || !/\d/.test(text)) return null
  const halves = text.toLowerCase().split('::')
  if (halves.length > 2) return null
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const written = [...head, ...(tail ?? [])]
  if (!written.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return null
  if (tail === undefined ? written.length !== 8 : written.length > 7) return null
  const zeros = Array(8 - written.length).fill('0')
  const groups = [...head, ...zeros, ...(tail ?? [])].map((group) => parseInt(group, 16).toString(16))
  return shorten(groups)
}

// RFC 5952: the first of the longest runs of two or more zero groups is left out.
function shorten(groups) {
  let best = [0, 1]
  for (let at = 0, from = 0; at <= 8; at++) {
    if (groups[at] === '0') continue
    if (at - from > best[1]) best = [from, at - from]
    from = at + 1
  }
  if (best[1] < 2) return groups.join(':')
  return `${groups.slice(0, best[0]).join(':')}::${groups.slice(best[0] + best[1]).join(':')}`
}
