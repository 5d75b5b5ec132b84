import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { followGuide } from '../../apps/cli/src/plugin/testing/follow-guide.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { runCommand } from '../support/command.ts'
import { startServer, temporaryFolder } from '../support/running-server.ts'
import { withoutReceipt } from '../support/without-receipt.ts'

test(
  'the first journey, given away as a file, a page and a public key: who ran what, under which rule, at what cost, and that nothing is missing',
  { skip: noBrowser, timeout: 300_000 },
  async (t) => {
    // All that the outsider will have.
    await using given = await temporaryFolder()
    const at = (name: string): string => join(given.path, name)
    const from = Date.now() - 1
    /** What the server says a run of each plugin cost, in µ. */
    const costs = new Map<string, string>()
    {
      await using server = await startServer({ env: { SWITCHBOARD_DEMO: 'true' }, startSeconds: 200 })
      const demo = join(server.folder, 'demo')
      const period = ['--from', String(from), '--to', String(Date.now())]
      const out = at('evidence.bundle')
      const exported = await runCommand(['evidence', 'export', ...period, '--out', out], {
        folder: demo,
        data: demo,
      })
      assert.equal(exported.code, 0, exported.out + exported.err)
      const listed = await runCommand(['run', 'list', '--json'], { folder: demo, data: demo })
      for (const { package: name, costMicros } of listed.json<{
        rows: { package: string; costMicros: string }[]
      }>().rows)
        costs.set(name, costMicros)
      await writeFile(at('log.vkey'), await readFile(join(demo, 'log.vkey')))
      const page = await fetch(`${await server.ready}/verify`)
      await writeFile(at('page-of-the-server.html'), await page.bytes())
      assert.equal(await server.stop(), 0)
    }

    const steps = await followGuide(
      new URL('../../docs/guides/verify-evidence.md', import.meta.url),
      given.path,
      {},
    )
    await t.test('the guide for outsiders, followed to the letter, ends in a green report', async () => {
      assert.equal(steps.length, 3)
      assert.match(steps[1]?.out ?? '', /^GREEN {2}evidence\.bundle: period /)
      const report = JSON.parse(await readFile(at('report.json'), 'utf8'))
      assert.equal(report.ok, true)
      assert.ok(report.summary.runs >= 2)
    })
    await t.test('the page of the server is byte for byte the one that an outsider builds', async () => {
      assert.ok((await readFile(at('page-of-the-server.html'))).equals(await readFile(at('verifier.html'))))
    })

    await using browser = await startBrowser()
    const page = await browser.open()
    await page.goto(pathToFileURL(at('verifier.html')).href)
    await page.setInputFiles('#trust-input', at('log.vkey'))
    const verdict = async (color: 'green' | 'red'): Promise<string> =>
      (await page.locator(`#verdict.${color}`).innerText()).replaceAll(/\s+/g, ' ')

    await t.test(
      'in a browser without a network it shows who ran what, under which rule, at what cost',
      async () => {
        await page.setInputFiles('#file-input', at('evidence.bundle'))
        assert.match(await verdict('green'), /Nothing in between is missing/)
        // There with the verdict, when there are more rows than it shows at first.
        const more = page.getByRole('button', { name: /^Show all/ })
        if (await more.isVisible()) await more.click()
        const rows = (await page.locator('.deeds tbody tr').allInnerTexts()).map((row) =>
          row.replaceAll(/\s+/g, ' '),
        )
        const runs = rows.filter((row) => /plugin\.run/.test(row))
        for (const name of ['ioc-triage', 'ip-asn-context']) {
          const run = runs.find((row) => row.includes(`plugin.run ${name} 1.0.0`))
          assert.match(run ?? rows.join('\n'), /allowed .*analyst-investigates 1 0\.\d+/, name)
          // A run costs what its own receipts say and those of its calls.
          const calls = rows.filter((row) => row.includes(`through ${name} 1.0.0`))
          const micros = [run ?? '', ...calls].map((row) => Math.round(Number(row.split(' ').at(-1)) * 1e6))
          assert.equal(
            micros.reduce((sum, one) => sum + one, 0),
            Number(costs.get(name)),
            [run, ...calls].join('\n'),
          )
        }
        assert.ok(
          rows.some((row) => /through ioc-triage 1\.0\.0 .*case\.read .*allowed/.test(row)),
          rows.join('\n'),
        )
        t.diagnostic(await verdict('green'))
      },
    )

    await t.test(
      'with one receipt taken out, the run itself, it is red and says what does not fit',
      async () => {
        const cut = withoutReceipt(
          await readFile(at('evidence.bundle')),
          (subject) => subject['operation'] === 'plugin.run',
        )
        await writeFile(at('cut.bundle'), cut)
        await page.setInputFiles('#file-input', at('cut.bundle'))
        assert.match(await verdict('red'), /finding/)
        const rules = await page.locator('#report .rule').allInnerTexts()
        assert.ok(rules.includes('complete_missing') || rules.includes('proof_root'), rules.join(' '))
        t.diagnostic(rules.join(' '))
      },
    )

    assert.deepEqual(
      browser.requests.filter((url) => !/^(?:file|blob|data):/.test(url)),
      [],
    )
    assert.deepEqual(browser.complaints, [])
  },
)
