import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forShell } from './for-shell.ts'

test('text in a command is one word, whatever quotes, signs and marks it has', () => {
  assert.equal(forShell('case_0199'), 'case_0199')
  assert.equal(forShell('Mail of Monday'), "'Mail of Monday'")
  assert.equal(forShell("it's $(rm -rf ~)"), String.raw`'it'\''s $(rm -rf ~)'`)
  assert.equal(forShell('a\u202eb'), "'a⟨U+202E⟩b'")
})
