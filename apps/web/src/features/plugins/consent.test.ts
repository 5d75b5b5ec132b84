import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consentInSum, firstCeiling, installCommand, installInput } from './consent.ts'
import type { Capability, PackageDetail } from './consent.ts'

const capability = (scope: string, required: boolean): Capability => ({
  scope,
  required,
  granted: false,
  impact: `${scope}.`,
})
const capabilities = [
  capability('read:graph', true),
  capability('read:case', true),
  capability('net:api.example.org', false),
]
// Only name and version of the package are read.
const detail = { package: { name: 'probe', version: '1.0.0' } as PackageDetail['package'], capabilities }

test('nothing chosen grants nothing, and says so', () => {
  assert.deepEqual(installInput(detail, new Set()), { id: 'probe', version: '1.0.0' })
  assert.match(consentInSum(capabilities, new Set()), /granted nothing.*read:graph, read:case required/)
})

test('a part of what is required goes by name, all of it is the least it needs', () => {
  assert.deepEqual(installInput(detail, new Set(['read:graph'])), {
    id: 'probe',
    version: '1.0.0',
    caps: ['read:graph'],
  })
  const all = installInput(detail, new Set(capabilities.map(({ scope }) => scope)))
  assert.deepEqual(all, { id: 'probe', version: '1.0.0', minimal: true, caps: ['net:api.example.org'] })
  assert.equal(
    installCommand(all),
    'npx switchboard plugin install probe --version 1.0.0 --minimal --caps net:api.example.org',
  )
  assert.match(
    consentInSum(capabilities, new Set(['read:graph', 'read:case'])),
    /2 of 3: read:graph, read:case\.$/,
  )
})

test('without required capabilities nothing is called the least it needs', () => {
  const optional = { ...detail, capabilities: [capability('read:case', false)] }
  assert.deepEqual(installInput(optional, new Set(['read:case'])), {
    id: 'probe',
    version: '1.0.0',
    caps: ['read:case'],
  })
  assert.match(consentInSum([], new Set()), /names no capability/)
})

test('a package that names hosts starts with the lower ceiling', () => {
  assert.deepEqual([firstCeiling(capabilities), firstCeiling([])], ['GREEN', 'RED'])
})
