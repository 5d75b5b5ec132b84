import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { buildSchema, lexicographicSortSchema, printSchema } from 'graphql'
import { createLogger } from '../../kernel/log.ts'
import { createFakeGate } from '../testing/surface-under-test.ts'
import { createSchema } from './create-schema.ts'

test('the schema that is served is the one that is checked in, in the very text of the GraphQL printer', async () => {
  const kept = await readFile(
    new URL('../../../../../docs/reference/schema.graphql', import.meta.url),
    'utf8',
  )
  assert.equal(`${printSchema(buildSchema(kept))}\n`, kept)
  const gate = createFakeGate(() => {
    throw new Error('not asked')
  })
  const served = createSchema({ gate, log: createLogger('silent') })
  assert.equal(
    printSchema(lexicographicSortSchema(served)),
    printSchema(lexicographicSortSchema(buildSchema(kept))),
  )
})
