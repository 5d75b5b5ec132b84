import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkSignature, parseCosignedCheckpoint, parseLogKey, parseWitnessKey } from '../checkpoint.ts'
import { Findings } from '../findings.ts'
import { nodeCrypto } from '../node-crypto.ts'
import { readVector } from '../testing/vectors.ts'
import { checkCosignatures } from './cosignatures.ts'
import { followRotations, isRetiredFor } from './rotations.ts'

interface Notes {
  readonly vkey: string
  readonly nextVkey: string
  readonly origin: string
  readonly witnesses: readonly string[]
  /** Seconds since 1970. */
  readonly time: number
  readonly cosigned: string
  readonly rotation: string
}

const notes = readVector<Notes>('notes')

function keyOf(vkey: string) {
  const key = parseLogKey(vkey, nodeCrypto)
  assert.ok(key)
  return key
}

function checkpointOf(note: string) {
  const checkpoint = parseCosignedCheckpoint(note)
  assert.ok(checkpoint)
  return checkpoint
}

// Keys and signatures that others published: the example of Go's note package, and the checkpoint in C2SP tlog-checkpoint,
// whose signature is that of sum.golang.org over a tree head of the same size and root.
const published = [
  {
    vkey: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    text: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
    signature: 'x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=',
  },
  {
    vkey: 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8',
    text: 'go.sum database tree\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n',
    signature: 'Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=',
  },
] as const

for (const { vkey, text, signature } of published) {
  test(`the published key ${vkey.slice(0, 23)} has its hash, and signed its published note`, () => {
    const { keyHash, publicKey } = keyOf(vkey)
    const signed = Buffer.from(signature, 'base64')
    assert.equal(signed.toString('hex', 0, 4), keyHash)
    assert.ok(nodeCrypto.verifyEd25519(publicKey, Buffer.from(text), signed.subarray(4)))
    assert.ok(!nodeCrypto.verifyEd25519(publicKey, Buffer.from(`${text} `), signed.subarray(4)))
  })
}

test('the example of C2SP tlog-cosignature is read as its text explains it', async () => {
  const note = [
    'example.com/behind-the-sofa',
    '20852163',
    'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=',
    '',
    '\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=',
    '\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==',
    '',
  ].join('\n')
  const checkpoint = checkpointOf(note)
  const { origin, size, keyHash, cosignatureLines } = checkpoint
  assert.deepEqual(
    { origin, size, keyHash, lines: cosignatureLines.length },
    { origin: 'example.com/behind-the-sofa', size: 20_852_163, keyHash: '033de0ae', lines: 1 },
  )
  const findings = new Findings()
  const trust = { keys: [], needed: 0, now: undefined }
  const seen = await checkCosignatures(checkpoint, trust, 'note', nodeCrypto, findings)
  assert.deepEqual(seen, { valid: [], unknown: ['witness.example.com/w1'] })
  assert.ok(findings.ok)
})

test("notes of another implementation verify: a log below its key's name, two witnesses, a rotation", async () => {
  const checkpoint = checkpointOf(notes.cosigned)
  assert.equal(checkpoint.origin, notes.origin)
  assert.equal(await checkSignature(nodeCrypto, checkpoint, [keyOf(notes.vkey)]), 'valid')
  assert.equal(await checkSignature(nodeCrypto, checkpoint, [keyOf(notes.nextVkey)]), 'unknown_key')
  const keys = notes.witnesses.map((vkey) => {
    const key = parseWitnessKey(vkey, nodeCrypto)
    assert.ok(key)
    return key
  })
  const findings = new Findings()
  const now = notes.time * 1000
  const seen = await checkCosignatures(checkpoint, { keys, needed: 2, now }, 'note', nodeCrypto, findings)
  assert.deepEqual(seen.valid, [
    { witness: 'witness.one', at: now },
    { witness: 'witness.two', at: now },
  ])
  const trusted = await followRotations([notes.rotation], [keyOf(notes.vkey)], nodeCrypto, findings)
  assert.deepEqual(trusted.keys, [keyOf(notes.vkey), keyOf(notes.nextVkey)])
  assert.deepEqual(findings.list(), [])
  assert.equal(isRetiredFor(checkpoint, trusted), false)
  assert.equal(isRetiredFor({ ...checkpoint, size: checkpoint.size + 1 }, trusted), true)
  assert.equal(isRetiredFor({ ...checkpoint, origin: `${notes.origin}er` }, trusted), true)
})

test('a rotation adds no trust when its old key is not trusted', async () => {
  const other = keyOf('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')
  const findings = new Findings()
  const trusted = await followRotations([notes.rotation], [other], nodeCrypto, findings)
  assert.deepEqual(trusted.keys, [other])
  assert.ok(findings.ok)
})

test('every character of a rotation note counts', async () => {
  for (let at = 0; at < notes.rotation.length; at++) {
    const changed = `${notes.rotation.slice(0, at)}#${notes.rotation.slice(at + 1)}`
    const findings = new Findings()
    const trusted = await followRotations([changed], [keyOf(notes.vkey)], nodeCrypto, findings)
    assert.equal(findings.ok, false, `character ${at}`)
    assert.equal(trusted.keys.length, 1)
  }
})

test("every character behind the log's own signature counts, when the witnesses are known", async () => {
  const keys = notes.witnesses.flatMap((vkey) => parseWitnessKey(vkey, nodeCrypto) ?? [])
  const from = notes.cosigned.indexOf('\u2014 witness.one')
  for (let at = from; at < notes.cosigned.length - 1; at++) {
    const changed = `${notes.cosigned.slice(0, at)}#${notes.cosigned.slice(at + 1)}`
    const checkpoint = checkpointOf(changed)
    const findings = new Findings()
    await checkCosignatures(checkpoint, { keys, needed: 2, now: undefined }, 'note', nodeCrypto, findings)
    assert.equal(findings.ok, false, `character ${at}`)
  }
})
