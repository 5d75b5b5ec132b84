import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../testing/evidence-fixture.ts'
import { publishedVectors } from '../testing/published-vectors.ts'
import { readCheckpoint, signCheckpoint } from './checkpoint.ts'
import { openLogKey } from './log-key.ts'
import type { LogKey } from './log-key.ts'

function keyFrom(vkey: string): LogKey {
  const [name = '', hashHex = '', typed = ''] = vkey.split('+', 2).concat(vkey.split('+').slice(2).join('+'))
  const x = Buffer.from(typed, 'base64').subarray(1).toString('base64url')
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return {
    name,
    publicKey,
    privateKey: generateKeyPairSync('ed25519').privateKey,
    hash: Buffer.from(hashHex, 'hex'),
    vkey,
  }
}

test('the published checkpoints are read under their key and under no other', () => {
  const vectors = publishedVectors<Record<string, string>>('checkpoints')
  const key = keyFrom(vectors['vkey'] ?? '')
  const read = readCheckpoint(key, key.name, vectors['atSize8'] ?? '')
  assert.ok(!('problem' in read))
  assert.equal(read.size, 8)
  const other = keyFrom(vectors['otherVkey'] ?? '')
  assert.deepEqual(readCheckpoint(other, other.name, vectors['atSize8'] ?? ''), { problem: 'key' })
})

test('a checkpoint that was signed is read back, and with any character changed it is not', async (t) => {
  const key = await openLogKey(await temporaryFolder(t), { isNewLog: true })
  const origin = `${key.name}/5f3e9a01/short`
  const { note } = signCheckpoint(key, origin, 7, Buffer.alloc(32, 9))
  const read = readCheckpoint(key, origin, note)
  assert.ok(!('problem' in read) && read.size === 7)
  for (let at = 0; at < note.length; at += 1) {
    const other = note[at] === 'A' ? 'B' : 'A'
    const changed = readCheckpoint(key, origin, note.slice(0, at) + other + note.slice(at + 1))
    assert.ok('problem' in changed, `character ${at}`)
  }
})

test('a checkpoint of one log is none of another log of the same key', async (t) => {
  const key = await openLogKey(await temporaryFolder(t), { isNewLog: true })
  const { note } = signCheckpoint(key, `${key.name}/5f3e9a01/short`, 7, Buffer.alloc(32, 9))
  for (const origin of [key.name, `${key.name}/5f3e9a01/long`, `${key.name}/5f3e9a02/short`])
    assert.deepEqual(readCheckpoint(key, origin, note), { problem: 'origin' })
})

test('the key is made once, readable by its owner alone, with the verifier key beside it', async (t) => {
  const folder = await temporaryFolder(t)
  const first = await openLogKey(folder, { isNewLog: true })
  const again = await openLogKey(folder, { isNewLog: false })
  assert.equal(again.vkey, first.vkey)
  assert.equal((await stat(join(folder, 'log.key'))).mode & 0o777, 0o600)
  assert.equal(await readFile(join(folder, 'log.vkey'), 'utf8'), `${first.vkey}\n`)
  assert.match(first.vkey, /^switchboard\.local\/log\/[0-9a-f]{8}\+[0-9a-f]{8}\+A[A-Za-z0-9+/]{43}$/)
})

test('a log whose key is gone, or is no key, is not continued under a new one', async (t) => {
  const folder = await temporaryFolder(t)
  await openLogKey(folder, { isNewLog: true })
  await writeFile(join(folder, 'log.key'), 'not a key')
  await assert.rejects(openLogKey(folder, { isNewLog: true }), { code: 'log_key_invalid' })
  await unlink(join(folder, 'log.key'))
  await assert.rejects(openLogKey(folder, { isNewLog: false }), { code: 'log_key_missing' })
  await assert.rejects(openLogKey(folder, { isNewLog: true, name: 'two words' }), {
    code: 'log_origin_invalid',
  })
})
