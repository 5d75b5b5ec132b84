import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ink, typeLook } from './type-look.ts'

/** Contrast as WCAG 2.2 defines it. */
function contrast(a: string, b: string): number {
  const [lighter, darker] = [luminance(a), luminance(b)].toSorted((x, y) => y - x) as [number, number]
  return (lighter + 0.05) / (darker + 0.05)
}
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

test('letters read on every fill, and every fill stands out from the paper, in both themes', () => {
  for (let i = 0; i < 200; i += 1) {
    const { light, dark } = typeLook(`type-${i}`)
    assert.ok(contrast(light, ink.light) >= 4.5, light)
    assert.ok(contrast(light, '#ffffff') >= 3, light)
    assert.ok(contrast(dark, ink.dark) >= 4.5, dark)
    assert.ok(contrast(dark, '#171c25') >= 3, dark)
  }
})

test('a type has two letters, and always the same look', () => {
  assert.equal(typeLook('autonomous-system').letters, 'AS')
  assert.equal(typeLook('domain').letters, 'DO')
  assert.equal(typeLook('x').letters, 'X')
  assert.deepEqual(typeLook('file-hash'), typeLook('file-hash'))
})
