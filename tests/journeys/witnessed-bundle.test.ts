import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../support/command.ts'
import { clientOf } from '../support/http-client.ts'
import { temporaryFolder } from '../support/running-server.ts'
import type { RunningServer } from '../support/running-server.ts'
import { startWitness } from '../support/running-witness.ts'
import { addReceipt, makeWitness, startWitnessed, untilLog } from '../support/witnessed-server.ts'

test(
  'a bundle carries what witnesses cosigned; while they are down it is made all the same, and is red to whoever needs them',
  { timeout: 240_000 },
  async () => {
    await using work = await temporaryFolder()
    const data = join(work.path, 'data')
    const own = await makeWitness(work.path, 'w1')
    let key = ''
    {
      await using first = await startWitnessed(data, [])
      await addReceipt(first)
      key = (await (await clientOf(first))('GET', '/status')).body.logKey
      await first.stop()
    }
    await using witness = await startWitness(own.state, [key])
    await using server = await startWitnessed(data, [`${witness.url}=${own.vkey}`])
    await addReceipt(server)
    await untilLog(server, 'witnessed', (log) => log.witnessed)

    const verify = async (file: string, ...args: readonly string[]) => {
      const said = await runCommand(['verify', file, '--key', key, ...args, '--json'], { folder: work.path })
      return {
        code: said.code,
        ...said.json<{ findings: { rule: string }[]; logs: { witnesses: { witness: string }[] }[] }>(),
      }
    }
    const needed = ['--witness', own.vkey, '--witnesses-needed', '1']
    // An export waits for its own receipt to be cosigned, and not for ever: on a busy machine the next one has it.
    let seen
    for (let attempt = 0; seen?.code !== 0 && attempt < 3; attempt += 1) {
      await save(server, join(work.path, 'seen.bundle'))
      seen = await verify('seen.bundle', ...needed)
    }
    assert.equal(seen?.code, 0, JSON.stringify(seen?.findings))
    assert.deepEqual(
      seen?.logs.map((log) => log.witnesses.map(({ witness: name }) => name)),
      [['w1.example']],
    )
    await witness.kill()
    await addReceipt(server, 'while the witness is down')
    await save(server, join(work.path, 'unseen.bundle'))
    await server.stop()

    const unseen = await verify('unseen.bundle', ...needed)
    assert.equal(unseen.code, 1)
    assert.ok(unseen.findings.some(({ rule }) => rule === 'witness_quorum'))
    assert.equal((await verify('unseen.bundle')).code, 0)
  },
)

async function save(server: RunningServer, file: string): Promise<void> {
  const { status, body } = await (await clientOf(server))('POST', '/evidence/exports', {})
  assert.equal(status, 200, JSON.stringify(body))
  await writeFile(file, Buffer.from(body.bundle, 'base64'))
}
