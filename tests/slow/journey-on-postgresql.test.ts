import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../support/command.ts'
import { invariantsOf, rowsOf, summarySaid } from '../support/first-journey.ts'
import { atRest, clientOf } from '../support/http-client.ts'
import { startPostgres } from '../support/postgres.ts'
import { startServer, temporaryFolder } from '../support/running-server.ts'

test(
  'one URL puts the same journey on PostgreSQL: performed, verified, kept over a restart and over kill -9',
  { timeout: 400_000 },
  async (t) => {
    const postgres = await startPostgres()
    if ('unavailable' in postgres) return t.skip(postgres.unavailable)
    t.after(() => postgres.stop())
    await using data = await temporaryFolder()
    const options = {
      folder: data.path,
      env: { SWITCHBOARD_DEMO: 'true', SWITCHBOARD_DATABASE: postgres.url },
      startSeconds: 300,
    }
    {
      await using server = await startServer(options)
      assert.match(server.said(), /state +PostgreSQL/)
      const summary = summarySaid(server.said())
      assert.equal(summary['verified offline'], 'yes')
      t.diagnostic(JSON.stringify(summary))
      await server.stop()
    }
    const demo = join(data.path, 'demo')
    const logKey = (await readFile(join(demo, 'log.vkey'), 'utf8')).trim()
    assert.equal(
      (
        await runCommand(['verify', 'journey.bundle', '--key', logKey, '--publisher-key', 'publisher.pem'], {
          folder: demo,
        })
      ).code,
      0,
    )
    assert.deepEqual(await invariantsOf(postgres.url, logKey), [])
    const before = await rowsOf(postgres.url)
    assert.ok((before['entities'] ?? 0) > 80_000)

    {
      await using server = await startServer(options)
      assert.doesNotMatch(server.said(), /First start/)
      const { identity_sign_in_links: _links, ...kept } = before
      const { identity_sign_in_links: _newLinks, ...now } = await rowsOf(postgres.url)
      assert.deepEqual(now, kept)

      // As the demonstration's analyst: 20 runs at once, and the power goes in the middle.
      const { token } = JSON.parse(await readFile(join(demo, 'cli.json'), 'utf8')) as { token: string }
      const ask = await clientOf(server, { authorization: `Bearer ${token}` })
      const runs = Array.from({ length: 20 }, (_, i) =>
        ask(
          'POST',
          '/plugins/ioc-triage/runs',
          { input: { text: `9.9.9.9 and 1.1.1.${i}` } },
          { 'idempotency-key': `run-${i}` },
        ),
      )
      const first = await Promise.any(runs)
      assert.equal(first.status, 200, JSON.stringify(first.body))
      await server.kill()
      const ends = await Promise.allSettled(runs)
      assert.ok(
        ends.some(({ status }) => status === 'rejected'),
        'no run was under way',
      )
    }
    await using server = await startServer(options)
    await atRest(await clientOf(server))
    await server.stop()
    assert.deepEqual(await invariantsOf(postgres.url, logKey), [])
  },
)
