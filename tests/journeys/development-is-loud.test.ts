import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand } from '../support/command.ts'
import { clientOf } from '../support/http-client.ts'
import { startServer } from '../support/running-server.ts'
import { buildPackage, testPublisher } from '../support/test-package.ts'

const open = /read and write files, connect anywhere, start programs/

test(
  'a server without a jail says so at its start, in its status and with each run, with what stands open',
  { timeout: 120_000 },
  async () => {
    await using server = await startServer({ env: { SWITCHBOARD_SANDBOX: 'development' } })
    assert.match(
      server.said(),
      /sandbox {4}level development: NO JAIL\. Run only code that you have reviewed/,
    )
    assert.match(server.said(), /not protected: code that escapes its isolate can/)
    assert.match(server.said(), open)
    assert.match(server.said(), /for more: \S/)
    await server.logs(open)

    const ask = await clientOf(server)
    const { body: status } = await ask('GET', '/status')
    assert.match(status.sandboxNotice, open)
    assert.ok(status.sandboxMend !== '' && status.sandboxNotice.endsWith(status.sandboxMend))
    const { out } = await runCommand(['status'], { folder: server.folder, data: server.folder })
    assert.match(out, /No jail \(level development\)/)

    const content = (await buildPackage({ name: 'probe', code: 'return 1' })).toString('base64')
    for (const [path, body] of [
      ['/publishers', { publisher: 'Test publisher', key: testPublisher.publicKeyPem }],
      ['/packages', { content }],
      ['/plugins/probe/reviews', { note: 'read' }],
      ['/plugins/probe/install', { minimal: true }],
    ] as const) {
      const answer = await ask('POST', path, body)
      assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`)
    }
    const { body: run } = await ask('POST', '/plugins/probe/runs', { input: {} })
    assert.deepEqual([run.level, run.levelNotice], ['development', status.sandboxNotice])
    const { body: detail } = await ask('GET', `/runs/${run.runId}`)
    assert.equal(detail.levelNotice, status.sandboxNotice)
  },
)
