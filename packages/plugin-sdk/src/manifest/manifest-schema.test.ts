import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { parsePackageManifest } from '@switchboard/verifier/package'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { PackRefused } from '../pack-refusal.ts'
import {
  invalidBeyondSchema,
  invalidManifests,
  pluginManifest,
  validManifests,
} from '../testing/manifest-cases.ts'
import { manifestSchemaText } from './manifest-schema.ts'
import { checkManifest, readManifest } from './read-manifest.ts'

const published = new URL('../../../../docs/reference/manifest.schema.json', import.meta.url)
const bySchema = new Ajv2020({ strict: false }).compile(JSON.parse(manifestSchemaText()))

function refusalOf(value: unknown): string | undefined {
  try {
    checkManifest(value)
    return undefined
  } catch (error) {
    if (error instanceof PackRefused) return error.code
    throw error
  }
}

function verdicts(value: unknown) {
  const verifier = parsePackageManifest(value)
  return {
    schema: bySchema(value),
    packer: refusalOf(value) ?? 'ok',
    verifier: verifier.ok ? 'ok' : verifier.code,
  }
}

test('the published schema is the one that packing uses', async () => {
  assert.equal(await readFile(published, 'utf8'), manifestSchemaText())
})

test('schema, packer and verifier accept the same manifests', () => {
  for (const manifest of validManifests) {
    assert.deepEqual(
      verdicts(manifest),
      { schema: true, packer: 'ok', verifier: 'ok' },
      JSON.stringify(manifest),
    )
  }
})

test('schema, packer and verifier refuse the same manifests, packer and verifier with the same code', () => {
  for (const manifest of invalidManifests) {
    const { schema, packer, verifier } = verdicts(manifest)
    assert.equal(schema, false, JSON.stringify(manifest))
    assert.notEqual(packer, 'ok', JSON.stringify(manifest))
    assert.equal(verifier, packer, JSON.stringify(manifest))
  }
})

test('packer and verifier refuse what a schema cannot see', () => {
  for (const manifest of invalidBeyondSchema) {
    const refused = { schema: true, packer: 'manifest_invalid', verifier: 'manifest_invalid' }
    assert.deepEqual(verdicts(manifest), refused, JSON.stringify(manifest))
  }
})

test('schema, packer and verifier agree about any manifest with a place changed to anything', () => {
  const places = [
    'name',
    'version',
    'entry',
    'title',
    'capabilities',
    'budgets',
    'permissions',
    'data',
    'input',
    'kind',
    'x',
  ]
  const anything = fc.oneof(
    fc.json().map((text) => JSON.parse(text)),
    fc.string({ unit: 'binary', maxLength: 130 }),
    fc.integer(),
  )
  fc.assert(
    fc.property(fc.constantFrom(...places), anything, (place, value) => {
      const manifest = { ...pluginManifest, [place]: value }
      const { schema, packer, verifier } = verdicts(manifest)
      return packer === verifier && schema === (packer === 'ok')
    }),
    { numRuns: 1000 },
  )
})

test('what is wrong with a manifest is told with what would be right', () => {
  const told = (change: object): string => {
    try {
      checkManifest({ ...pluginManifest, ...change })
      return 'nothing'
    } catch (error) {
      return error instanceof PackRefused ? `${error.where} ${error.message}` : String(error)
    }
  }
  const { budgets } = pluginManifest
  assert.match(
    told({ capabilities: { files: ['read'] } }),
    /#\/capabilities\/files .*there are graph, cases, network, .*data/,
  )
  for (const ms of [0, -5, 1e12, 1.5])
    assert.match(
      told({ budgets: { ...budgets, ms } }),
      /#\/budgets\/ms .*whole number from 1 to 3600000\. Wall time/,
    )
  assert.match(told({ entry: 'src/index.ts' }), /#\/entry .*The file that exports run/)
  assert.match(
    told({ optionalCapabilities: { graph: ['read'] } }),
    /#\/optionalCapabilities graph: read is required already|graph: read is required already/,
  )
})

test('a manifest whose text readers could understand differently is refused', () => {
  const text = JSON.stringify(pluginManifest)
  const refused = [
    text.replace('{', '{"name":"other",'),
    text.replace('{', '{"input":{"\\ud800":1},'),
    text.replace('{', `{"input":{"a":${'['.repeat(70)}${']'.repeat(70)}},`),
    `\ufeff${text}`,
    text.slice(0, -1),
  ]
  for (const one of refused) assert.throws(() => readManifest(one), { code: 'manifest_invalid' }, one)
  assert.equal(readManifest(text).name, 'sample-enricher')
})
