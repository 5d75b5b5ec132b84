import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../../../../tests/support/command.ts'
import { temporaryFolder } from '../../../../tests/support/running-server.ts'
import { startWitness } from '../../../../tests/support/running-witness.ts'
import { leaves, testKey, testLog } from './observer/testing/test-log.ts'

const key = testKey('log.example')
const log = testLog(key, 'log.example/5f3e9a01/standard', leaves(40))

async function post(url: string, body: Uint8Array): Promise<{ status: number; text: string }> {
  const answer = await fetch(url, { method: 'POST', body: Buffer.from(body) })
  return { status: answer.status, text: await answer.text() }
}

test('a witness is made once, serves, keeps its state when it is killed, and tells what it refused', async () => {
  await using work = await temporaryFolder()
  const run = (...args: string[]) => runCommand(['witness', ...args], { folder: work.path })
  const state = join(work.path, 'witness')
  const made = await run('init', '--state', 'witness', '--name', 'witness.example/w1', '--json')
  const { vkey } = made.json<{ vkey: string }>()
  assert.match(vkey, /^witness\.example\/w1\+[0-9a-f]{8}\+B/)
  assert.equal((await stat(join(state, 'witness.key'))).mode & 0o777, 0o600)
  const again = await run('init', '--state', 'witness', '--name', 'other')
  assert.equal(again.code, 1)
  assert.match(again.err, /witness_exists/)

  await writeFile(join(work.path, 'keys.txt'), `# of the log\n${key.vkey}\n`)
  {
    await using witness = await startWitness(state, [join(work.path, 'keys.txt')])
    assert.equal((await post(`${witness.url}/add-checkpoint`, log.submission(0, 21))).status, 200)
    await assert.rejects(startWitness(state, [key.vkey]), /state_in_use/)
    assert.equal((await run('status', '--state', 'witness')).code, 0, 'beside the one that serves')
    await witness.kill()
  }
  await using witness = await startWitness(state, [key.vkey])
  const behind = await post(`${witness.url}/add-checkpoint`, log.submission(0, 30))
  assert.deepEqual(behind, { status: 409, text: '21\n' })
  assert.equal((await post(`${witness.url}/add-checkpoint`, log.submission(0, 9))).status, 409)
  await witness.says(/refused: shrunk of log\.example\/5f3e9a01\/standard: 21 entries were cosigned/)
  const { conflicts } = (await (await fetch(`${witness.url}/conflicts`)).json()) as {
    conflicts: { name: string }[]
  }
  assert.deepEqual(
    conflicts.map(({ name }) => name),
    ['shrunk'],
  )
  const status = await run('status', '--state', 'witness', '--json')
  assert.equal(status.code, 1)
  const told = status.json<{ ok: boolean; logs: { size: number }[]; conflicts: { submitted: string }[] }>()
  assert.deepEqual([told.ok, told.logs[0]?.size, told.conflicts[0]?.submitted], [false, 21, log.note(9)])
  assert.match((await run('status', '--state', 'witness')).out, /REFUSED {3}shrunk of log\.example/)
  assert.equal(await witness.stop(), 0)
})

test('a folder inside a server’s data folder is refused with the reason, also through a link or not yet there', async () => {
  await using work = await temporaryFolder()
  await mkdir(join(work.path, 'data/evidence/keys'), { recursive: true })
  await writeFile(join(work.path, 'data/evidence/keys/log.key'), '')
  await symlink(join(work.path, 'data/evidence'), join(work.path, 'elsewhere'))
  for (const [state, ...args] of [
    ['data', 'init', '--name', 'w'],
    ['data/evidence/keys/w/x', 'init', '--name', 'w'],
    ['elsewhere/witness', 'serve', '--log', key.vkey],
    ['data/witness', 'status'],
  ] as const) {
    const { code, err } = await runCommand(['witness', ...args, '--state', state], { folder: work.path })
    assert.equal(code, 1, state)
    assert.match(
      err,
      /is the data folder of a Switchboard server .*restoring the server from a backup would set its witness back/,
    )
  }
  assert.deepEqual(await readdir(join(work.path, 'data/evidence/keys')), ['log.key'])
})

test('a witness that could not be trusted does not serve, and says what is missing', async () => {
  await using work = await temporaryFolder()
  const run = (...args: string[]) => runCommand(['witness', ...args], { folder: work.path })
  const refusedFor = async (says: RegExp, code: number, ...args: string[]) => {
    const result = await run(...args)
    assert.equal(result.code, code, `${args.join(' ')}: ${result.err}`)
    assert.match(result.err, says)
  }
  await refusedFor(/--name is missing/, 2, 'init', '--state', 'w')
  await refusedFor(/name_invalid/, 1, 'init', '--state', 'w', '--name', 'two words')
  await refusedFor(/witness_missing/, 1, 'serve', '--state', 'w', '--log', key.vkey)
  await refusedFor(/witness_missing/, 1, 'status', '--state', 'w')
  await run('init', '--state', 'w', '--name', 'w1')
  await refusedFor(/--log is missing/, 2, 'serve', '--state', 'w')
  await refusedFor(
    /neither a verifier key of a log/,
    2,
    'serve',
    '--state',
    'w',
    '--log',
    key.vkey.slice(0, -2),
  )
  await refusedFor(/write HOST:PORT/, 2, 'serve', '--state', 'w', '--log', key.vkey, '--listen', '4300')
  await writeFile(join(work.path, 'note'), 'not a note')
  await refusedFor(/rotation_refused/, 1, 'serve', '--state', 'w', '--log', key.vkey, '--rotation', 'note')
  await chmod(join(work.path, 'w/witness.key'), 0o644)
  await refusedFor(/key_readable/, 1, 'serve', '--state', 'w', '--log', key.vkey)
  await chmod(join(work.path, 'w/witness.key'), 0o600)
  const whole = await readFile(join(work.path, 'w/witness.key'), 'utf8')
  await writeFile(join(work.path, 'w/witness.key'), whole.replace(/^w1\+/, 'w2+'))
  await refusedFor(/key_invalid/, 1, 'serve', '--state', 'w', '--log', key.vkey)
})

test('a witness answers no more than it has to: other paths, other methods, bodies without end', async () => {
  await using work = await temporaryFolder()
  await runCommand(['witness', 'init', '--state', 'w', '--name', 'w1'], { folder: work.path })
  await using witness = await startWitness(join(work.path, 'w'), [key.vkey])
  const { url } = witness
  assert.equal((await fetch(`${url}/health`)).status, 200)
  assert.equal((await fetch(`${url}/add-checkpoint`)).status, 405)
  assert.equal((await fetch(`${url}/conflicts`, { method: 'POST' })).status, 405)
  assert.equal((await fetch(`${url}/..%2fwitness.key`)).status, 404)
  assert.equal((await fetch(`${url}/constructor`)).status, 404)
  assert.equal((await post(`${url}/rotations`, Buffer.from('x'))).status, 400)
  const head = 'POST /add-checkpoint HTTP/1.1\r\nhost: w\r\nconnection: close\r\n'
  assert.match(await raw(url, `${head}content-length: 1073741824\r\n\r\n`), /^HTTP\/1\.1 413 /)
  assert.equal(await raw(url, `${head}transfer-encoding: chunked\r\n\r\n`, endless()), '')

  // Somebody who leaves in the middle of a body leaves the others undisturbed.
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write('POST /add-checkpoint HTTP/1.1\r\nhost: w\r\ncontent-length: 1000\r\n\r\nold 0\n')
  socket.destroy()
  assert.equal((await post(`${url}/add-checkpoint`, log.submission(0, 5))).status, 200)
  assert.equal(await witness.stop(), 0)
  assert.doesNotMatch(witness.said(), /fault/)
})

/** Sends these bytes as they are; answers what came back until the connection ended. */
async function raw(url: string, head: string, body: Iterable<string> = []): Promise<string> {
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  let answer = ''
  socket.setEncoding('latin1').on('data', (text: string) => (answer += text))
  // The other side may end it while we write.
  socket.on('error', () => undefined)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(head)
  for (const piece of body) {
    if (socket.destroyed) break
    if (!socket.write(piece))
      await Promise.race([closed, new Promise((resolve) => socket.once('drain', resolve))])
  }
  await closed
  return answer
}

function* endless(): Generator<string> {
  for (;;) yield `4000\r\n${'x'.repeat(0x4000)}\r\n`
}
