import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isBound, isWithin, paps, tlps } from './markings.ts'

test('a ceiling lets through what is marked up to it, and nothing above', () => {
  assert.deepEqual(
    tlps.filter((tlp) => isWithin(tlps, tlp, 'AMBER')),
    ['CLEAR', 'GREEN', 'AMBER'],
  )
  assert.deepEqual(
    paps.filter((pap) => isWithin(paps, pap, 'CLEAR')),
    ['CLEAR'],
  )
})

test('all but CLEAR and GREEN is bound', () => {
  assert.deepEqual(
    tlps.filter((tlp) => isBound(tlp)),
    ['AMBER', 'AMBER+STRICT', 'RED'],
  )
})
