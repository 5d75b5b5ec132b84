import assert from 'node:assert/strict'
import { test } from 'node:test'
import { visiblePieces, visibleText } from './visible.ts'

test('what turns or hides text is shown by its code point, and markup stays what it is', () => {
  assert.equal(visibleText('invoice\u202Egpj.exe'), 'invoice[U+202E]gpj.exe')
  assert.equal(
    visibleText('a\u0000b\nc\u200Bd\u00A0e\u{E0041}f'),
    'a[U+0000]b[U+000A]c[U+200B]d[U+00A0]e[U+E0041]f',
  )
  assert.equal(visibleText('\uD800\u3164\u034F\uFE0F\uE000'), '[U+D800][U+3164][U+034F][U+FE0F][U+E000]')
  assert.equal(visibleText('<img src=x onerror=alert(1)>'), '<img src=x onerror=alert(1)>')
  assert.equal(visibleText('Zoë ‏עברית 日本語 😀'), 'Zoë [U+200F]עברית 日本語 😀')
})

test('a long text is cut, says by how much, and never inside a character', () => {
  const [head, tail] = visiblePieces('x'.repeat(1500))
  assert.equal(head?.text.length, 1000)
  assert.equal(tail?.text, '… and 500 more characters')
  assert.equal(visiblePieces(`${'x'.repeat(999)}😀😀`)[0]?.text, 'x'.repeat(999))
  assert.equal(visibleText('y'.repeat(500)), 'y'.repeat(500))
})
