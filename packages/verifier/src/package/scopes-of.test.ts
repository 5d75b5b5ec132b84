import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePackageManifest, scopesOf } from './index.ts'

const guide = {
  name: 'sample-enricher',
  version: '1.0.0',
  entry: 'index.js',
  capabilities: { graph: ['read'], cases: ['read', 'write'], network: false },
  budgets: { ms: 800, memoryMB: 128, rows: 1000 },
  permissions: ['use:nl2cypher'],
}

function scopes(manifest: object) {
  const verdict = parsePackageManifest(manifest)
  return verdict.ok ? scopesOf(verdict.manifest) : verdict
}

test('the manifest of the guide asks for the scopes that people see', () => {
  assert.deepEqual(scopes(guide), {
    required: ['read:graph', 'read:case', 'write:case', 'use:nl2cypher'],
    optional: [],
  })
})

test('hosts, secrets and data sets are scopes of their own, and optional ones are told apart', () => {
  const more = {
    ...guide,
    capabilities: { net: ['api.example.org'], secrets: ['api-key'] },
    data: ['ip-asn'],
    optionalCapabilities: { graph: ['read', 'write'], store: ['kv'], data: ['ports'] },
  }
  assert.deepEqual(scopes(more), {
    required: ['net:api.example.org', 'secret:api-key', 'read:data:ip-asn', 'use:nl2cypher'],
    optional: ['read:graph', 'write:graph', 'read:data:ports', 'store:kv'],
  })
})

test('network: true is refused in favour of named hosts', () => {
  const verdict = parsePackageManifest({ ...guide, optionalCapabilities: { network: true } })
  assert.ok(!verdict.ok)
  assert.equal(verdict.code, 'network_unrestricted')
  assert.equal(verdict.where, 'manifest.json#/optionalCapabilities/network')
  assert.match(verdict.message, /"net": \["api\.example\.org"\]/)
})
