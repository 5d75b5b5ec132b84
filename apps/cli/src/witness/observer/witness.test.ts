import assert from 'node:assert/strict'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Conflict } from './conflicts.ts'
import { readCosignature } from './cosignature.ts'
import { parseSignedNote } from './signed-note.ts'
import { bodyOf, leaves, testKey, testLog } from './testing/test-log.ts'
import { now, openTestWitness, witnessState } from './testing/witness-fixture.ts'

const key = testKey('log.example')
const log = testLog(key, 'log.example/5f3e9a01/standard', leaves(40))
const rewritten = testLog(key, log.origin, ['another', ...leaves(39)])

type Opened = Awaited<ReturnType<typeof openTestWitness>>
const conflictsOf = (witness: Opened): Conflict[] =>
  (JSON.parse(witness.conflicts().body) as { conflicts: Conflict[] }).conflicts

test('a log that only grows is cosigned each time, with a cosignature that verifies over its text', async (t) => {
  const witness = await openTestWitness(await witnessState(t), [key])
  for (const [from, to] of [
    [0, 5],
    [5, 8],
    [8, 8],
    [8, 40],
  ] as const) {
    const { status, body } = await witness.addCheckpoint(log.submission(from, to))
    assert.equal(status, 200, body)
    const [signature] = parseSignedNote(`${log.text(to)}\n${body}`)?.signatures ?? []
    assert.ok(signature !== undefined)
    assert.equal(readCosignature(witness.key, log.text(to), signature), now / 1000)
    assert.equal(readCosignature(witness.key, log.text(to - 1), signature), undefined)
  }
  assert.equal(witness.openConflicts(), 0)
})

test('the protocol’s refusals have the status that C2SP tlog-witness gives them', async (t) => {
  const witness = await openTestWitness(await witnessState(t), [key])
  const answer = async (body: Buffer | string) => await witness.addCheckpoint(Buffer.from(body))
  const stranger = testKey('log.example')
  const elsewhere = testLog(testKey('other.example'), 'other.example', leaves(3))
  const note = log.note(5)

  assert.equal((await answer(log.submission(0, 5))).status, 200)
  for (const [why, body] of [
    ['empty', ''],
    ['no empty line', `old 0\n${note.replace('\n\n', '\n')}`],
    ['a size with a leading zero', bodyOf('05', [], note)],
    ['a size that is no integer of a double', bodyOf('9007199254740993', [], note)],
    ['a proof line that is no hash', bodyOf(5, ['AAAA'], log.note(8))],
    ['a proof line that is not canonical', bodyOf(5, [`${'A'.repeat(42)}B=`], log.note(8))],
    ['64 proof lines', bodyOf(5, Array<string>(64).fill(log.rootAt(1).toString('base64')), log.note(8))],
    ['an old size above the new one', bodyOf(6, [], note)],
    ['size 0', bodyOf(0, [], note.replace('\n5\n', '\n0\n'))],
    ['an extension line', bodyOf(5, [], note.replace('\n\n', '\nmore\n\n'))],
    ['no signature', bodyOf(5, [], `${log.text(5)}\n`)],
    ['the same signature twice', bodyOf(5, [], note + note.slice(note.indexOf('\u2014')))],
    ['no line end', bodyOf(5, [], note.slice(0, -1))],
    ['bytes that are not UTF-8', Buffer.concat([log.submission(5, 8), Buffer.of(0xff, 0x0a)])],
    ['a carriage return', bodyOf(5, [], note.replaceAll('\n', '\r\n'))],
  ] as const) {
    assert.equal((await answer(body)).status, 400, why)
  }
  assert.equal((await answer(elsewhere.submission(0, 3))).status, 404)
  assert.equal((await answer(bodyOf(5, log.proof(5, 8), log.note(8, stranger)))).status, 403)
  const spoilt = log.note(8).replace(/.{4}=?\n$/, 'AAA=\n')
  assert.ok([400, 403].includes((await answer(bodyOf(5, log.proof(5, 8), spoilt))).status))
  const neighbour = testLog(key, 'log.examples', leaves(3))
  assert.equal(
    (await answer(neighbour.submission(0, 3))).status,
    404,
    'log.examples is not below log.example',
  )

  const behind = await answer(log.submission(0, 8))
  assert.deepEqual(behind, { status: 409, type: 'text/x.tlog.size', body: '5\n' })
  assert.equal((await answer(bodyOf(5, log.proof(5, 8).slice(1), log.note(8)))).status, 422)
  assert.equal(
    (await answer(bodyOf(5, log.proof(5, 8), log.note(5)))).status,
    422,
    'a proof between equal sizes',
  )
  const fresh = testLog(key, 'log.example/fresh', leaves(8))
  assert.equal(
    (await answer(bodyOf(0, fresh.proof(5, 8), fresh.note(8)))).status,
    422,
    'a proof from nothing',
  )
  assert.deepEqual(
    conflictsOf(witness).map(({ name, proven }) => [name, proven]),
    [['rewritten', false]],
    'the short proof is kept as a question, not as proof',
  )
})

test('a fork, a shrunk and a rewritten log are refused, named and kept with both notes', async (t) => {
  const folder = await witnessState(t)
  const witness = await openTestWitness(folder, [key])
  assert.equal((await witness.addCheckpoint(log.submission(0, 21))).status, 200)

  const fork = await witness.addCheckpoint(bodyOf(21, [], rewritten.note(21)))
  assert.deepEqual([fork.status, fork.type, fork.body], [409, 'text/x.tlog.size', '21\n'])
  const shrunk = await witness.addCheckpoint(log.submission(0, 9))
  assert.deepEqual([shrunk.status, shrunk.type, shrunk.body], [409, 'text/x.tlog.size', '21\n'])
  const other = await witness.addCheckpoint(bodyOf(21, rewritten.proof(21, 30), rewritten.note(30)))
  assert.equal(other.status, 422)

  const conflicts = conflictsOf(witness)
  assert.deepEqual(
    conflicts.map(({ name, proven, submitted }) => [name, proven, submitted]),
    [
      ['fork', true, rewritten.note(21)],
      ['shrunk', false, log.note(9)],
      ['rewritten', true, rewritten.note(30)],
    ],
  )
  assert.ok(conflicts.every(({ cosigned }) => cosigned.startsWith(log.note(21))))
  assert.match(witness.said.join('\n'), /fork of log\.example[\s\S]*shrunk of[\s\S]*rewritten of/)
  assert.equal((await readdir(join(folder, 'conflicts'))).length, 3)

  // Sent again and after a restart they are the same three.
  const again = await openTestWitness(folder, [key])
  await again.addCheckpoint(bodyOf(21, [], rewritten.note(21)))
  assert.equal(conflictsOf(again).length, 3)
  assert.equal((await again.addCheckpoint(log.submission(0, 30))).body, '21\n', 'state outlives a restart')
})

test('what anybody can send is no proof: the log going on answers it, and a proven conflict stays', async (t) => {
  const witness = await openTestWitness(await witnessState(t), [key])
  await witness.addCheckpoint(log.submission(0, 21))
  await witness.addCheckpoint(log.submission(0, 9))
  await witness.addCheckpoint(bodyOf(21, [log.rootAt(3).toString('base64')], log.note(30)))
  assert.equal(witness.openConflicts(), 2)
  assert.ok(conflictsOf(witness).every(({ proven }) => !proven))
  assert.equal((await witness.addCheckpoint(log.submission(21, 22))).status, 200)
  assert.equal(witness.openConflicts(), 0)
  assert.ok(conflictsOf(witness).every(({ answeredBy }) => answeredBy?.startsWith(log.note(22)) === true))

  await witness.addCheckpoint(bodyOf(22, [], rewritten.note(22)))
  assert.equal((await witness.addCheckpoint(log.submission(22, 25))).status, 200)
  assert.equal(witness.openConflicts(), 1)
})

test('two submissions at once are judged one after the other, and the log never goes back', async (t) => {
  const witness = await openTestWitness(await witnessState(t), [key])
  await witness.addCheckpoint(log.submission(0, 5))
  const sizes = [30, 8, 21, 30, 6]
  const answers = await Promise.all(sizes.map((size) => witness.addCheckpoint(log.submission(5, size))))
  assert.deepEqual(
    answers.map(({ status, body }) => [status, status === 409 ? body : '']),
    [
      [200, ''],
      [409, '30\n'],
      [409, '30\n'],
      [409, '30\n'],
      [409, '30\n'],
    ],
  )
})

test('damaged or lost state is never started over: that log is refused, others are served', async (t) => {
  const folder = await witnessState(t)
  const first = await openTestWitness(folder, [key])
  const neighbour = testLog(key, 'log.example/other', leaves(9))
  await first.addCheckpoint(log.submission(0, 21))
  const [file = ''] = await readdir(join(folder, 'logs'))
  await first.addCheckpoint(neighbour.submission(0, 3))
  const path = join(folder, 'logs', file)
  const whole = await readFile(path, 'utf8')
  for (const [why, damage] of [
    ['torn', () => writeFile(path, whole.slice(0, 120))],
    ['empty', () => writeFile(path, '')],
    ['set back by hand', () => writeFile(path, whole.replace('\n21\n', '\n12\n'))],
    ["another log's", async () => writeFile(path, await readFile(await otherFile(folder, file), 'utf8'))],
    ['gone', () => rm(path)],
  ] as const) {
    await damage()
    const witness = await openTestWitness(folder, [key])
    const answer = await witness.addCheckpoint(log.submission(0, 30))
    assert.equal(answer.status, 500, why)
    assert.match(answer.body, /does not start over: its operator has to restore the file/)
    assert.equal((await witness.damaged()).length, 1, why)
    assert.equal((await witness.addCheckpoint(neighbour.submission(3, 3))).status, 200)
  }
  await writeFile(path, whole)
  const mended = await openTestWitness(folder, [key])
  assert.equal((await mended.addCheckpoint(log.submission(21, 30))).status, 200)
})

test('the time of cosignatures does not run backwards with the clock', async (t) => {
  let time = now
  const witness = await openTestWitness(await witnessState(t), [key], () => time)
  await witness.addCheckpoint(log.submission(0, 5))
  time -= 3_600_000
  const { body } = await witness.addCheckpoint(log.submission(5, 8))
  const [signature] = parseSignedNote(`${log.text(8)}\n${body}`)?.signatures ?? []
  assert.ok(signature !== undefined)
  assert.equal(readCosignature(witness.key, log.text(8), signature), now / 1000)
})

async function otherFile(folder: string, file: string): Promise<string> {
  const names = await readdir(join(folder, 'logs'))
  return join(folder, 'logs', names.find((name) => name !== file) ?? '')
}
