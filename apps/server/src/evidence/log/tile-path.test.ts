import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTilePath, tilePath } from './tile-path.ts'

test('tile paths are spelt as C2SP tlog-tiles spells them', () => {
  const spelt = {
    'tile/0/000': { level: 0, number: 0, width: 256 },
    'tile/0/x001/x234/067': { level: 0, number: 1_234_067, width: 256 },
    'tile/3/x001/000.p/17': { level: 3, number: 1_000, width: 17 },
    'tile/63/x999/x123/456.p/255': { level: 63, number: 999_123_456, width: 255 },
  }
  for (const [path, address] of Object.entries(spelt)) {
    assert.equal(tilePath(address), path)
    assert.deepEqual(parseTilePath(path), address)
  }
})

test('any other spelling names no tile', () => {
  const others = [
    'tile/0/0',
    'tile/00/000',
    'tile/0/x000/001',
    'tile/0/001/002',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
  ]
  const hostile = [
    'tile/0/000.p/01',
    '../tile/0/000',
    'tile/0/../000',
    'tile/entries/000',
    'tile/0/000/',
    '',
    'tile/-1/000',
    'tile/64/000',
    'tile/0/001/x002',
    'tile/0/x001',
  ]
  for (const path of [...others, ...hostile]) assert.equal(parseTilePath(path), undefined, path)
})
