import assert from 'node:assert/strict'
import { test } from 'node:test'
import { licencesIn } from './licences.ts'

test('licences are lines, each once', () => {
  assert.deepEqual(licencesIn(' CC0-1.0\n\n*\r\nCC0-1.0'), ['CC0-1.0', '*'])
  assert.deepEqual(licencesIn(' \n'), [])
})
