import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { rulesByCheck } from './rules.ts'

test('the format document names every rule of the verifier, and no other', () => {
  const text = readFileSync(new URL('../../../docs/reference/evidence-format.md', import.meta.url), 'utf8')
  const sections = text.split(/^## /m)
  const named = new Set<string>()
  for (const section of sections.filter((each) => each.startsWith('2 ') || each.startsWith('11 '))) {
    const rows = section.split('\n').filter((line) => line.startsWith('|'))
    for (const row of rows)
      for (const [, rule] of row.matchAll(/`([a-z0-9]+(?:_[a-z0-9]+)+)`/g)) named.add(rule ?? '')
  }
  assert.deepEqual([...named].toSorted(), Object.values(rulesByCheck).flat().toSorted())
})
