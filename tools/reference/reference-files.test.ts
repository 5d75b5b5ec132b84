import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { referenceFiles } from './reference-files.ts'

for (const [path, make] of Object.entries(referenceFiles)) {
  test(`${path} says what the sources say`, async () => {
    const kept = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8')
    assert.equal(kept, make(), 'Make it again: node tools/reference/write-reference.ts')
  })
}
