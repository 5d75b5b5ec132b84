import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { createTestLogs } from '@switchboard/bundle/testing'
import { buildVerifierPage } from '@switchboard/verifier/page'
import type { Page } from 'playwright-core'
import { everyFeature } from '../../packages/verifier/src/testing/every-feature.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { temporaryFolder } from '../support/running-server.ts'

const receipts = 100_000
const flips = 10_000
/** Flips are spread over as many pages, so that a machine with two cores uses both. */
const pages = 2

test(
  'the page at scale, opened from a file with the network off',
  { skip: noBrowser, timeout: 900_000 },
  async (t) => {
    await using work = await temporaryFolder()
    const at = (name: string): string => join(work.path, name)
    await writeFile(at('verifier.html'), (await buildVerifierPage()).html)
    await using browser = await startBrowser()

    async function opened(bundle: string, roots: readonly string[]): Promise<Page> {
      await writeFile(at('roots.txt'), roots.join('\n'))
      const page = await browser.open()
      page.setDefaultTimeout(800_000)
      await page.goto(pathToFileURL(at('verifier.html')).href)
      await page.setInputFiles('#trust-input', at('roots.txt'))
      await page.locator('#roots li').first().waitFor()
      await page.setInputFiles('#file-input', at(bundle))
      return page
    }

    await t.test(
      `${receipts.toLocaleString('en')} receipts are verified while the page goes on to react`,
      async () => {
        const logs = createTestLogs()
        // A run leaves four receipts: its intent, an allowed call, a denied call, its outcome.
        for (let run = 0; run < receipts / 4; run += 1) {
          logs.recordRun({ user: `usr_${run % 40}`, case: `case-${run % 300}` })
        }
        const { bytes } = logs.bundle({ history: { standard: [1_000] } })
        await writeFile(at('large.bundle'), bytes)
        const page = await opened('large.bundle', logs.logKeys)
        await page.locator('#verdict.busy').waitFor()
        assert.equal(page.workers().length, 1)
        await page.fill('#trust-text', 'typed while it verifies')
        assert.equal(await page.inputValue('#trust-text'), 'typed while it verifies')
        const verdict = await page.locator('#verdict.green').innerText()
        assert.match(verdict, /Nothing in between is missing/)
        assert.match(verdict, /100,001 receipts/)
        t.diagnostic(`${(bytes.length / 1e6).toFixed(1)} MB: ${/Verified in .*/.exec(verdict)?.[0]}`)
        await page.close()
      },
    )

    await t.test(
      `of ${flips.toLocaleString('en')} random bits of a bundle with every feature, each turns it red and is named`,
      async () => {
        const { bundle, trust, saved } = everyFeature()
        await writeFile(at('every.bundle'), bundle.bytes)
        const roots = [...trust.logKeys, ...(trust.witnessKeys ?? []), ...saved]
        const tallies = await Promise.all(
          Array.from({ length: pages }, async () => {
            const seed = randomInt(2 ** 32)
            const page = await opened('every.bundle', roots)
            await page.locator('#verdict.green').waitFor()
            await page.click('#many summary')
            await page.fill('#many-count', String(flips / pages))
            await page.fill('#many-seed', String(seed))
            await page.click('#many-start')
            const tally = await page.locator('#tally:has-text("done")').innerText()
            const file = `${bundle.bytes.length.toLocaleString('en')} bytes`
            t.diagnostic(
              `seed ${seed}, ${file}: ${tally.replaceAll(/\s*\n\s*/g, '; ').replaceAll('\t', ' ')}`,
            )
            await page.close()
            return tally
          }),
        )
        const each = (flips / pages).toLocaleString('en')
        for (const tally of tallies) {
          assert.ok(tally.startsWith(`${each} of ${each} flips turned it red`), tally)
          assert.doesNotMatch(tally, /Not noticed/)
        }
      },
    )

    assert.deepEqual(
      browser.requests.filter((url) => !/^(?:file|blob|data):/.test(url)),
      [],
    )
    assert.deepEqual(browser.complaints, [])
  },
)
