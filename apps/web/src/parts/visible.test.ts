import assert from 'node:assert/strict'
import { test } from 'node:test'
import { visible } from './visible.ts'

test('marks that hide or turn text are shown, and lines stay lines', () => {
  assert.equal(visible('a\u202eb\u200bc\u0000d'), 'a⟨U+202E⟩b⟨U+200B⟩c⟨U+0000⟩d')
  assert.equal(visible('one\n\ttwo'), 'one\n\ttwo')
  assert.equal(visible('grüße 🦓 שלום'), 'grüße 🦓 שלום')
})
