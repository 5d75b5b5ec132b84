import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { makeAuthority } from '../support/certificates.ts'
import { atRest, clientOf } from '../support/http-client.ts'
import { startServer, temporaryFolder } from '../support/running-server.ts'

const kills = 6
const names = new URL('../support/loopback-names.ts', import.meta.url).href

interface Told {
  readonly log: string
  readonly index: number
  readonly id: string
}
interface Batch {
  readonly id: string
  readonly body: string
}

/** Takes its time, and cuts now and then: the server dies before, while and after a batch is accepted. */
async function slowReceiver(cert: { cert: string; key: string }) {
  const received: Batch[] = []
  const accepted: Batch[] = []
  const sockets = new Set<Duplex>()
  let count = 0
  const server: Server = createServer(cert, (request, response) => {
    request.on('error', () => undefined)
    void (async () => {
      const body = Buffer.concat(await request.toArray()).toString()
      const batch = { id: String(request.headers['switchboard-batch']), body }
      received.push(batch)
      count += 1
      await delay(count % 3 === 0 ? 60 : 5)
      if (count % 7 === 0) return void response.destroy()
      // Kept before it is said: the server may die and never hear it.
      accepted.push(batch)
      response.writeHead(204).end()
      return undefined
    })().catch(() => undefined)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    received,
    accepted,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}

test(
  `a server killed ${kills} times in the middle of feeding goes on where it was: every receipt in order, and twice only as the same batch`,
  { timeout: 600_000 },
  async () => {
    await using folder = await temporaryFolder()
    const authority = makeAuthority()
    await using receiver = await slowReceiver(authority.certify(['siem.corp.example']))
    const caFile = join(folder.path, 'receiver-ca.pem')
    writeFileSync(caFile, authority.pem)
    const env = {
      NODE_OPTIONS: `--import ${names}`,
      SWITCHBOARD_FEED_DESTINATIONS: `https://siem.corp.example:${receiver.port}`,
    }
    {
      await using server = await startServer({ folder: folder.path, env })
      const ask = await clientOf(server)
      const made = await ask('POST', '/feeds', {
        name: 'siem',
        kind: 'webhook',
        to: `https://siem.corp.example:${receiver.port}/in`,
        begin: 'start',
        ca: readFileSync(caFile, 'utf8'),
        reason: 'The SIEM keeps receipts.',
      })
      assert.equal(made.status, 200, JSON.stringify(made.body))
    }
    for (let kill = 1; kill <= kills; kill += 1) {
      await using server = await startServer({ folder: folder.path, env })
      const ask = await clientOf(server)
      let written = 0
      const asking = Array.from({ length: 40 }, (_, i) =>
        ask('POST', '/cases', { title: `case ${kill}-${i}` }).then(
          () => (written += 1),
          () => undefined,
        ),
      )
      // Never before there is something to lose, and at another moment each time.
      while (written < 10) await delay(10)
      await delay((kill % 3) * 300)
      await server.kill()
      await Promise.all(asking)
    }
    await using server = await startServer({ folder: folder.path, env })
    const ask = await clientOf(server)
    await atRest(ask)
    await ask('POST', '/feeds/siem/resume')
    // The receiver cuts every seventh batch.
    for (let lag = 1; lag > 0 || receiver.received.length < 7;) {
      if (lag === 0) await ask('POST', '/cases', { title: 'one more' })
      await delay(200)
      await atRest(ask)
      const { body } = await ask('GET', '/feeds')
      ;({ lag } = body.rows[0])
    }
    // What the log holds, fetched another way.
    const url = await server.ready
    const wanted = await recordsOf(url, server.folder)
    const seen = new Map<string, string>()
    const next = new Map<string, number>()
    for (const { id, body } of receiver.accepted) {
      const before = seen.get(id)
      if (before !== undefined) {
        assert.equal(body, before, 'a batch that came twice is the same batch')
        continue
      }
      seen.set(id, body)
      for (const line of body.split('\n').filter((text) => text !== '')) {
        const record = JSON.parse(line) as Told
        assert.equal(record.index, next.get(record.log) ?? 0)
        assert.equal(record.id, wanted.get(`${record.log} ${record.index}`))
        next.set(record.log, record.index + 1)
      }
    }
    assert.equal(
      [...next.values()].reduce((sum, count) => sum + count, 0),
      wanted.size,
    )
    assert.ok(wanted.size > kills * 10, `only ${wanted.size} receipts were written`)
    assert.ok(receiver.received.length > receiver.accepted.length)
  },
)

/** Receipt ids by log and index, all pages. */
async function recordsOf(url: string, folder: string): Promise<ReadonlyMap<string, string>> {
  const { token } = JSON.parse(readFileSync(join(folder, 'cli.json'), 'utf8')) as { token: string }
  const response = await fetch(`${url}/evidence/feed?tlp=RED`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const lines = (await response.text()).split('\n').filter((line) => line !== '')
  return new Map(
    lines.map((line) => {
      const { log, index, id } = JSON.parse(line) as Told
      return [`${log} ${index}`, id]
    }),
  )
}
