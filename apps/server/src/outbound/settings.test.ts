import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeAuthority } from '../../../../tests/support/certificates.ts'
import { Fault } from '../kernel/fault.ts'
import { readOpenDestinations } from './open-destinations.ts'
import { readCa, readProxy } from './way-out.ts'

const invalid = { code: 'config_invalid' }

test('what is opened is a scheme, a host and a port, and nothing beside it', () => {
  const open = readOpenDestinations(' https://misp.corp.example:8443, http://CORTEX.corp.example ,')
  for (const [scheme, host, port, isOpen] of [
    ['https', 'misp.corp.example', 8443, true],
    ['https', 'misp.corp.example', 443, false],
    ['http', 'misp.corp.example', 8443, false],
    ['http', 'cortex.corp.example', 80, true],
    ['https', 'cortex.corp.example', 443, false],
    ['https', 'other.corp.example', 8443, false],
  ] as const)
    assert.equal(open.has({ scheme, host, port }), isOpen, `${scheme}://${host}:${port}`)
})

test('an entry that cannot be read stops the start', () => {
  for (const entry of [
    'misp.corp.example:8443',
    'https://10.0.0.1',
    'https://*.corp.example',
    'https://misp.corp.example/api',
    'https://misp.corp.example/?x',
    'ftp://misp.corp.example',
    'https://user:pass@misp.corp.example',
    'https://localhost:8443',
  ])
    assert.throws(() => readOpenDestinations(`https://ok.example,${entry}`), invalid, entry)
})

test('a proxy is an address with or without a user; one that cannot be read is not repeated, for it may hold a password', () => {
  assert.equal(readProxy('', false), undefined)
  assert.deepEqual(readProxy('http://proxy.example:3128', false), {
    origin: 'http://proxy.example:3128',
    resolves: false,
  })
  assert.deepEqual(readProxy('https://me:p%40ss@proxy.example', true), {
    origin: 'https://proxy.example',
    resolves: true,
    authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
  })
  for (const setting of [
    'proxy.example:3128',
    'socks5://me:hunter2@proxy.example',
    'http://me:hunter2%@proxy.example',
    'http://me:hunter2@proxy.example/path',
    'me:hunter2@proxy',
  ])
    assert.throws(
      () => readProxy(setting, false),
      (error: unknown) =>
        error instanceof Fault && error.code === 'config_invalid' && !String(error.stack).includes('hunter2'),
      setting,
    )
})

test('a file of CAs is read whole or not at all', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-ca-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'ca.pem')
  const authority = makeAuthority()
  writeFileSync(file, `# ours\n${authority.pem}`)
  assert.ok(readCa(file)?.includes('BEGIN CERTIFICATE'))
  assert.equal(readCa(''), undefined)
  const broken = authority.pem.replace(/[A-Za-z0-9]{20}/, 'AAAAAAAAAAAAAAAAAAAA')
  for (const text of [
    '',
    'no certificate',
    authority.certify(['api.example.org']).cert,
    `${authority.pem}${broken}`,
  ]) {
    writeFileSync(file, text)
    assert.throws(() => readCa(file), invalid, text.slice(0, 40))
  }
  assert.throws(() => readCa(join(folder, 'missing.pem')), invalid)
})
