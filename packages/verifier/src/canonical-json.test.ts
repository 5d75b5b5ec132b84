import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { maxJsonDepth, readCanonicalJson } from './canonical-json.ts'
import { othersVectors } from './testing/vectors.ts'

const rfc8785 = othersVectors('rfc8785')

test(
  'the canonical outputs of the RFC 8785 vectors are read, and give the value of their input',
  { skip: rfc8785.skip },
  () => {
    const names = readdirSync(join(rfc8785.path, 'output'))
    assert.ok(names.length >= 6)
    for (const name of names) {
      const bytes = Buffer.from(
        readFileSync(join(rfc8785.path, 'outhex', name.replace('.json', '.txt')), 'utf8').replace(/\s/g, ''),
        'hex',
      )
      const read = readCanonicalJson(bytes.toString('utf8'))
      assert.ok(read.ok, name)
      assert.deepEqual(read.value, JSON.parse(readFileSync(join(rfc8785.path, 'input', name), 'utf8')), name)
    }
  },
)

test(
  'the inputs of the RFC 8785 vectors are refused, because they are not in canonical form',
  { skip: rfc8785.skip },
  () => {
    for (const name of readdirSync(join(rfc8785.path, 'input'))) {
      const text = readFileSync(join(rfc8785.path, 'input', name), 'utf8')
      const read = readCanonicalJson(text)
      assert.ok(!read.ok && read.rule === 'json_not_canonical', name)
    }
  },
)

test('text passes exactly when encoding its value again gives the same text', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      const read = readCanonicalJson(text)
      const canonical = canonicalize(JSON.parse(text))
      assert.equal(read.ok, canonical === text)
      const again = readCanonicalJson(canonical ?? '')
      assert.ok(again.ok)
      assert.equal(canonicalize(again.value), canonical)
    }),
    { numRuns: 500 },
  )
})

test('any text at all is read or refused, never thrown on', () => {
  const noise = fc.string({ unit: fc.constantFrom(...Array.from('{}[]",:\\u0d8e+-.1t rnfalse\n\u00e9')) })
  fc.assert(
    fc.property(noise, (text) => {
      const read = readCanonicalJson(text)
      if (read.ok) assert.equal(canonicalize(read.value), text)
    }),
    { numRuns: 2000 },
  )
})

const refusals: readonly (readonly [text: string, rule: string])[] = [
  ['', 'json_invalid'],
  ['{"a":1,"a":2}', 'json_duplicate_key'],
  ['{"a":1,"b":2,"a":3}', 'json_duplicate_key'],
  ['{"__proto__":1,"__proto__":2}', 'json_duplicate_key'],
  ['{"b":1,"a":2}', 'json_not_canonical'],
  ['"\\ud800"', 'json_lone_surrogate'],
  ['"\\udc00\\ud800"', 'json_lone_surrogate'],
  ['"\\ud83d\\udce7"', 'json_not_canonical'],
  ['"\\u0041"', 'json_not_canonical'],
  ['"\\u000A"', 'json_not_canonical'],
  ['"\\u001F"', 'json_not_canonical'],
  ['"\\/"', 'json_not_canonical'],
  ['"\\x"', 'json_invalid'],
  ['"\t"', 'json_invalid'],
  ['1.0', 'json_not_canonical'],
  ['1e2', 'json_not_canonical'],
  ['1E400', 'json_not_canonical'],
  ['-0', 'json_not_canonical'],
  ['9007199254740993', 'json_not_canonical'],
  ['01', 'json_invalid'],
  ['NaN', 'json_invalid'],
  ['[1, 2]', 'json_not_canonical'],
  [' 1', 'json_not_canonical'],
  ['{}\r', 'json_not_canonical'],
  ['{} x', 'json_not_canonical'],
  ['{}x', 'json_invalid'],
  ['[1,]', 'json_invalid'],
  ['{"a"}', 'json_invalid'],
  ['\ufeff{}', 'json_invalid'],
]

for (const [text, rule] of refusals) {
  test(`${JSON.stringify(text)} is refused as ${rule}`, () => {
    const read = readCanonicalJson(text)
    assert.equal(read.ok ? 'read' : read.rule, rule)
  })
}

test('nesting is read to its limit and refused beyond it', () => {
  assert.ok(readCanonicalJson('['.repeat(maxJsonDepth) + ']'.repeat(maxJsonDepth)).ok)
  const deeper = readCanonicalJson('['.repeat(10_000_000))
  assert.ok(!deeper.ok && deeper.rule === 'json_too_deep')
})

test('a number of a million digits is refused', () => {
  assert.ok(!readCanonicalJson('9'.repeat(1_000_000)).ok)
})

test('a member called __proto__ is a member like any other', () => {
  const read = readCanonicalJson('{"__proto__":{"a":1}}')
  assert.ok(read.ok)
  assert.deepEqual(Object.keys(Object(read.value)), ['__proto__'])
  assert.equal(Object.getPrototypeOf(read.value), Object.prototype)
})
