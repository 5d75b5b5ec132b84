import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { rulesByCheck } from './rules.ts'

/** Section 2 of the format (canonical JSON) and section 11 of both documents are where rules are named. */
const tables = [
  ['evidence-format', ['2 ', '11 ']],
  ['evidence-bundle', ['11 ']],
] as const

test('the format documents name every rule of the verifier, and no other', () => {
  const sections = tables.flatMap(([name, numbers]) => {
    const text = readFileSync(new URL(`../../../docs/reference/${name}.md`, import.meta.url), 'utf8')
    return text.split(/^## /m).filter((each) => numbers.some((number) => each.startsWith(number)))
  })
  const named = new Set<string>()
  for (const section of sections) {
    const rows = section.split('\n').filter((line) => line.startsWith('|'))
    for (const row of rows)
      for (const [, rule] of row.matchAll(/`([a-z0-9]+(?:_[a-z0-9]+)+)`/g)) named.add(rule ?? '')
  }
  assert.deepEqual([...named].toSorted(), Object.values(rulesByCheck).flat().toSorted())
})
