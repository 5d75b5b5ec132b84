import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findPackageFile, readForImport, readForRequire } from './package-files.js'

const files = new Map([
  ['index.js', 'i'],
  ['lib/a.js', 'a'],
  ['lib/index.js', 'l'],
  ['lib/deep/b.cjs', 'b'],
  ['data.json', '{"__proto__":1}'],
  ['m.mjs', 'm'],
  ['notes.txt', 't'],
])

const found: readonly (readonly [string, string, string])[] = [
  ['', './index.js', 'index.js'],
  ['index.js', './lib/a', 'lib/a.js'],
  ['index.js', './lib', 'lib/index.js'],
  ['lib/deep/b.cjs', '../a.js', 'lib/a.js'],
  ['lib/deep/b.cjs', '../../data', 'data.json'],
  ['index.js', './lib//./deep/../a.js', 'lib/a.js'],
]
for (const [from, specifier, path] of found) {
  test(`${specifier} from ${from || 'the root'} is ${path}`, () => {
    assert.deepEqual(findPackageFile(files, from, specifier), { path, source: files.get(path) })
  })
}

for (const specifier of [
  'fs',
  'node:fs',
  '/etc/passwd',
  'file:///etc/passwd',
  '../index.js',
  './../../x',
  './none',
  '..',
  './__proto__',
]) {
  test(`${specifier} is refused with a reason that names it`, () => {
    const answer = findPackageFile(files, 'index.js', specifier)
    assert.ok('refused' in answer && answer.refused.includes(JSON.stringify(specifier)))
  })
}

test('require takes CommonJS and JSON only, import takes modules and JSON only', () => {
  assert.match(readForRequire(files, 'index.js', './m.mjs'), /^!Cannot require "m.mjs"/)
  assert.match(readForRequire(files, 'index.js', './notes.txt'), /^!Cannot load "notes.txt"/)
  assert.equal(readForRequire(files, 'index.js', './lib/a'), 'lib/a.js\na')
  assert.throws(() => readForImport(files, 'index.js', './lib/deep/b.cjs'), /not an ES module/)
  assert.equal(
    readForImport(files, 'index.js', './data.json').source,
    'export default JSON.parse("{\\"__proto__\\":1}")',
  )
})
