import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createLogMask, maskLog } from './log-mask.ts'

test('keys, credentials, addresses and numbers of accounts are cut, and what surrounds them stays', () => {
  const cut: [string, string][] = [
    ['to eve.adams+x@mail.example.org now', 'to [email cut] now'],
    ['Authorization: Bearer abcDEF123456789', 'Authorization: [credential cut]'],
    ['token=abc123, next', '[secret cut], next'],
    ['{"password": "hunter2!"}', '{"[secret cut]"}'],
    ['api_key = k-123456', '[secret cut]'],
    ['swb_0123456789abcdefghij', '[key cut]'],
    ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0', 'jwt [token cut]'],
    ['github_pat_11ABCDEFG0123456789abc', '[key cut]'],
    ['wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKE9', '[key cut]'],
    ['call +49 (30) 901820-12 now', 'call [phone cut] now'],
    ['AKIAIOSFODNN7EXAMPLE', '[key cut]'],
    ['DE89 3704 0044 0532 0130 00', '[account cut]'],
    ['card 4111 1111 1111 1111.', 'card [number cut].'],
    ['-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY----- after', '[private key cut] after'],
    ['-----BEGIN EC PRIVATE KEY-----\nMIIB', '[private key cut]'],
  ]
  for (const [text, masked] of cut) assert.equal(maskLog(text), masked)
})

test('what an analyst reads stays readable', () => {
  const kept = [
    '192.0.2.1 resolved to AS64500',
    'sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709',
    'GMT+02:00 and C++11, 1+1=2',
    'run_0199f4c2a1b37cc0a1b2c3d4e5f60718 took 12.5 ms',
    'CVE-2021-44228 and 2001:db8::1',
    '2026-11-22T04:15:37.123Z',
  ]
  for (const text of kept) assert.equal(maskLog(text), text)
})

test('the result is well-formed and without U+0000, whatever went in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const masked = maskLog(`${text}\0\ud800`)
      return masked.isWellFormed() && !masked.includes('\0')
    }),
  )
})

test('megabytes of hostile text are masked in one go', () => {
  // A pattern that tried each start against each end would need hours for these.
  const hostile = [
    'a@a.',
    'a.a-',
    'Bearer ',
    '-----BEGIN A',
    '-----BEGIN A PRIVATE KEY-----',
    '1 ',
    'AA00 ',
    'token="',
    "password :'",
    ' '.repeat(50),
    'swb_',
    'eyJ',
    'eyJ-',
    'eyJaaaaa.',
    'aA1/',
    '+1 ',
    '+1',
    '-----BEGIN PRIVATE KEY-----x',
  ]
  for (const word of hostile) {
    const masked = maskLog(`${word.repeat(Math.ceil(2_000_000 / word.length))} eve@example.org`)
    assert.ok(masked.endsWith(word.includes('PRIVATE') ? '[private key cut]' : '[email cut]'), word)
  }
})

test('a private key that is written line by line is cut whole, on its own stream, and what follows is shown', () => {
  const mask = createLogMask()
  const lines = [
    ['out', 'before'],
    ['out', '-----BEGIN PRIVATE KEY-----'],
    ['out', 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'],
    ['err', 'meanwhile'],
    ['out', 'Cx5m'],
    ['out', '-----END PRIVATE KEY----- after'],
    ['out', 'shown'],
  ] as const
  assert.deepEqual(
    lines.map(([stream, text]) => mask(stream, text)),
    [
      'before',
      '[private key cut]',
      '[private key cut]',
      'meanwhile',
      '[private key cut]',
      '[private key cut] after',
      'shown',
    ],
  )
})

test('a key that is begun and never ended silences a log for a while, not for ever', () => {
  const mask = createLogMask()
  mask('out', '-----BEGIN PRIVATE KEY-----')
  const shown = Array.from({ length: 200 }, (_, i) => mask('out', `line ${i}`)).filter(
    (text) => text !== '[private key cut]',
  )
  assert.equal(shown.length, 100)
})
