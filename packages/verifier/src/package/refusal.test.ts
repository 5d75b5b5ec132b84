import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { packageRefusals } from './index.ts'

test('the published format lists every refusal with its rule', async () => {
  const reference = new URL('../../../../docs/reference/package-format.md', import.meta.url)
  const text = await readFile(reference, 'utf8')
  const listed = Object.fromEntries(
    [...text.matchAll(/^\| `(\w+)` +\| (.*?) +\|$/gm)].map(([, code, rule]) => [code, rule]),
  )
  assert.deepEqual(listed, packageRefusals)
})
