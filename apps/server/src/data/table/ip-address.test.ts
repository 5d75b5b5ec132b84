import assert from 'node:assert/strict'
import { isIPv4, isIPv6 } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareIp, formatIp, parseIp } from './ip-address.ts'

test('addresses are written as RFC 5952 wants them', () => {
  const canonical: [string, string][] = [
    ['2001:0DB8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['255.255.255.255', '255.255.255.255'],
  ]
  for (const [text, wanted] of canonical) {
    const words = parseIp(text)
    assert.ok(words, text)
    assert.equal(formatIp(words), wanted)
  }
})

test('spellings that two readers could take differently are refused', () => {
  const refused = [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '256.1.1.1',
    '1.2.3.4 ',
    '0x1.2.3.4',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'fe80::1%eth0',
    '::1.2.3',
    '1:',
    ':1',
    '::ffff:1.2.3.4:5',
    '1:2:3:4:5:6:7::8',
    'g::',
    '１.２.３.４',
    '1.2.3.4'.padEnd(60, '0'),
  ]
  for (const text of refused) assert.equal(parseIp(text), null, text)
})

test('whatever the platform accepts as an address, and nothing else, is read', () => {
  const alphabet = fc.constantFrom('0', '1', 'f', '25', '::', ':', '.', '255', 'ffff', 'g', '%')
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.array(alphabet, { maxLength: 16 }).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(text, (spelling) => {
      const platform = (isIPv4(spelling) || isIPv6(spelling)) && !spelling.includes('%')
      assert.equal(parseIp(spelling) !== null, platform, spelling)
    }),
  )
})

test('writing and reading return the same address, and the order is that of the 128-bit numbers', () => {
  const word = fc.oneof(fc.constantFrom(0, 0xffff, 0xffff_ffff), fc.nat(0xffff_ffff))
  const address = fc.tuple(word, word, word, word)
  const number = (words: readonly number[]) => words.reduce((sum, part) => sum * 2n ** 32n + BigInt(part), 0n)
  fc.assert(
    fc.property(address, address, (a, b) => {
      assert.deepEqual(parseIp(formatIp(a)), a)
      const order = number(a) - number(b)
      assert.equal(Math.sign(compareIp(a, b)), order < 0n ? -1 : order > 0n ? 1 : 0)
    }),
  )
})
