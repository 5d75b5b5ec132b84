import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostileClasses } from './classes/index.ts'

test('there are at least 12 classes and 150 programs, no two of one name, each class with its mechanism', () => {
  assert.ok(hostileClasses.length >= 12, `${hostileClasses.length} classes`)
  const names = hostileClasses.flatMap((each) =>
    each.programs.map((program) => `${each.name}: ${program.name}`),
  )
  assert.ok(names.length >= 150, `${names.length} programs`)
  assert.deepEqual(
    names.filter((name, i) => names.indexOf(name) !== i),
    [],
  )
  assert.equal(new Set(hostileClasses.map((each) => each.mechanism)).size, hostileClasses.length)
})
