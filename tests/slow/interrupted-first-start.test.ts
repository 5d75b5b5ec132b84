import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../support/command.ts'
import { invariantsOf, rowsOf, summarySaid } from '../support/first-journey.ts'
import { launchServer, startServer, temporaryFolder } from '../support/running-server.ts'

test(
  'a demonstration that kill -9 cut short, twice, is taken away and performed anew at the next start',
  { timeout: 400_000 },
  async () => {
    await using data = await temporaryFolder()
    const store = join(data.path, 'state', 'switchboard.db')
    const options = { folder: data.path, env: { SWITCHBOARD_DEMO: 'true' }, startSeconds: 200 }
    for (const moment of [/importing autonomous systems/, /running ip-asn-context/]) {
      await using server = await launchServer(options)
      await server.says(moment)
      await server.kill()
    }
    await using server = await startServer(options)
    const said = server.said()
    assert.match(said, /taking away what a start that was cut short had made/)
    assert.equal(summarySaid(said)['verified offline'], 'yes')
    await server.stop()

    const logKey = (await readFile(join(data.path, 'demo', 'log.vkey'), 'utf8')).trim()
    assert.deepEqual(await invariantsOf(store, logKey), [])
    const rows = await rowsOf(store)
    assert.equal(rows['cases'], 1, 'of the demonstrations only the last one is there')
    assert.equal(rows['identity_organisations'], 2)

    // It goes in one step, and its receipts stay.
    await using again = await startServer(options)
    assert.doesNotMatch(again.said(), /First start/)
    const removed = await runCommand(['demo', 'remove', '--json'], { folder: data.path, data: data.path })
    assert.equal(removed.code, 0, removed.err)
    await again.stop()
    const left = await rowsOf(store)
    assert.deepEqual(
      [left['cases'], left['entities'], left['runs'], left['identity_organisations']],
      [0, 0, 0, 1],
    )
    assert.ok((left['receipts'] ?? 0) > (rows['receipts'] ?? 0))
    assert.deepEqual(await invariantsOf(store, logKey), [])
  },
)
