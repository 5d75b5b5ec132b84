import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { test } from 'node:test'
import { verifyBundle } from '@switchboard/verifier'
import { nodeCrypto } from '@switchboard/verifier/node'
import { draftOf } from '../../apps/server/src/evidence/testing/evidence-fixture.ts'
import { createLogger } from '../../apps/server/src/kernel/log.ts'
import { createMetrics, createSurface } from '../../apps/server/src/surface/index.ts'
import { brokenInvariants } from '../support/evidence-invariants.ts'
import { createTestServer } from '../support/test-server.ts'
import type { TestServer, Who } from '../support/test-server.ts'

/** The server over HTTP, on a free port of this machine. */
async function listening(s: TestServer) {
  const surface = createSurface({
    gate: s.gate,
    config: { port: 0, version: '0.0.0', shutdownSeconds: 1 },
    log: createLogger('silent'),
    metrics: createMetrics(),
    tiles: s.server.evidence.published,
    health: { ready: async () => ({ store: true }) },
  })
  const url = await surface.listen()
  return { url, [Symbol.asyncDispose]: () => surface.close() }
}

async function tokenOf(s: TestServer, who: Who): Promise<string> {
  return (await s.value(who, 'token.create', { name: 'follower', scopes: ['*'] })).secret
}

async function record(s: TestServer, organisation: string, count: number): Promise<void> {
  const { evidence, database } = s.server
  const sent = Array.from({ length: count }, () => draftOf({ organisation }))
  await database.writer.transact({ by: 'gate', operation: 'test' }, async (tx) => {
    for (const draft of sent) await evidence.record(tx, draft)
  })
  evidence.committed()
  while ((await evidence.pendingCount()) > 0) await evidence.integrated(sent.map((draft) => draft.id))
}

// From here on a client of C2SP signed-note, tlog-checkpoint and tlog-tiles, from their text, with none of our code.

const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  Buffer.from(createHash('sha256').update(Buffer.concat(parts)).digest())
const leafOf = (entry: Uint8Array): Buffer => sha256(Buffer.of(0), entry)
const nodeOf = (left: Uint8Array, right: Uint8Array): Buffer => sha256(Buffer.of(1), left, right)

function rootOf(hashes: readonly Buffer[]): Buffer {
  const [first] = hashes
  if (first === undefined) throw new Error('no hashes')
  if (hashes.length === 1) return first
  let split = 1
  while (split * 2 < hashes.length) split *= 2
  return nodeOf(rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)))
}

function openNote(note: string, vkey: string): { origin: string; size: number; root: Buffer } {
  const [name = '', hash = '', ...rest] = vkey.split('+')
  const typed = Buffer.from(rest.join('+'), 'base64')
  const id = sha256(Buffer.from(`${name}\n`), typed).subarray(0, 4)
  assert.equal(id.toString('hex'), hash)
  const text = note.slice(0, note.indexOf('\n\n') + 1)
  const lines = note.slice(text.length + 1).split('\n')
  const signature = lines
    .flatMap((line) => {
      const [dash, signer, encoded = ''] = line.split(' ')
      const bytes = Buffer.from(encoded, 'base64')
      return dash === '—' && signer === name && bytes.subarray(0, 4).equals(id) ? [bytes.subarray(4)] : []
    })
    .at(0)
  assert.ok(signature !== undefined, 'the log key signed the note')
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), typed.subarray(1)])
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
  assert.ok(verify(null, Buffer.from(text), key, signature))
  const [origin = '', size = '', root = ''] = text.split('\n')
  return { origin, size: Number(size), root: Buffer.from(root, 'base64') }
}

function pathOf(kind: string, number: number, width: number): string {
  const digits = String(number).padStart(Math.ceil(String(number).length / 3) * 3, '0')
  const groups = digits.match(/.../g) ?? []
  const spelt = groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/')
  return `tile/${kind}/${spelt}${width === 256 ? '' : `.p/${width}`}`
}

/** Reads the whole log below `prefix`: the checkpoint, all tiles of each level, all entries, and holds each against the next. */
async function follow(prefix: string, vkey: string, secret: string) {
  const read = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${prefix}/${path}`, { headers })
    assert.equal(answer.status, 200, `${prefix}/${path}`)
    return { bytes: Buffer.from(await answer.arrayBuffer()), cache: answer.headers.get('cache-control') }
  }
  const checkpoint = openNote((await read('checkpoint')).bytes.toString('utf8'), vkey)
  const leaves: Buffer[] = []
  for (let level = 0, count = checkpoint.size; count > 0; level += 1, count = Math.floor(count / 256)) {
    for (let number = 0; number * 256 < count; number += 1) {
      const width = Math.min(256, count - number * 256)
      const { bytes, cache } = await read(pathOf(String(level), number, width))
      assert.equal(bytes.length, width * 32)
      assert.equal(cache?.includes('immutable'), width === 256)
      const hashes = Array.from({ length: width }, (_, at) => bytes.subarray(at * 32, (at + 1) * 32))
      if (level === 0) leaves.push(...hashes)
      else {
        const below = 256 ** level
        for (const [at, hash] of hashes.entries()) {
          const first = (number * 256 + at) * below
          assert.deepEqual(hash, rootOf(leaves.slice(first, first + below)))
        }
      }
    }
  }
  assert.deepEqual(rootOf(leaves), checkpoint.root)
  const entries: Buffer[] = []
  for (let number = 0; number * 256 < checkpoint.size; number += 1) {
    const path = pathOf('entries', number, Math.min(256, checkpoint.size - number * 256))
    const { bytes } = await read(path, { authorization: `Bearer ${secret}` })
    for (let at = 0; at < bytes.length;) {
      const length = bytes.readUInt16BE(at)
      entries.push(bytes.subarray(at + 2, at + 2 + length))
      at += 2 + length
    }
  }
  assert.deepEqual(entries.map(leafOf), leaves)
  return { ...checkpoint, leaves, entries }
}

test(
  'a client of C2SP follows a log by its tiles, and of another tenant it sees hashes and no entry',
  { timeout: 120_000 },
  async (t) => {
    const s = await createTestServer(t)
    await record(s, s.a.organisation, 300)
    await record(s, s.b.organisation, 3)
    await using http = await listening(s)
    const vkey = s.server.evidence.logKey
    const own = await tokenOf(s, s.a.analyst)
    const foreign = await tokenOf(s, s.b.analyst)
    const finops = await tokenOf(s, s.a.finops)
    await record(s, s.a.organisation, 1)
    const { logs } = await s.value(s.a.analyst, 'checkpoint.read', {})
    const path = logs.find((log) => log.class === 'standard')?.path ?? ''
    const earlier = await follow(`${http.url}${path}`, vkey, own)
    assert.ok(earlier.size > 300 && earlier.origin.endsWith(path.slice('/logs'.length)))

    await record(s, s.a.organisation, 270)
    const later = await follow(`${http.url}${path}`, vkey, own)
    assert.ok(later.size >= earlier.size + 270)
    assert.deepEqual(later.leaves.slice(0, earlier.size), earlier.leaves)
    const proved = await s.value(s.a.finops, 'log.consistency', { from: earlier.size })
    assert.deepEqual([proved.root, proved.size], [earlier.root.toString('base64'), later.size])
    assert.ok(isConsistent(proved.proof, { ...earlier, root: earlier.root }, later))

    const status = async (tile: string, secret?: string) =>
      (
        await fetch(`${http.url}${path}/${tile}`, {
          headers: secret === undefined ? {} : { authorization: `Bearer ${secret}` },
        })
      ).status
    // Another tenant: the same as a log that does not exist. Without rights, or as nobody: refused.
    assert.equal(await status('tile/entries/000', foreign), 404)
    assert.equal(await status('tile/entries/000', finops), 403)
    assert.equal(await status('tile/entries/000'), 401)
    assert.equal(await status('tile/entries/009', own), 404)
    assert.equal(await status(`tile/entries/002.p/255`, own), 404)
    assert.equal(await status('tile/entries/000.p/256', own), 404)
    assert.equal(await status('tile/entries/..%2f..%2fcheckpoint', own), 400)
    assert.equal(await status('tile/0/000', foreign), 200)
    for (const lie of [
      '/logs/00000000/standard',
      '/logs/x/standard',
      path.toUpperCase(),
      `${path}x`,
      '/logs/..%2f..',
      '',
    ])
      assert.equal((await fetch(`${http.url}${lie}/checkpoint`)).status, 404, lie)
    const unknown = await s.denial(s.b.analyst, 'log.entries', {
      log: path.slice(6),
      tile: 'tile/entries/000',
    })
    const nothing = await s.denial(s.b.analyst, 'log.entries', {
      log: '00000000/long',
      tile: 'tile/entries/000',
    })
    assert.deepEqual([unknown.code, nothing.code], ['log_unknown', 'log_unknown'])
    assert.equal((await s.denial(s.a.finops, 'log.consistency', { from: 100_000 })).code, 'checkpoint_ahead')
    assert.equal(
      (await s.denial(s.a.finops, 'log.consistency', { from: 1, class: 'short' })).code,
      'log_unknown',
    )
    const beyond = await s.denial(s.a.analyst, 'log.entries', {
      log: path.slice(6),
      tile: 'tile/entries/009',
    })
    assert.equal(beyond.code, 'log_entries_unknown')
  },
)

/** RFC 9162, section 2.1.4.2. */
function isConsistent(
  proof: readonly string[],
  first: { readonly size: number; readonly root: Buffer },
  second: { readonly size: number; readonly root: Buffer },
): boolean {
  const path: Buffer[] = proof.map((hash) => Buffer.from(hash, 'base64'))
  if (Number.isInteger(Math.log2(first.size))) path.unshift(first.root)
  let [fn, sn] = [first.size - 1, second.size - 1]
  while (fn % 2 === 1) [fn, sn] = [fn >> 1, sn >> 1]
  const [start, ...rest] = path
  if (start === undefined) return false
  let fr: Buffer = start
  let sr: Buffer = start
  for (const hash of rest) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeOf(hash, fr)
      sr = nodeOf(hash, sr)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1]
    } else {
      sr = nodeOf(sr, hash)
    }
    ;[fn, sn] = [fn >> 1, sn >> 1]
  }
  return fr.equals(first.root) && sr.equals(second.root) && sn === 0
}

test(
  'the key of the logs is replaced by two people, and a follower goes over to the new one by the note',
  { timeout: 120_000 },
  async (t) => {
    const s = await createTestServer(t)
    const own = await tokenOf(s, s.a.analyst)
    await record(s, s.a.organisation, 2)
    const old = s.server.evidence.logKey
    assert.equal((await s.denial(s.a.analyst, 'log.rotate_key', { reason: 'x' })).code, 'policy_denied')
    const asked = await s.denial(s.a.admin, 'log.rotate_key', { reason: 'the disk was lent' })
    assert.equal(asked.code, 'approval_required')
    const id = String(asked.params['taskId'])
    assert.equal((await s.denial(s.a.admin, 'review.approve', { id })).code, 'policy_denied')
    await s.value(s.a.reviewer, 'review.approve', { id })
    while ((await s.value(s.a.reviewer, 'review.detail', { id })).status !== 'performed')
      await new Promise((resolve) => setTimeout(resolve, 5))
    while (s.server.evidence.logKey === old) await new Promise((resolve) => setTimeout(resolve, 5))
    await record(s, s.a.organisation, 1)

    const [receipt] = (await s.receipts({ operation: 'log.rotate_key' })).filter(
      (each) => each.decision === 'allowed',
    )
    assert.ok(receipt !== undefined)
    const entry = await s.value(s.a.auditor, 'receipt.read', { id: receipt.id })
    assert.equal(Buffer.from(entry.entry, 'base64')[63], 3)

    await using http = await listening(s)
    const { rotations } = (await (await fetch(`${http.url}/logs/rotations`)).json()) as {
      rotations: string[]
    }
    const [note = '', ...more] = rotations
    assert.equal(more.length, 0)
    const [title, oldVkey = '', newVkey = ''] = note.split('\n')
    assert.deepEqual([title, oldVkey], ['switchboard/key-rotation/v1', old])
    // The note is signed by the key that is trusted, and by the one it leads to.
    openNote(note, oldVkey)
    openNote(note, newVkey)
    const { logs, key } = await s.value(s.a.analyst, 'checkpoint.read', {})
    assert.equal(key, newVkey)
    assert.deepEqual(
      logs.map((log) => log.class),
      ['standard', 'long'],
    )
    for (const log of logs) await follow(`${http.url}${log.path}`, newVkey, own)
    // Who trusts the old key is led to the new one; who was given the new one needs nothing else.
    const exported = await s.value(s.a.auditor, 'evidence.export', {})
    for (const logKey of [oldVkey, newVkey]) {
      const report = await verifyBundle(
        Buffer.from(exported.bundle, 'base64'),
        { logKeys: [logKey] },
        nodeCrypto,
      )
      assert.deepEqual([report.ok, report.findings.filter(({ severity }) => severity === 'red')], [true, []])
    }
    await s.reopen()
    assert.equal(s.server.evidence.logKey, newVkey)
    const { evidence } = s.server
    while ((await evidence.pendingCount()) > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    const broken = await brokenInvariants(s.database.read, newVkey)
    assert.deepEqual(
      broken.filter((what) => /checkpoint|root/.test(what)),
      [],
    )
    assert.notDeepEqual(await brokenInvariants(s.database.read, oldVkey), [])
  },
)
