import { BlockList, isIPv4, isIPv6 } from 'node:net'

export type AddressRange =
  | 'public'
  | 'loopback'
  | 'private'
  | 'shared (CGNAT)'
  | 'link-local'
  | 'unspecified'
  | 'multicast'
  | 'reserved'

/** IANA's special-purpose registry for IPv4: everything that is not somebody's public address. */
const ipv4: readonly (readonly [string, number, AddressRange])[] = [
  ['0.0.0.0', 8, 'unspecified'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'shared (CGNAT)'],
  ['127.0.0.0', 8, 'loopback'],
  // The metadata services of clouds are at 169.254.169.254.
  ['169.254.0.0', 16, 'link-local'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'reserved'],
  ['192.31.196.0', 24, 'reserved'],
  ['192.52.193.0', 24, 'reserved'],
  ['192.88.99.0', 24, 'reserved'],
  ['192.168.0.0', 16, 'private'],
  ['192.175.48.0', 24, 'reserved'],
  ['198.18.0.0', 15, 'reserved'],
  ['198.51.100.0', 24, 'reserved'],
  ['203.0.113.0', 24, 'reserved'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved'],
]

/** For IPv6 the other way round: only 2000::/3 is public at all, and of it not these. */
const ipv6: readonly (readonly [string, number, AddressRange])[] = [
  ['::1', 128, 'loopback'],
  ['::', 128, 'unspecified'],
  ['fc00::', 7, 'private'],
  ['fe80::', 10, 'link-local'],
  ['fec0::', 10, 'private'],
  ['ff00::', 8, 'multicast'],
  // Teredo, ORCHID, benchmarking, documentation and the rest of the protocol assignments; 6to4 can hide any IPv4 address.
  ['2001::', 23, 'reserved'],
  ['2001:db8::', 32, 'reserved'],
  ['2002::', 16, 'reserved'],
  ['2620:4f:8000::', 48, 'reserved'],
  ['3fff::', 20, 'reserved'],
]

const listed = [
  ...ipv4.map((row) => [...row, 'ipv4'] as const),
  ...ipv6.map((row) => [...row, 'ipv6'] as const),
].map(([network, prefix, range, family]) => {
  const list = new BlockList()
  list.addSubnet(network, prefix, family)
  return { list, range, family }
})

const global = new BlockList()
global.addSubnet('2000::', 3, 'ipv6')
/** Addresses that only wrap an IPv4 address: what they lead to is what that one leads to. */
const wrapping = new BlockList()
wrapping.addSubnet('::ffff:0:0', 96, 'ipv6')
wrapping.addSubnet('64:ff9b::', 96, 'ipv6')

/**
 * Whose an address is, as the resolver wrote it. Only `public` may be reached unasked; what cannot be read is `reserved`.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry
 */
export function rangeOf(address: string): AddressRange {
  if (isIPv4(address)) return listedRange(address, 'ipv4') ?? 'public'
  if (!isIPv6(address)) return 'reserved'
  // A zone names an interface of this machine.
  if (address.includes('%')) return 'link-local'
  if (wrapping.check(address, 'ipv6')) return rangeOf(lastFourBytes(address))
  return listedRange(address, 'ipv6') ?? (global.check(address, 'ipv6') ? 'public' : 'reserved')
}

function listedRange(address: string, family: 'ipv4' | 'ipv6'): AddressRange | undefined {
  return listed.find((row) => row.family === family && row.list.check(address, family))?.range
}

/** Of an IPv6 address, written as IPv4. */
function lastFourBytes(address: string): string {
  const dotted = /[0-9]+(?:\.[0-9]+){3}$/.exec(address)?.[0]
  if (dotted !== undefined) return dotted
  // The URL standard writes IPv6 in one way: groups in hexadecimal, without a dotted end.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(':')
  const [high = 0, low = 0] = groups.slice(-2).map((group) => (group === '' ? 0 : Number.parseInt(group, 16)))
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
