import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { provedRoots } from './consistency.ts'
import { leaves, testKey, testLog } from './testing/test-log.ts'

const decode = (text: string): Buffer => Buffer.from(text, 'base64')
const vectors = fileURLToPath(
  new URL('../../../../../../shared/vectors/rfc6962/consistency/', import.meta.url),
)
const skip = existsSync(vectors) ? false : 'no rfc6962 vectors beside the repository (../shared/vectors)'

test('every RFC 6962 consistency vector leads to both roots or not, as it says', { skip }, () => {
  const files = readdirSync(vectors, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  )
  assert.ok(files.length > 90, `${files.length} vectors`)
  let compared = 0
  for (const file of files) {
    const vector = JSON.parse(readFileSync(join(vectors, file), 'utf8')) as {
      size1: number
      size2: number
      root1: string | null
      root2: string | null
      proof: string[] | null
      wantErr: boolean
    }
    // Equal sizes and size 0 need no proof: the witness compares roots, or refuses.
    if (vector.size1 === 0 || vector.size1 === vector.size2) continue
    compared += 1
    const root1 = decode(vector.root1 ?? '')
    const proof = (vector.proof ?? []).map(decode)
    const proved = provedRoots({ older: vector.size1, newer: vector.size2 }, root1, proof)
    const isGood =
      proved !== undefined &&
      root1.equals(proved.older) &&
      decode(vector.root2 ?? '').equals(proved.newer) &&
      proof.every((hash) => hash.length === 32)
    assert.equal(isGood, !vector.wantErr, file)
  }
  assert.ok(compared > 80, `only ${compared} were compared`)
})

test('every proof between sizes up to 40 leads to both roots, and of another history to its own', () => {
  const key = testKey('log.example')
  const log = testLog(key, 'log.example', leaves(40))
  const other = testLog(key, 'log.example', ['another', ...leaves(39)])
  for (let newer = 2; newer <= 40; newer += 1) {
    for (let older = 1; older < newer; older += 1) {
      const good = provedRoots({ older, newer }, log.rootAt(older), log.proof(older, newer).map(decode))
      assert.ok(
        good !== undefined && log.rootAt(older).equals(good.older) && log.rootAt(newer).equals(good.newer),
      )
      const isWhole = Number.isInteger(Math.log2(older))
      const foreign = provedRoots({ older, newer }, log.rootAt(older), other.proof(older, newer).map(decode))
      assert.ok(foreign !== undefined)
      assert.equal(other.rootAt(newer).equals(foreign.newer), !isWhole, `${older} to ${newer}`)
      if (!isWhole) assert.ok(other.rootAt(older).equals(foreign.older))
      const proof = log.proof(older, newer).map(decode)
      assert.equal(provedRoots({ older, newer }, log.rootAt(older), [...proof, Buffer.alloc(32)]), undefined)
    }
  }
})
