import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogue } from '@switchboard/api'
import type { OperationSpec } from '@switchboard/api'
import { Type } from 'typebox'
import { Default } from 'typebox/value'
import type { Passage } from '../passage.ts'
import { parseStage } from './parse.ts'

const parse = parseStage()

/** The stage reads no more of a passage than these. */
async function parsed(schema: OperationSpec['input'], input: unknown): Promise<unknown> {
  const passage = { spec: { input: schema }, request: { input } } as unknown as Passage
  assert.equal(await parse(passage), undefined)
  return passage.input
}

test('defaults are filled in where the sender said nothing, and the sender’s object stays as it was', async () => {
  const flat = Type.Object({
    q: Type.Optional(Type.String()),
    limit: Type.Optional(Type.Integer({ default: 100 })),
  })
  const sent = { q: 'acme' }
  assert.deepEqual(await parsed(flat, sent), { q: 'acme', limit: 100 })
  assert.deepEqual(sent, { q: 'acme' })
  assert.deepEqual(await parsed(flat, { limit: 5 }), { limit: 5 })
  assert.deepEqual(await parsed(flat, undefined), { limit: 100 })
})

test('defaults further down are filled in too', async () => {
  const inner = Type.Object({ hops: Type.Optional(Type.Integer({ default: 3 })) })
  const deep = Type.Object({ walk: inner, list: Type.Optional(Type.Array(inner)) })
  const sent = { walk: {}, list: [{}] }
  assert.deepEqual(await parsed(deep, sent), { walk: { hops: 3 }, list: [{ hops: 3 }] })
  assert.deepEqual(sent, { walk: {}, list: [{}] })
})

test('every operation that may be sent nothing gets the defaults that its schema says', async () => {
  const tried = []
  for (const spec of catalogue as readonly OperationSpec[]) {
    const expected = Default(spec.input, {})
    const passage = { spec, request: { input: {} } } as unknown as Passage
    if ((await parse(passage)) !== undefined) continue
    assert.deepEqual(passage.input, expected, spec.name)
    tried.push(spec.name)
  }
  assert.ok(tried.includes('case.list'), 'operations were tried')
})
