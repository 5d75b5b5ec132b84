import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestServer } from '../../../../tests/support/test-server.ts'

const manifest = { capabilities: { network: false, net: ['api.example.org'], secrets: ['api-key'] } }
const value = 'sk-live-0123456789abcdef'
const set = { package: 'probe', name: 'api-key', hosts: ['api.example.org'], value }

test('a secret is set by an administrator for an installed package, what its manifest names, and nothing else', async (t) => {
  const s = await createTestServer(t)
  const denied = async (change: object, who = s.a.admin) =>
    (await s.denial(who, 'secret.set', { ...set, ...change })).code
  assert.equal(await denied({}), 'not_installed')
  await s.install(s.a, { manifest })
  assert.equal(await denied({ name: 'other-key' }), 'capability_undeclared')
  assert.equal(await denied({ hosts: ['evil.example'] }), 'secret_host_undeclared')
  assert.equal(await denied({ hosts: ['API.example.org'] }), 'secret_host_undeclared')
  assert.equal(await denied({ hosts: [] }), 'input_invalid')
  for (const wrong of ['short', 'line\nbreak-in-it', 'zwölfzwölfzwölf', 'x'.repeat(4_097)])
    assert.equal(await denied({ value: wrong }), 'input_invalid')
  for (const who of [s.a.analyst, s.a.reviewer, s.a.auditor, s.a.finops])
    assert.equal(await denied({}, who), 'policy_denied')
  const shown = await s.value(s.a.admin, 'secret.set', set)
  assert.deepEqual([shown.hosts, shown.setBy], [['api.example.org'], 'admin'])
})

test('it is listed by name, hosts and date, replaced by setting it again, and removed', async (t) => {
  const s = await createTestServer(t)
  await s.install(s.a, { manifest })
  await s.install(s.b, { manifest })
  await s.value(s.a.admin, 'secret.set', set)
  s.advance(1_000)
  const again = await s.value(s.a.admin, 'secret.set', { ...set, value: 'another-value-of-it' })
  for (const who of [s.a.admin, s.a.auditor]) {
    const { rows } = await s.value(who, 'secret.list', {})
    assert.deepEqual(rows, [again])
  }
  assert.deepEqual((await s.value(s.b.admin, 'secret.list', {})).rows, [])
  assert.deepEqual((await s.value(s.a.admin, 'secret.list', { package: 'other' })).rows, [])
  assert.equal(
    (await s.denial(s.b.admin, 'secret.remove', { package: 'probe', name: 'api-key' })).code,
    'secret_unknown',
  )
  assert.deepEqual(await s.value(s.a.admin, 'secret.remove', { package: 'probe', name: 'api-key' }), {
    removed: true,
  })
  assert.equal(
    (await s.denial(s.a.admin, 'secret.remove', { package: 'probe', name: 'api-key' })).code,
    'secret_unknown',
  )
})

test('its receipt says who set it for which hosts, and is the same whatever the value is', async (t) => {
  const s = await createTestServer(t)
  await s.install(s.a, { manifest })
  await s.value(s.a.admin, 'secret.set', set)
  await s.value(s.a.admin, 'secret.set', { ...set, value: 'another-value-of-it' })
  const [first, second] = await s.receipts({ operation: 'secret.set' })
  assert.deepEqual(first?.parts['input'], second?.parts['input'])
  assert.equal(first?.parts['subject']?.['target'], 'api-key → api.example.org')
  assert.equal((await s.denial(s.a.admin, 'secret.set', set, { idempotencyKey: 'k' })).code, 'input_invalid')
})

test('uninstalling takes the secrets along, and the scan looks for them', async (t) => {
  const s = await createTestServer(t)
  await s.install(s.a, { manifest })
  await s.install(s.b, { manifest })
  await s.value(s.a.admin, 'secret.set', set)
  await s.value(s.b.admin, 'secret.set', set)
  const purged = await s.value(s.a.admin, 'plugin.uninstall', { id: 'probe' })
  assert.deepEqual(
    purged.removed.find(({ what }) => what === 'secrets'),
    { what: 'secrets', count: 1 },
  )
  assert.deepEqual(purged.residue, [])
  assert.equal((await s.value(s.b.admin, 'secret.list', {})).rows.length, 1)
  assert.deepEqual((await s.value(s.a.admin, 'secret.list', {})).rows, [])
  await s.install(s.a, { version: '1.0.1', manifest })
  assert.deepEqual((await s.value(s.a.admin, 'secret.list', {})).rows, [], 'installed again, it has none')
})
