import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from './canonical-json.ts'
import type { Entry } from './entry.ts'
import { partShapeProblem } from './part-shapes.ts'
import type { PartName } from './part-shapes.ts'

// Of an entry only phase and decision are looked at.
const allowed = { phase: 'effect', decision: 'allowed' } as Entry
const policy = { effect: 'permit', rules: ['r'], digest: 'sha256:00', engine: 'cedar' }

test('members that a part may have are of their type, and unknown ones are no problem', () => {
  const cases: readonly (readonly [PartName, JsonObject, RegExp | undefined])[] = [
    ['policy', { ...policy, reasons: ['An analyst may.'] }, undefined],
    ['policy', { ...policy, reasons: 'An analyst may.' }, /reasons/],
    [
      'place',
      { region: 'eu-1', residency: 'eu-2', tlp: 'AMBER', pap: 'GREEN', licence: ['CC0-1.0'] },
      undefined,
    ],
    ['place', { region: 'eu-1', residency: 2 }, /residency/],
    ['place', { region: 'eu-1', pap: ['GREEN'] }, /pap/],
    ['place', { region: 'eu-1', somethingNew: {} }, undefined],
  ]
  for (const [name, value, problem] of cases) {
    const said = partShapeProblem(name, value, allowed)
    if (problem === undefined) assert.equal(said, undefined)
    else assert.match(said ?? '', problem)
  }
})
