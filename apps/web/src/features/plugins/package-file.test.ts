import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldsOf, findOperation } from '@switchboard/api'
import type { OperationSpec } from '@switchboard/api'
import { mostPackageBytes, refusedBeforehand } from './package-file.ts'

test('a file is refused beforehand where the operation would refuse it for its size', () => {
  const add: OperationSpec | undefined = findOperation('package.add')
  assert.ok(add !== undefined)
  const content = fieldsOf(add.input).find(({ name }) => name === 'content')
  assert.equal((mostPackageBytes / 3) * 4, content?.schema.maxLength)
  assert.equal(refusedBeforehand({ size: mostPackageBytes }), undefined)
  assert.match(refusedBeforehand({ size: mostPackageBytes + 1 }) ?? '', /up to 67\.5 MB/)
  assert.match(refusedBeforehand({ size: 0 }) ?? '', /empty/)
})
