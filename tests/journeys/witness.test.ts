import assert from 'node:assert/strict'
import { cp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../support/command.ts'
import { freePort } from '../support/free-port.ts'
import { temporaryFolder } from '../support/running-server.ts'
import type { RunningServer } from '../support/running-server.ts'
import { startWitness } from '../support/running-witness.ts'
import {
  addReceipt,
  makeWitness,
  metric,
  readiness,
  readLog,
  startWitnessed,
  untilLog,
} from '../support/witnessed-server.ts'
import { clientOf } from '../support/http-client.ts'

interface Witness {
  readonly state: string
  readonly vkey: string
}

async function logKeyOf(server: RunningServer): Promise<string> {
  const ask = await clientOf(server)
  return (await ask('GET', '/status')).body.logKey as string
}

/** What the witness's own command says of it. */
async function statusOf({ state }: Witness) {
  const result = await runCommand(['witness', 'status', '--state', state, '--json'], { folder: state })
  const said = result.json<{
    conflicts: { name: string; proven: boolean; cosigned: string; submitted: string }[]
  }>()
  return { code: result.code, conflicts: said.conflicts }
}

const sizeIn = (note: string): number => Number(note.split('\n')[1])

function found<T extends { readonly name: string }>(conflicts: readonly T[], name: string): T {
  const conflict = conflicts.find((each) => each.name === name)
  assert.ok(conflict !== undefined, `the witness named no ${name}`)
  return conflict
}

/** The server has stopped claiming, everywhere that it claims. */
async function assertStoppedClaiming(server: RunningServer, conflict: string): Promise<void> {
  const log = await untilLog(server, `refused as ${conflict}`, ({ conflict: found }) =>
    found.startsWith(`${conflict}: `),
  )
  assert.deepEqual([log.witnessed, log.cosigned, log.witnesses[0]?.state], [false, '', 'refused'])
  assert.match(log.witnesses[0]?.why ?? '', new RegExp(`^${conflict}: `))
  assert.deepEqual(await readiness(server).then(({ ready, witnessed }) => [ready, witnessed]), [
    true,
    'refused',
  ])
  assert.equal(await metric(server, 'evidence_witnessed'), 0)
  assert.equal(await metric(server, `witness_conflicts_total{conflict="${conflict}"}`), 1)
  await server.logs(new RegExp(`a witness refused the log \\(${conflict}\\).*witness-conflict\\.md`))
  // It works on all the same.
  await addReceipt(server)
}

test(
  'a log is witnessed while a witness lives, and a server whose witness is down works on and says so',
  { timeout: 240_000 },
  async () => {
    await using work = await temporaryFolder()
    const data = join(work.path, 'data')
    const own = await makeWitness(work.path, 'w1')
    let key = ''
    {
      await using first = await startWitnessed(data, [])
      await addReceipt(first)
      key = await logKeyOf(first)
      assert.deepEqual(await readLog(first).then(({ witnessed, witnesses }) => [witnessed, witnesses]), [
        false,
        [],
      ])
      assert.equal((await readiness(first)).witnessed, 'off')
      await first.stop()
    }
    const listen = `127.0.0.1:${await freePort()}`
    await using witness = await startWitness(own.state, [key], { listen })
    await using server = await startWitnessed(data, [`${witness.url}=${own.vkey}`])
    await addReceipt(server)
    const { cosigned, checkpoint, witnesses } = await untilLog(
      server,
      'witnessed',
      (log) => log.witnessed && log.cosignedSize === log.size,
    )
    assert.ok(cosigned.startsWith(checkpoint) && cosigned.includes('\n\u2014 w1.example '))
    assert.deepEqual([witnesses[0]?.state, witnesses[0]?.why], ['witnessed', ''])
    assert.equal((await readiness(server)).witnessed, 'yes')
    assert.equal(await metric(server, 'evidence_witnessed'), 1)
    assert.deepEqual(await statusOf(own).then(({ code, conflicts }) => [code, conflicts]), [0, []])

    await witness.kill()
    await addReceipt(server, 'while the witness is down')
    const down = await untilLog(
      server,
      'told as unreachable',
      (log) => log.witnesses[0]?.state === 'unreachable',
    )
    assert.match(down.witnesses[0]?.why ?? '', /it cannot be reached \(ECONNREFUSED\)/)
    assert.deepEqual([down.witnessed, (await readiness(server)).witnessed], [false, 'no'])
    await addReceipt(server, 'and works on')

    await using _again = await startWitness(own.state, [key], { listen })
    await untilLog(server, 'witnessed again', (log) => log.witnessed && log.cosignedSize === log.size)
    assert.equal((await statusOf(own)).code, 0, 'it went on from what it had')
  },
)

test(
  'a server put back to yesterday is refused as shrunk, or as rewritten once it has grown, and mended by the newest copy',
  { timeout: 300_000 },
  async () => {
    await using work = await temporaryFolder()
    const data = join(work.path, 'data')
    const [yesterday, newest] = [join(work.path, 'yesterday'), join(work.path, 'newest')]
    const own = await makeWitness(work.path, 'w1')
    let key = ''
    {
      await using first = await startWitnessed(data, [])
      for (let at = 0; at < 4; at += 1) await addReceipt(first)
      key = await logKeyOf(first)
      await first.stop()
    }
    await cp(data, yesterday, { recursive: true })
    await using witness = await startWitness(own.state, [key])
    const named = [`${witness.url}=${own.vkey}`]
    let witnessed = 0
    {
      await using server = await startWitnessed(data, named)
      for (let at = 0; at < 3; at += 1) await addReceipt(server)
      witnessed = (
        await untilLog(server, 'witnessed', (log) => log.witnessed && log.cosignedSize === log.size)
      ).size
      await server.stop()
    }
    await cp(data, newest, { recursive: true })

    // Restored, and asked right away: the witness has seen more than there is.
    await putBack(yesterday, data)
    {
      await using server = await startWitnessed(data, named)
      await assertStoppedClaiming(server, 'shrunk')
      const { code, conflicts } = await statusOf(own)
      assert.equal(code, 1)
      assert.deepEqual(
        conflicts.map(({ name, proven }) => [name, proven]),
        [['shrunk', false]],
      )
      const { cosigned, submitted } = found(conflicts, 'shrunk')
      assert.ok(sizeIn(cosigned) === witnessed && sizeIn(submitted) < witnessed)
      await witness.says(/refused: shrunk of /)
      await server.stop()
    }

    // Restored, and grown past what was cosigned before anybody asked.
    await putBack(yesterday, data)
    {
      await using alone = await startWitnessed(data, [])
      while ((await readLog(alone)).size <= witnessed) await addReceipt(alone, 'another history')
      await alone.stop()
    }
    {
      await using server = await startWitnessed(data, named)
      await assertStoppedClaiming(server, 'rewritten')
      const { code, conflicts } = await statusOf(own)
      assert.equal(code, 1)
      assert.deepEqual([...new Set(conflicts.map(({ name }) => name))].toSorted(), ['rewritten', 'shrunk'])
      await server.stop()
    }

    // A claim that was lost is not remembered back by a restart without the witness.
    await putBack(newest, data)
    await using server = await startWitnessed(data, named)
    await addReceipt(server)
    const mended = await untilLog(
      server,
      'witnessed again',
      (log) => log.witnessed && log.cosignedSize === log.size,
    )
    assert.ok(mended.size > witnessed && mended.conflict === '')
    assert.equal((await readiness(server)).witnessed, 'yes')
    const { conflicts } = await statusOf(own)
    assert.ok(conflicts.length >= 2, 'what was refused is kept')
  },
)

test(
  'two servers with one key are refused as a fork, and the witness holds the proof',
  { timeout: 240_000 },
  async () => {
    await using work = await temporaryFolder()
    const [data, twin] = [join(work.path, 'data'), join(work.path, 'twin')]
    const own = await makeWitness(work.path, 'w1')
    let key = ''
    {
      await using first = await startWitnessed(data, [])
      await addReceipt(first)
      key = await logKeyOf(first)
      await first.stop()
    }
    await cp(data, twin, { recursive: true })
    await using witness = await startWitness(own.state, [key])
    const named = [`${witness.url}=${own.vkey}`]
    {
      await using alone = await startWitnessed(twin, [])
      await addReceipt(alone, 'what the twin says')
      await addReceipt(alone, 'and says again')
      await alone.stop()
    }
    await using server = await startWitnessed(data, named)
    await addReceipt(server, 'what the server says')
    await addReceipt(server, 'and says again')
    const { size } = await untilLog(
      server,
      'witnessed',
      (log) => log.witnessed && log.cosignedSize === log.size,
    )

    await using forked = await startWitnessed(twin, named)
    assert.equal((await readLog(forked)).size, size)
    await assertStoppedClaiming(forked, 'fork')
    const { code, conflicts } = await statusOf(own)
    assert.equal(code, 1)
    const { name, proven, cosigned, submitted } = found(conflicts, 'fork')
    assert.deepEqual([name, proven], ['fork', true])
    assert.deepEqual([sizeIn(cosigned), sizeIn(submitted)], [size, size])
    assert.notEqual(cosigned.split('\n')[2], submitted.split('\n')[2])
    // The one that was witnessed goes on; the proof stays for good.
    await addReceipt(server)
    await untilLog(server, 'witnessed', (log) => log.witnessed && log.cosignedSize > size)
    assert.equal((await statusOf(own)).code, 1)
  },
)

test(
  'of two witnesses the one that lies is refused, and the log is witnessed by as many as are honest',
  { timeout: 240_000 },
  async () => {
    await using work = await temporaryFolder()
    const data = join(work.path, 'data')
    const honest = await makeWitness(work.path, 'w1')
    const liar = await makeWitness(work.path, 'w2')
    let key = ''
    {
      await using first = await startWitnessed(data, [])
      await addReceipt(first)
      key = await logKeyOf(first)
      await first.stop()
    }
    await using witness = await startWitness(honest.state, [key])
    // Whoever holds its address but not its key can answer only with a cosignature of somebody else.
    await using behind = await startWitness(liar.state, [key])
    await using impostor = await answering(async (body) => {
      const answer = await fetch(`${behind.url}/add-checkpoint`, { method: 'POST', body })
      const text = await answer.text()
      const type = answer.headers.get('content-type') ?? ''
      return { status: answer.status, type, text: text.replace(/.{8}(?==?=?\n)/, 'AAAAAAAA') }
    })
    const named = [`${witness.url}=${honest.vkey}`, `${impostor.url}=${liar.vkey}`]
    {
      await using server = await startWitnessed(data, named, { SWITCHBOARD_WITNESSES_NEEDED: '1' })
      const log = await untilLog(
        server,
        'witnessed by one',
        ({ witnessed, witnesses }) => witnessed && witnesses[1]?.state === 'refused',
      )
      assert.deepEqual(
        log.witnesses.map(({ name }) => name),
        ['w1.example', 'w2.example'],
      )
      assert.match(log.witnesses[1]?.why ?? '', /does not verify|no line of its answer is a cosignature/)
      assert.ok(!log.cosigned.includes('w2.example'))
      assert.equal(log.conflict, '', 'a witness that lies says nothing about the log')
      await server.stop()
    }
    await using server = await startWitnessed(data, named, { SWITCHBOARD_WITNESSES_NEEDED: '2' })
    const log = await untilLog(
      server,
      'cosigned by one of two',
      ({ witnesses }) => witnesses[0]?.state === 'witnessed' && witnesses[1]?.state === 'refused',
    )
    assert.deepEqual([log.witnessed, log.cosigned], [false, ''])
    assert.equal((await readiness(server)).witnessed, 'no')
  },
)

async function putBack(copy: string, data: string): Promise<void> {
  await rm(data, { recursive: true })
  await cp(copy, data, { recursive: true })
}

/** A host that is none of ours. */
async function answering(answer: (body: string) => Promise<{ status: number; type: string; text: string }>) {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.once('end', () => {
      void answer(body).then(({ status, type, text }) =>
        response.writeHead(status, { 'content-type': type }).end(text),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
