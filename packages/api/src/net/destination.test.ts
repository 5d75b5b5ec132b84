import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { netFetch } from './operations.ts'
import { netScope, readDestination } from './destination.ts'

test('one host has one spelling, however it is written', () => {
  for (const [written, host, port, href] of [
    ['https://api.example.org', 'api.example.org', 443, 'https://api.example.org/'],
    ['HTTPS://API.Example.ORG:443/', 'api.example.org', 443, 'https://api.example.org/'],
    ['https://api.example.org./x?y#z', 'api.example.org', 443, 'https://api.example.org/x?y'],
    ['https://bücher.example/', 'xn--bcher-kva.example', 443, 'https://xn--bcher-kva.example/'],
    ['https://ａｐｉ。example', 'api.example', 443, 'https://api.example/'],
    ['https://api.example.org:8443', 'api.example.org', 8443, 'https://api.example.org:8443/'],
    ['http://api.example.org/a/../b', 'api.example.org', 80, 'http://api.example.org/b'],
  ] as const) {
    const read = readDestination(written)
    assert.ok(!('rule' in read), written)
    assert.deepEqual([read.host, read.port, read.url.href], [host, port, href], written)
    assert.equal(netScope(written), `net:${host}`)
  }
})

test('addresses in every notation, users, other schemes and what only looks like a URL are refused', () => {
  for (const written of [
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.0.0.1/',
    'https://0177.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://localhost/',
    'https://localhost./',
    'https://example.123/',
    'https://user@api.example.org/',
    'https://user:pass@api.example.org/',
    'https://api.example.org@evil.example/',
    'ftp://api.example.org/',
    'file:///etc/passwd',
    'data:text/plain,x',
    'javascript:1',
    'https:\\\\api.example.org',
    'https://api.example.org\\@evil.example/',
    'https://api.exa\tmple.org/',
    'https://api.example.org/\n',
    ' https://api.example.org/',
    'https://api.example.org/ x',
    'https://api_x.example.org/',
    'https://-api.example.org/',
    'https://api..example.org/',
    'https://*.example.org/',
    'https://api.example.org:99999/',
    '//api.example.org/',
    'api.example.org',
    '',
    `https://api.example.org/${'x'.repeat(2_000)}`,
    `https://${'a.'.repeat(100)}org/`,
  ]) {
    assert.ok('rule' in readDestination(written), written)
    assert.equal(netScope(written), 'net:', written)
  }
})

test('whatever is read as a destination leads to the host that its scope names', () => {
  const parts = fc.constantFrom(
    'https://',
    'http://',
    'a',
    '.',
    '@',
    ':',
    '/',
    '\\',
    '%2e',
    '127.0.0.1',
    'org',
    '[::1]',
    '#',
    '?',
    '443',
    'é',
    '\u00ad',
    '%40',
  )
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 12 }), (pieces) => {
      const read = readDestination(pieces.join(''))
      if ('rule' in read) return
      assert.equal(new URL(read.url.href).hostname, read.host)
      assert.match(read.host, /^[a-z0-9.-]+\.[a-z][a-z0-9-]*$/)
      assert.deepEqual([read.url.username, read.url.password, read.url.hash], ['', '', ''])
    }),
    { numRuns: 2_000 },
  )
})

test('a request needs the scope of its host, and of the secret that it uses', () => {
  const { capability } = netFetch
  assert.ok(typeof capability === 'function')
  const url = 'https://API.example.org/'
  assert.equal(capability({ url }), 'net:api.example.org')
  assert.deepEqual(capability({ url, auth: { secret: 'key', as: 'bearer' } }), [
    'net:api.example.org',
    'secret:key',
  ])
})
