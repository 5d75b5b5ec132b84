import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { catalogue } from '@switchboard/api'
import { createTestServer } from '../../../../tests/support/test-server.ts'

test('everybody can read the rule that a refusal names, as it stands in its file, under the digest of the receipt', async (t) => {
  const s = await createTestServer(t)
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'c', tlp: 'RED' })
  const parked = await s.denial(s.a.analyst, 'evidence.export', { case: id })
  const { rules, digest, engine } = await s.value(s.a.analyst, 'policy.read', {})
  const rule = rules.find((each) => each.id === parked.params['rule'])
  assert.ok(rule !== undefined, JSON.stringify(parked))
  assert.deepEqual([rule.effect, rule.quorum, rule.operations], ['forbid', 1, ['evidence.export']])
  assert.ok(rule.reads.includes('resource.tlp'))
  assert.ok(readFileSync(new URL(`policies/${rule.file}`, import.meta.url), 'utf8').includes(rule.text))
  const [receipt] = await s.receipts({ operation: 'evidence.export' })
  assert.equal(receipt?.parts['policy']?.['digest'], digest)
  assert.match(engine, /^Cedar \d+\.\d+\.\d+$/)
})

test('rules speak of operations that there are', async (t) => {
  const s = await createTestServer(t)
  const { rules } = await s.value(s.a.auditor, 'policy.read', {})
  const known = new Set<string>(catalogue.map(({ name }) => name))
  assert.deepEqual(
    rules.flatMap(({ operations }) => operations.filter((name) => !known.has(name))),
    [],
  )
})
