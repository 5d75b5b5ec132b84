import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoGraph } from './dataset.ts'

test('the demo graph has unique keys, whole relations, and a source and licence on everything', async () => {
  const count = new Map<string, number>()
  const keys = new Set<string>()
  for await (const { source, entities, relations } of demoGraph()) {
    assert.ok(entities.length < 12_000, 'a batch stays small')
    assert.ok(source.name && source.version && source.licence)
    for (const { key, type } of entities) {
      assert.ok(!keys.has(key), key)
      keys.add(key)
      count.set(type, (count.get(type) ?? 0) + 1)
    }
    for (const relation of relations) {
      assert.ok(keys.has(relation.from) && keys.has(relation.to), `${relation.from} ${relation.to}`)
      assert.ok(relation.confidence >= 0.5 && relation.confidence <= 1)
      assert.equal(relation.citations[0]?.source, relation.type === 'registered-in' ? 'derived' : undefined)
    }
  }
  assert.ok((count.get('autonomous-system') ?? 0) > 80_000)
  assert.ok((count.get('organisation') ?? 0) > 60_000)
  assert.ok((count.get('country') ?? 0) > 240)
  assert.ok((count.get('port') ?? 0) > 10_000)
  for (const key of ['as:19281', 'organisation:quad9', 'country:NL', 'port:443/tcp'])
    assert.ok(keys.has(key), key)
})
