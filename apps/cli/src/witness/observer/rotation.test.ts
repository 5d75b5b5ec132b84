import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { bodyOf, leaves, signatureLine, testKey, testLog } from './testing/test-log.ts'
import type { TestKey, TestLog } from './testing/test-log.ts'
import { now, openTestWitness, witnessState } from './testing/witness-fixture.ts'

const older = testKey('log.example')
const newer = testKey('log.example')
const log = testLog(older, 'log.example/5f3e9a01/standard', leaves(40))

function rotationNote(from: TestKey, to: TestKey, logs: readonly (readonly [TestLog, number])[]): string {
  const lines = logs.map(([one, size]) => `${one.origin} ${size} ${one.rootAt(size).toString('base64')}\n`)
  const text = `switchboard/key-rotation/v1\n${from.vkey}\n${to.vkey}\n${now}\n${lines.join('')}`
  return `${text}\n${signatureLine(from, text)}${signatureLine(to, text)}`
}

test('after a rotation the new key goes on from what the old one signed, and the old one signs no more', async (t) => {
  const folder = await witnessState(t)
  const witness = await openTestWitness(folder, [older])
  await witness.addCheckpoint(log.submission(0, 21))
  const byNew = (from: number, to: number): Buffer => bodyOf(from, log.proof(from, to), log.note(to, newer))
  assert.equal((await witness.addCheckpoint(byNew(21, 30))).status, 403)

  const note = rotationNote(older, newer, [[log, 25]])
  assert.equal((await witness.addRotation(Buffer.from(note))).status, 200)
  assert.equal((await witness.addRotation(Buffer.from(note))).status, 200, 'sent twice')
  assert.equal(
    (await witness.addCheckpoint(log.submission(21, 25))).status,
    200,
    'up to the size of its rotation',
  )
  assert.equal((await witness.addCheckpoint(log.submission(25, 26))).status, 403, 'the old key was retired')
  assert.equal((await witness.addCheckpoint(byNew(25, 30))).status, 200)

  const restarted = await openTestWitness(folder, [older])
  assert.equal((await restarted.addCheckpoint(byNew(30, 31))).status, 200)
  assert.equal((await restarted.addCheckpoint(log.submission(31, 32))).status, 403)
})

test('a rotation that is forged, given twice, or states less than was cosigned is refused', async (t) => {
  const folder = await witnessState(t)
  const witness = await openTestWitness(folder, [older])
  await witness.addCheckpoint(log.submission(0, 21))
  const status = async (note: string) => (await witness.addRotation(Buffer.from(note))).status
  const good = rotationNote(older, newer, [[log, 25]])
  const stranger = testKey('log.example')
  const shorter = rotationNote(older, newer, [[log, 20]])
  const forked = testLog(older, log.origin, leaves(40, 'other'))

  assert.equal(await status('not a note'), 400)
  assert.equal(await status(good.replace('/v1\n', '/v2\n')), 400)
  assert.equal(await status(good.replace(' 25 ', ' 26 ')), 400, 'not what was signed')
  assert.equal(await status(rotationNote(older, testKey('other.example'), [])), 400)
  assert.equal(
    await status(
      rotationNote(older, newer, [
        [log, 25],
        [log, 26],
      ]),
    ),
    400,
    'a log twice',
  )
  assert.equal(await status(rotationNote(stranger, newer, [[log, 25]])), 404)
  assert.equal(await status(shorter), 409)
  assert.equal(await status(rotationNote(older, newer, [[forked, 21]])), 409)
  assert.match(witness.said.join('\n'), /refused: rotation of log\.example/)
  assert.equal(await status(good), 200)
  assert.equal(await status(rotationNote(older, stranger, [[log, 25]])), 409, 'replaced already')
  assert.equal(await status(rotationNote(newer, stranger, [[log, 30]])), 200, 'and replaced again later')

  const [file = ''] = await readdir(join(folder, 'rotations'))
  await writeFile(join(folder, 'rotations', file), good.slice(0, 100))
  await assert.rejects(openTestWitness(folder, [older]), { code: 'rotation_damaged' })
})
