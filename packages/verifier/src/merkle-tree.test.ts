import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { verifyConsistency, verifyInclusion } from './merkle-tree.ts'
import { nodeCrypto } from './node-crypto.ts'
import { base64Bytes, hexBytes, othersVectors, readVector } from './testing/vectors.ts'

const rfc6962 = othersVectors('rfc6962')

interface InclusionCase {
  readonly leafIdx: number
  readonly treeSize: number
  readonly root: string | null
  readonly leafHash: string | null
  readonly proof: readonly string[] | null
  readonly wantErr: boolean
}
interface ConsistencyCase {
  readonly size1: number
  readonly size2: number
  readonly root1: string | null
  readonly root2: string | null
  readonly proof: readonly string[] | null
  readonly wantErr: boolean
}

function casesIn<T>(folder: string): readonly { readonly file: string; readonly content: T }[] {
  const files = readdirSync(join(rfc6962.path, folder), { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.json'),
  )
  // The files' shape is theirs; a wrong guess would fail every case.
  return files.map((file) => ({
    file,
    content: JSON.parse(readFileSync(join(rfc6962.path, folder, file), 'utf8')) as T,
  }))
}

test('every RFC 6962 inclusion vector is accepted or refused as it says', { skip: rfc6962.skip }, () => {
  const cases = casesIn<InclusionCase>('inclusion')
  assert.ok(cases.length > 90)
  for (const { file, content } of cases) {
    const { leafIdx, treeSize, root, leafHash, proof, wantErr } = content
    const claim = {
      index: leafIdx,
      size: treeSize,
      root: base64Bytes(root),
      leaf: base64Bytes(leafHash),
      proof: (proof ?? []).map(base64Bytes),
    }
    assert.equal(verifyInclusion(nodeCrypto, claim), !wantErr, file)
  }
})

test('every RFC 6962 consistency vector is accepted or refused as it says', { skip: rfc6962.skip }, () => {
  const cases = casesIn<ConsistencyCase>('consistency')
  assert.ok(cases.length > 90)
  for (const { file, content } of cases) {
    const { size1, size2, root1, root2, proof, wantErr } = content
    const claim = {
      size1,
      size2,
      root1: base64Bytes(root1),
      root2: base64Bytes(root2),
      proof: (proof ?? []).map(base64Bytes),
    }
    assert.equal(verifyConsistency(nodeCrypto, claim), !wantErr, file)
  }
})

interface TreeVector {
  readonly size: number
  readonly root: string
  readonly inclusion: readonly { readonly index: number; readonly proof: readonly string[] }[]
  readonly consistency: readonly {
    readonly size: number
    readonly root: string
    readonly proof: readonly string[]
  }[]
}

test('the published trees verify, and not with any hash of a proof changed, dropped or added', () => {
  for (const { size, root, inclusion, consistency } of readVector<readonly TreeVector[]>('trees')) {
    for (const { index, proof } of inclusion) {
      const leaf = nodeCrypto.sha256(Uint8Array.of(0, index))
      const holds = (hashes: readonly Uint8Array[]) =>
        verifyInclusion(nodeCrypto, { index, size, root: hexBytes(root), leaf, proof: hashes })
      checkProof(proof.map(hexBytes), holds, `inclusion of ${index} in ${size}`)
    }
    for (const older of consistency) {
      const claim = { size1: older.size, size2: size, root1: hexBytes(older.root), root2: hexBytes(root) }
      checkProof(
        older.proof.map(hexBytes),
        (proof) => verifyConsistency(nodeCrypto, { ...claim, proof }),
        `${older.size} to ${size}`,
      )
    }
  }
})

function checkProof(
  proof: readonly Uint8Array[],
  holds: (proof: readonly Uint8Array[]) => boolean,
  name: string,
): void {
  assert.ok(holds(proof), name)
  assert.ok(!holds([...proof, new Uint8Array(32)]), `${name}, a hash added`)
  for (const [i, hash] of proof.entries()) {
    assert.ok(!holds(proof.with(i, hash.with(0, (hash[0] ?? 0) ^ 1))), `${name}, hash ${i} changed`)
    assert.ok(!holds(proof.toSpliced(i, 1)), `${name}, hash ${i} dropped`)
  }
}
