import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capabilityOf } from '../sandbox/capabilities/index.ts'
import { outboundLimits } from './limits.ts'

test('the listing of capabilities says the limits that are held', () => {
  const { bodyBytes, totalMs, concurrentPerHost, cacheBytes } = outboundLimits
  const said = capabilityOf('net:api.example.org')?.limits
  assert.deepEqual(said, {
    requestBodyCharacters: 262_144,
    responseBodyBytes: bodyBytes,
    redirects: 5,
    totalMs,
    concurrentPerHost,
    cachedBytesPerPackage: cacheBytes,
  })
})
