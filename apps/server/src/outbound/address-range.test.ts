import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { rangeOf } from './address-range.ts'

/** What a library that we did not write says: whether an address is somebody's, on the public internet. */
function isUnicast(address: string): boolean {
  const parsed = ipaddr.parse(address)
  if (parsed.kind() === 'ipv4') return parsed.range() === 'unicast'
  const v6 = parsed as ipaddr.IPv6
  if (v6.isIPv4MappedAddress()) return v6.toIPv4Address().range() === 'unicast'
  if (v6.range() === 'rfc6052')
    return ipaddr.IPv4.parse(v6.toByteArray().slice(12).join('.')).range() === 'unicast'
  return v6.range() === 'unicast'
}

/** Whether we are stricter than the library, and may be: IANA's lists are longer than its own. */
function isListedByIanaOnly(address: string): boolean {
  const parsed = ipaddr.parse(address)
  const lists = [
    '192.31.196.0/24',
    '192.52.193.0/24',
    '192.175.48.0/24',
    '192.88.99.0/24',
    '2001::/23',
    '2620:4f:8000::/48',
    '3fff::/20',
  ].map((cidr) => ipaddr.parseCIDR(cidr))
  if (parsed.kind() === 'ipv6' && !parsed.match(ipaddr.parseCIDR('2000::/3'))) {
    // Mapped and translated addresses are judged by what they wrap, the local-use prefix of the latter by nothing.
    const wraps = ['::ffff:0:0/96', '64:ff9b::/96'].some((cidr) => parsed.match(ipaddr.parseCIDR(cidr)))
    return !wraps || isListedByIanaOnly(parsed.toByteArray().slice(12).join('.'))
  }
  return lists.some(
    ([network, prefix]) => network.kind() === parsed.kind() && parsed.match([network, prefix] as never),
  )
}

/** Addresses at and around the edges of every list, and anywhere. */
const octets = fc.oneof(
  fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)),
  fc.tuple(
    fc.constantFrom(0, 1, 9, 10, 11, 100, 126, 127, 128, 169, 172, 192, 198, 203, 223, 224, 239, 240, 255),
    fc.constantFrom(
      0,
      2,
      15,
      16,
      17,
      18,
      19,
      20,
      31,
      32,
      51,
      52,
      63,
      64,
      88,
      127,
      128,
      167,
      168,
      169,
      175,
      253,
      254,
      255,
    ),
    fc.constantFrom(0, 1, 2, 48, 99, 100, 113, 114, 193, 196, 255),
    fc.nat(255),
  ),
)
const ipv4 = octets.map((bytes) => bytes.join('.'))
const groups = fc.oneof(
  fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }),
  fc
    .tuple(
      fc.constantFrom(
        0,
        0x64,
        0x1fff,
        0x2000,
        0x2001,
        0x2002,
        0x2620,
        0x3ffe,
        0x3fff,
        0x4000,
        0xfc00,
        0xfdff,
        0xfe80,
        0xfec0,
        0xff02,
      ),
      fc.constantFrom(0, 1, 2, 0x1ff, 0x200, 0xdb8, 0xfff, 0x1000, 0x4f, 0xff9b),
      fc.constantFrom(0, 1, 0x8000),
      fc.array(fc.nat(0xffff), { minLength: 5, maxLength: 5 }),
    )
    .map(([a, b, c, rest]) => [a, b, c, ...rest]),
)
const ipv6 = groups.map((words) => words.map((word) => word.toString(16)).join(':'))
const wrapped = fc
  .tuple(fc.constantFrom('::ffff:', '64:ff9b::', '::FFFF:'), octets, fc.boolean())
  .map(([prefix, [a, b, c, d], dotted]) =>
    dotted
      ? `${prefix}${[a, b, c, d].join('.')}`
      : `${prefix}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`,
  )

test('no address is public that another library would keep private, and none is refused without IANA saying so', () => {
  fc.assert(
    fc.property(fc.oneof(ipv4, ipv6, wrapped), (address) => {
      const ours = rangeOf(address) === 'public'
      if (ours) assert.ok(isUnicast(address), `${address} is not public`)
      else
        assert.ok(
          !isUnicast(address) || isListedByIanaOnly(address),
          `${address} is public (${rangeOf(address)})`,
        )
    }),
    { numRuns: 5_000 },
  )
})

test('addresses that attacks use are called by their range', () => {
  for (const [address, range] of [
    ['169.254.169.254', 'link-local'],
    ['::ffff:a9fe:a9fe', 'link-local'],
    ['64:ff9b::7f00:1', 'loopback'],
    ['64:ff9b:1::1', 'reserved'],
    ['127.255.255.254', 'loopback'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::7f00:1', 'reserved'],
    ['2002:7f00:1::', 'reserved'],
    ['2001:0:7f00:1::', 'reserved'],
    ['fd12:3456::1', 'private'],
    ['fe80::1%lo', 'link-local'],
    ['255.255.255.255', 'reserved'],
    ['8.8.8.8', 'public'],
    ['2606:4700:4700::1111', 'public'],
    ['::ffff:8.8.8.8', 'public'],
    ['64:ff9b::808:808', 'public'],
    ['127.1', 'reserved'],
    ['0x7f000001', 'reserved'],
    ['2130706433', 'reserved'],
    ['', 'reserved'],
  ] as const)
    assert.equal(rangeOf(address), range, address)
})
