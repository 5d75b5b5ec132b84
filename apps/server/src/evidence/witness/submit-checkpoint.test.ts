import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WitnessAnswer } from './ask-witness.ts'
import { submitCheckpoint } from './submit-checkpoint.ts'
import { signingWitness } from './testing/signing-witness.ts'

const now = 1_800_000_000
const witness = signingWitness()
const text = 'log.example/5f3e9a01/standard\n12\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n'
const note = `${text}\n\u2014 log.example Az3grlgt\n`
const good: WitnessAnswer = { status: 200, type: 'text/plain', body: `${witness.cosign(text, now)}\n` }
const size = (n: number | string): WitnessAnswer => ({
  status: 409,
  type: 'text/x.tlog.size',
  body: `${n}\n`,
})
const plain = (status: number, body = ''): WitnessAnswer => ({ status, type: 'text/plain', body })

/** What is concluded when the witness gives these answers, and which old sizes it was told. */
async function conclude(
  answers: readonly WitnessAnswer[],
  {
    cosignedSize = 5,
    newest = 12,
    introduces = false,
  }: { cosignedSize?: number; newest?: number; introduces?: boolean } = {},
) {
  const told: string[] = []
  const left = [...answers]
  const end = await submitCheckpoint({
    peer: witness.peer,
    checkpoint: { size: 12, root: Buffer.alloc(32), note },
    cosignedSize,
    newestSize: () => Promise.resolve(newest),
    proofFrom: () => Promise.resolve([Buffer.alloc(32, 7)]),
    ask(body) {
      told.push(body.slice(0, body.indexOf('\n')))
      return Promise.resolve(left.shift() ?? plain(500, 'asked too often'))
    },
    introduceKey: () => Promise.resolve(introduces),
    nowSeconds: () => now,
  })
  return {
    told,
    end,
    conflict: 'conflict' in end ? end.conflict : undefined,
    why: 'why' in end ? end.why : '',
  }
}

test('a cosignature that verifies is taken, also when the witness knows another size than we thought', async () => {
  const first = await conclude([good])
  assert.deepEqual([first.end.end, first.told], ['cosigned', ['old 5']])
  const behind = await conclude([size(9), good])
  assert.deepEqual([behind.end.end, behind.told], ['cosigned', ['old 5', 'old 9']])
  const equal = await conclude([size(12), good], { cosignedSize: 0 })
  assert.deepEqual([equal.end.end, equal.told], ['cosigned', ['old 0', 'old 12']])
})

test('a witness that knows another history is heard: fork, shrunk and rewritten are told apart', async () => {
  const fork = await conclude([size(12), size(12)])
  assert.equal(fork.conflict, 'fork')
  const sameSize = await conclude([size(12)], { cosignedSize: 12 })
  assert.equal(sameSize.conflict, 'fork')
  const shrunk = await conclude([size(13)])
  assert.equal(shrunk.conflict, 'shrunk')
  assert.match(shrunk.why, /cosigned 13 entries, this log has 12/)
  const faster = await conclude([size(13)], { newest: 13 })
  assert.equal(faster.end.end, 'outdated', 'another server of the same store was faster')
  const rewritten = await conclude([plain(422)])
  assert.equal(rewritten.conflict, 'rewritten')
})

test('a witness that lies, contradicts itself or was set back is refused, and that is no conflict of the log', async () => {
  const other = signingWitness()
  for (const [answers, says] of [
    [[plain(200, `${other.cosign(text, now)}\n`)], /no line of its answer is a cosignature by its key/],
    [[plain(200, `${witness.cosign(text.replace('12', '13'), now)}\n`)], /does not verify/],
    [[plain(200, `${witness.cosign(text, now + 301)}\n`)], /of a time to come/],
    [[plain(200, '')], /no line/],
    [[plain(200, witness.cosign(text, now).slice(0, -4))], /no line/],
    [[size(3)], /it cosigned 5 entries before and says 3 now: the witness was set back/],
    [[size(0)], /set back/],
    [[size(5)], /contradicts itself/],
    [[size('05')], /without a size/],
    [[plain(409, '13\n')], /without a size/],
    [[size(7), size(8), size(9), size(10)], /another size each time/],
    [[size(12), plain(422)], /a proof that was not sent/],
    [[plain(404, 'no key\u001b[31m for that')], /does not know this log's key.*404: no key\?\[31m for that/],
    [[plain(403)], /does not know this log's key/],
    [[plain(400, 'what?')], /does not understand/],
  ] as const) {
    const { end, conflict, why } = await conclude(answers)
    assert.deepEqual([end.end, conflict], ['refused', undefined], why)
    assert.match(why, says)
  }
})

test('a key that is new to the witness is introduced once by its rotation, and asked for again', async () => {
  const followed = await conclude([plain(403), size(9), good], { introduces: true })
  assert.deepEqual([followed.end.end, followed.told], ['cosigned', ['old 5', 'old 5', 'old 9']])
  const stubborn = await conclude([plain(403), plain(403)], { introduces: true })
  assert.deepEqual([stubborn.end.end, stubborn.told.length], ['refused', 2])
  assert.match(stubborn.why, /does not know this log's key/)
})

test('a witness with trouble of its own is asked again later', async () => {
  for (const status of [500, 503, 429, 302]) {
    const { end, why } = await conclude([plain(status, 'later')])
    assert.equal(end.end, 'unreachable')
    assert.match(why, new RegExp(`${status}: later`))
  }
})
