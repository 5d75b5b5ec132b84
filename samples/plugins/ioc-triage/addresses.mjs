// Reading and naming internet addresses. IPv4 is a number, IPv6 is eight numbers.

/** @returns {number | null} null for anything but four plain decimal parts without leading zeros */
export function parseIpv4(text) {
  const parts = text.length <= 15 ? text.split('.') : []
  if (parts.length !== 4) return null
  let address = 0
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null
    address = address * 256 + Number(part)
  }
  return address
}

/** @returns {number[] | null} eight groups */
export function parseIpv6(text) {
  if (text.length > 45 || text.length < 2) return null
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [head, tail] = halves.map(groupsOf)
  if (head === null || tail === null) return null
  if (tail === undefined) return head.length === 8 ? head : null
  if (head.length + tail.length > 7) return null
  return [...head, ...Array(8 - head.length - tail.length).fill(0), ...tail]
}

function groupsOf(text, half) {
  if (text === '') return []
  const groups = []
  const parts = text.split(':')
  for (const [at, part] of parts.entries()) {
    const isLast = at === parts.length - 1
    if (isLast && part.includes('.')) {
      const address = parseIpv4(part)
      if (address === null) return null
      groups.push(Math.floor(address / 65536), address % 65536)
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(parseInt(part, 16))
    else return null
  }
  return half === 0 && text.includes('.') && groups.length < 8 ? null : groups
}

/** Writes IPv6 as RFC 5952 wants it, so that one address has one spelling. */
export function formatIpv6(groups) {
  let best = [0, 0]
  for (let at = 0, from = 0; at <= 8; at++) {
    if (groups[at] === 0) continue
    if (at - from > best[1]) best = [from, at - from]
    from = at + 1
  }
  const hex = groups.map((group) => group.toString(16))
  if (best[1] < 2) return hex.join(':')
  return `${hex.slice(0, best[0]).join(':')}::${hex.slice(best[0] + best[1]).join(':')}`
}

// The special-purpose registries of IANA (RFC 6890), as far as they matter in a case.
const special4 = [
  ['0.0.0.0', 8, 'unspecified'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'shared'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link-local'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.2.0', 24, 'documentation'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'benchmark'],
  ['198.51.100.0', 24, 'documentation'],
  ['203.0.113.0', 24, 'documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['255.255.255.255', 32, 'broadcast'],
  ['240.0.0.0', 4, 'reserved'],
].map(([block, bits, flag]) => ({ size: 2 ** (32 - bits), block: parseIpv4(block), flag }))

/** @returns {string | null} why an address means nothing outside its network, or null for a public one */
export function special4Flag(address) {
  return special4.find(({ block, size }) => address >= block && address < block + size)?.flag ?? null
}

/** @returns {string | null} */
export function special6Flag(groups) {
  const [first, second] = groups
  if (groups.slice(0, 7).every((group) => group === 0)) {
    if (groups[7] === 0) return 'unspecified'
    if (groups[7] === 1) return 'loopback'
  }
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return 'ipv4-mapped'
  if (first === 0x2001 && second === 0xdb8) return 'documentation'
  if (first === 0x3fff && second < 0x1000) return 'documentation'
  if ((first & 0xfe00) === 0xfc00) return 'private'
  if ((first & 0xffc0) === 0xfe80) return 'link-local'
  return (first & 0xff00) === 0xff00 ? 'multicast' : null
}
