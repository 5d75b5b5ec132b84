import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createClient } from '@switchboard/api'
import { runCommand } from '../support/command.ts'
import { invariantsOf, rowsOf, summarySaid } from '../support/first-journey.ts'
import { ownerToken, startServer, temporaryFolder } from '../support/running-server.ts'

test(
  'the first start performs the journey and prints what a verifier counted; the second keeps all data and performs nothing',
  { timeout: 240_000 },
  async (t) => {
    await using data = await temporaryFolder()
    const store = join(data.path, 'state', 'switchboard.db')
    const env = { SWITCHBOARD_DEMO: 'true' }
    let said = ''
    {
      await using server = await startServer({ folder: data.path, env, startSeconds: 200 })
      said = server.said()
      assert.equal(await server.stop(), 0, server.logged())
      assert.equal(server.logged(), '', 'a first start logs nothing to worry about')
    }
    const summary = summarySaid(said)
    assert.match(said, /First start took [0-9.]+ s/)
    assert.equal(summary['verified offline'], 'yes')

    // Asked again by ourselves, with the server down, the verifier says the very numbers.
    const demo = join(data.path, 'demo')
    const files = ['--key', 'log.vkey', '--publisher-key', 'publisher.pem', '--checkpoint', 'checkpoint.txt']
    const verified = await runCommand(['verify', 'journey.bundle', ...files, '--json'], { folder: demo })
    assert.equal(verified.code, 0, verified.out)
    const counted = verified.json<{ summary: Record<string, unknown> }>().summary
    const names = {
      receipts: 'receipts',
      'log size': 'logSize',
      'entities found': 'entities',
      calls: 'calls',
      cost: 'costMicros',
      runs: 'runs',
    }
    for (const [name, field] of Object.entries(names)) {
      assert.ok(Number(summary[name]) > 0, `the summary says ${name}: ${JSON.stringify(summary)}`)
      assert.equal(summary[name], String(counted[field]), name)
    }
    // The level that the probe reached, and no other, is in the receipts.
    assert.equal(summary['sandbox level'], /^ {2}sandbox +level (\w+)/m.exec(said)?.[1])
    t.diagnostic(JSON.stringify(summary))
    const logKey = (await readFile(join(demo, 'log.vkey'), 'utf8')).trim()
    assert.deepEqual(await invariantsOf(store, logKey), [])

    const before = await rowsOf(store)
    assert.ok((before['entities'] ?? 0) > 80_000)
    {
      await using server = await startServer({ folder: data.path, env })
      assert.match(server.said(), /Started in [0-9.]+ s/)
      assert.doesNotMatch(server.said(), /First start/)
      assert.match(
        server.said(),
        new RegExp(`${(before['receipts'] ?? 0).toLocaleString('en')} receipts under`),
      )
      t.diagnostic(/Started in .*/.exec(server.said())?.[0] ?? '')
      // The hostile samples are on the visitor's shelf, under a publisher that says so, and not on the demonstration's.
      const ours = ['Samples of this machine']
      const url = await server.ready
      assert.deepEqual(await publishersSeen(url, data.path), ['Hostile samples of this machine', ...ours])
      assert.deepEqual(await publishersSeen(url, demo), ours)
      await server.stop()
    }
    // Each start until somebody signs in prints a new sign-in link; nothing else is written.
    const { identity_sign_in_links: _before, ...kept } = before
    const { identity_sign_in_links: _after, ...now } = await rowsOf(store)
    assert.deepEqual(now, kept)
  },
)

/** Whose packages somebody finds on their shelf. The demonstration's address is that of the start which made it. */
async function publishersSeen(url: string, folder: string): Promise<readonly string[]> {
  const client = createClient({ baseUrl: url, token: await ownerToken(folder), fetch })
  const listed = await client.perform('plugin.list', {})
  assert.ok(listed.ok, listed.ok ? '' : listed.denial.message)
  return [...new Set(listed.value.rows.map(({ publisher }) => publisher))].sort()
}
