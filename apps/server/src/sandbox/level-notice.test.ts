import assert from 'node:assert/strict'
import { test } from 'node:test'
import { levelNotice } from './level-notice.ts'

test('only the level without a jail has a notice, and the line that mends it while that is what there is', () => {
  const weak = { level: 'development', mend: 'install it' } as const
  for (const level of ['none', 'reduced', 'full']) assert.equal(levelNotice(level, weak), undefined)
  assert.match(levelNotice('development', weak) ?? '', /^No jail .* To mend it: install it$/)
  // A run of the time before it was mended.
  assert.match(levelNotice('development', { level: 'full' }) ?? '', /^No jail .* reviewed\.$/)
  const reduced = { level: 'reduced', mend: 'install more' } as const
  assert.doesNotMatch(levelNotice('development', reduced) ?? '', /install more/)
})
