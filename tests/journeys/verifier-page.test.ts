import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { createTestLogs } from '@switchboard/bundle/testing'
import { craftPackage, craftPublisher } from '@switchboard/verifier/package-testing'
import { buildVerifierPage } from '@switchboard/verifier/page'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { everyFeature } from '../../packages/verifier/src/testing/every-feature.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { temporaryFolder } from '../support/running-server.ts'

const file = (name: string, content: string | Buffer) => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(content),
})

test(
  'the page, opened from a file with the network off',
  { skip: noBrowser, timeout: 240_000 },
  async (t) => {
    await using work = await temporaryFolder()
    const address = pathToFileURL(join(work.path, 'verifier.html')).href
    await writeFile(join(work.path, 'verifier.html'), (await buildVerifierPage()).html)
    await using browser = await startBrowser()
    const { bundle, vkey, resignedWithOtherKey } = await vector<'bundle' | 'vkey' | 'resignedWithOtherKey'>(
      'bundle',
    )
    const { receipt } = await vector<'receipt'>('receipt')
    const { atSize5, forkedAtSize5 } = await vector<'atSize5' | 'forkedAtSize5'>('checkpoints')

    async function opened(options?: { width?: number; dark?: boolean }): Promise<Page> {
      const page = await browser.open(options)
      await page.goto(address)
      return page
    }

    await t.test(
      'nothing is verified without a key; with one the bundle is green, and it says who did what',
      async () => {
        const page = await opened()
        await page.setInputFiles('#file-input', file('case-1.bundle', bundle))
        assert.match(await textOf(page, '#verdict.idle.wait'), /^Not verified yet.*key of the log/)
        await page.fill('#trust-text', `# from the operator\n${vkey}\n`)
        await page.click('text=Add what I pasted')
        assert.match(await textOf(page, '#verdict.green'), /^Green: this bundle is proved/)
        assert.match(
          await textOf(page, '.deeds'),
          /dana.*plugin\.run.*ioc-triage 1\.0\.0.*allowed.*analyst-runs/,
        )
        assert.match(await textOf(page, '.deeds'), /denied.*CapabilityDenied/)
        assert.match(
          await textOf(page, '#report'),
          /What was not checked, and why.*no saved checkpoint was given/,
        )
        await page.close()
      },
    )

    await t.test('one bit flipped is red and named, and undone is green again', async () => {
      const page = await opened()
      await page.setInputFiles('#trust-input', file('log.vkey', vkey))
      await page.setInputFiles('#file-input', file('case-1.bundle', bundle))
      await textOf(page, '#verdict.green')
      await page.click('#flip')
      assert.match(
        await textOf(page, '#verdict.red'),
        /finding.*With one bit flipped: bit \d of byte [\d,]+, in line \d/,
      )
      assert.ok((await page.locator('#report .rule').count()) > 0)
      await page.click('#undo')
      await textOf(page, '#verdict.green')
      assert.ok(await page.isDisabled('#undo'))
      await page.close()
    })

    await t.test('another key, another past and another file under the same key are red', async () => {
      const page = await opened()
      await page.setInputFiles('#trust-input', [file('log.vkey', vkey), file('forked.txt', forkedAtSize5)])
      await page.setInputFiles('#file-input', file('case-1.bundle', bundle))
      assert.match(await textOf(page, '#verdict.red'), /saved/i)
      await page.click('[aria-label^="Remove saved checkpoint"]')
      await textOf(page, '#verdict.green')
      await page.setInputFiles('#trust-input', file('kept.txt', atSize5))
      await page.locator('#roots li').nth(1).waitFor()
      await textOf(page, '#verdict.green')
      await page.setInputFiles('#file-input', file('resigned.bundle', resignedWithOtherKey))
      assert.match(await textOf(page, '#verdict.red'), /key/)
      await page.close()
    })

    await t.test(
      'a period with every feature says in a sentence that nothing is missing, and shows logs and witnesses',
      async () => {
        const { bundle: period, trust, saved } = everyFeature()
        const roots = [...trust.logKeys, ...(trust.witnessKeys ?? []), ...saved].join('\n')
        const page = await opened()
        await page.fill('#witnesses-needed', '2')
        await page.setInputFiles('#trust-input', file('roots.txt', roots))
        await page.locator('#roots li').nth(5).waitFor()
        await page.setInputFiles('#file-input', file('every.bundle', period.bytes))
        assert.match(
          await textOf(page, '#verdict.green'),
          /Nothing in between is missing: every entry in this period is accounted for\. 3 entries were pruned/,
        )
        const shown = await textOf(page, '#report')
        assert.match(
          shown,
          /The standard log.*The short log.*4 folded.*3 pruned under a receipt.*The long log/,
        )
        assert.match(shown, /witness\.one saw it at 2026-01-01 .* UTC.*witness\.two saw it/)
        assert.match(shown, /25 parts redacted/)
        await page.fill('#witnesses-needed', '3')
        await page.keyboard.press('Tab')
        assert.match(await textOf(page, '#verdict.red'), /witness/)
        await page.close()
      },
    )

    await t.test(
      'an operator who leaves one receipt out and claims the period to be whole is red',
      async () => {
        const { bundle: cut, trust } = everyFeature({
          select: ({ values }) => values.subject['operation'] !== 'review.approve',
        })
        const page = await opened()
        await page.setInputFiles('#trust-input', file('log.vkey', trust.logKeys.join('\n')))
        await page.setInputFiles('#file-input', file('cut.bundle', cut.bytes))
        await textOf(page, '#verdict.red')
        assert.deepEqual(await page.locator('#report .rule').allInnerTexts(), ['complete_missing'])
        await page.close()
      },
    )

    await t.test('a receipt is verified too, and a key among the evidence is not taken for one', async () => {
      const page = await opened()
      await page.setInputFiles('#file-input', file('log.vkey', vkey))
      assert.match(await textOf(page, '#file-problem:not(:empty)'), /a key or a checkpoint, not evidence/)
      assert.equal(await page.locator('#roots li').count(), 0)
      await page.setInputFiles('#trust-input', file('log.vkey', vkey))
      await page.setInputFiles('#file-input', file('run.receipt', receipt))
      assert.match(await textOf(page, '#verdict.green'), /^Green: this receipt is proved/)
      await page.fill('#trust-text', 'log.example+00000000+AAAA\n-----BEGIN PRIVATE KEY-----\n')
      await page.click('text=Add what I pasted')
      assert.match(await textOf(page, '#trust-problem:not(:empty)'), /PRIVATE key/)
      await page.close()
    })

    await t.test(
      'a package is verified under the key of a publisher, by the name that the reader gives them',
      async () => {
        const publisher = craftPublisher()
        const { spkiPem, publisher: name, keyId } = publisher.pinned
        const page = await opened()
        await page.setInputFiles('#file-input', file('plugin.sbp', Buffer.from(craftPackage({ publisher }))))
        assert.match(await textOf(page, '#verdict.idle.wait'), /key of a publisher/)
        await page.setInputFiles('#trust-input', file(`${name}.pub.pem`, spkiPem))
        assert.match(await textOf(page, '#verdict.green'), /^Green: this package is proved/)
        assert.ok((await textOf(page, '#report')).includes(keyId))
        await page.click('#flip')
        await textOf(page, '#verdict.red')
        assert.equal(await page.locator('#report .rule').count(), 1)
        await page.click('#undo')
        await textOf(page, '#verdict.green')
        await page.close()
      },
    )

    await t.test(
      'files are dropped where they belong; dropped elsewhere they do nothing, and the page stays',
      async () => {
        const page = await opened()
        const drop = async (zone: string, name: string, content: string): Promise<void> => {
          const dataTransfer = await page.evaluateHandle(
            ([fileName = '', text = '']) => {
              const data = new DataTransfer()
              data.items.add(new File([text], fileName))
              return data
            },
            [name, content],
          )
          await page.dispatchEvent(zone, 'dragover', { dataTransfer })
          await page.dispatchEvent(zone, 'drop', { dataTransfer })
        }
        await drop('footer', 'case-1.bundle', bundle)
        await drop('#file-zone', 'log.vkey', vkey)
        assert.match(await textOf(page, '#file-problem:not(:empty)'), /not evidence/)
        await drop('#trust-zone', 'case-1.bundle', bundle)
        assert.match(await textOf(page, '#trust-problem:not(:empty)'), /case-1\.bundle: This is no key/)
        await drop('#trust-zone', 'log.vkey', vkey)
        await drop('#file-zone', 'case-1.bundle', bundle)
        await textOf(page, '#verdict.green')
        assert.equal(page.url(), address)
        await page.close()
      },
    )

    await t.test('with the keyboard alone: choose, paste, flip, undo, save', async () => {
      const page = await opened()
      // Asked for long before the key: an answer that overtakes the question for it is lost.
      const chosen = page.waitForEvent('filechooser')
      await page.keyboard.press('Tab')
      assert.equal(await focused(page), 'file-input')
      // The dialogue that Space opens is the system's; the file comes in as it would from there.
      await page.keyboard.press('Space')
      const chooser = await chosen
      await chooser.setFiles(file('case-1.bundle', bundle))
      await textOf(page, '#verdict.idle.wait')
      await page.keyboard.press('Tab')
      assert.equal(await focused(page), 'trust-text')
      await page.keyboard.insertText(vkey)
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await textOf(page, '#verdict.green')
      await tabTo(page, 'flip')
      await page.keyboard.press('Enter')
      await textOf(page, '#verdict.red')
      await tabTo(page, 'undo')
      await page.keyboard.press('Space')
      await textOf(page, '#verdict.green')
      await tabTo(page, 'save')
      const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')])
      const saved = JSON.parse(await readFile(await download.path(), 'utf8'))
      assert.deepEqual(
        {
          ok: saved.ok,
          kind: saved.kind,
          file: saved.file,
          cost: saved.summary.costMicros,
          keys: saved.trust.logKeys,
        },
        { ok: true, kind: 'bundle', file: 'case-1.bundle', cost: '1520', keys: [vkey] },
      )
      await page.close()
    })

    await t.test('many flips are red one after the other, and counted by what they broke', async () => {
      const page = await opened()
      await page.setInputFiles('#trust-input', file('log.vkey', vkey))
      await page.setInputFiles('#file-input', file('case-1.bundle', bundle))
      await textOf(page, '#verdict.green')
      await page.click('#many summary')
      await page.fill('#many-count', '60')
      await page.fill('#many-seed', '7')
      await page.click('#many-start')
      assert.match(await textOf(page, '#tally:has-text("done")'), /60 of 60 flips turned it red/)
      await page.close()
    })

    await t.test('a flip that is undone before its answer is there leaves the file as it was', async () => {
      const { bundle: period, trust } = everyFeature()
      const page = await opened()
      await page.setInputFiles('#trust-input', file('log.vkey', trust.logKeys.join('\n')))
      await page.setInputFiles('#file-input', file('every.bundle', period.bytes))
      await textOf(page, '#verdict.green')
      await page.click('#flip')
      await textOf(page, '#verdict.red')
      await page.evaluate(() => {
        for (const id of ['flip', 'undo']) document.getElementById(id)?.click()
      })
      await textOf(page, '#verdict.green')
      await page.close()
    })

    await t.test(
      'flips under way are stopped by a button or by another key, and the file stays verifiable',
      async () => {
        const page = await opened()
        await page.setInputFiles('#trust-input', file('log.vkey', vkey))
        await page.setInputFiles('#file-input', file('case-1.bundle', bundle))
        await textOf(page, '#verdict.green')
        await page.click('#many summary')
        await page.fill('#many-count', '100000')
        await page.click('#many-start')
        await page.locator('#tally:has-text("under way")').waitFor()
        await page.click('#many-stop')
        assert.equal(await focused(page), 'many-start')
        await page.click('#many-start')
        await page.locator('#tally:has-text("under way")').waitFor()
        await page.setInputFiles('#trust-input', file('kept.txt', atSize5))
        await page.waitForFunction(() => document.getElementById('tally')?.childElementCount === 0)
        await page.locator('#report > *').first().waitFor()
        await textOf(page, '#verdict.green')
        await page.close()
      },
    )

    await t.test(
      'a file that changes on the disk while its flips are under way is not verified under its old name',
      async () => {
        const path = join(work.path, 'changing.bundle')
        await writeFile(path, bundle)
        const page = await opened()
        await page.setInputFiles('#trust-input', file('log.vkey', vkey))
        await page.setInputFiles('#file-input', path)
        await textOf(page, '#verdict.green')
        await page.click('#many summary')
        await page.fill('#many-count', '100000')
        await page.click('#many-start')
        await page.locator('#tally:has-text("under way")').waitFor()
        await writeFile(path, resignedWithOtherKey)
        await page.click('#many-stop')
        await page.click('#flip')
        assert.match(
          await textOf(page, '#verdict.red:has-text("nothing is proved")'),
          /has changed since it was chosen/,
        )
        await page.close()
      },
    )

    await t.test('where the browser gives no worker, the page verifies by itself', async () => {
      const page = await browser.open()
      await page.addInitScript(() => Object.defineProperty(globalThis, 'Worker', { value: undefined }))
      await page.goto(address)
      await page.setInputFiles('#trust-input', file('log.vkey', vkey))
      await page.setInputFiles('#file-input', file('case-1.bundle', bundle))
      await textOf(page, '#verdict.green')
      assert.equal(page.workers().length, 0)
      await page.close()
    })

    await t.test('names that are markup, turn the text or never end are text', async () => {
      const page = await opened()
      const name = `<img src=x onerror="document.title='owned'">\u202Egnp.${'n'.repeat(500)}`
      await page.setInputFiles('#trust-input', file('log.vkey', vkey))
      await page.setInputFiles(
        '#file-input',
        file(name, bundle.replace('log.example/evidence', '<b>log</b>\u200B/evidence')),
      )
      await textOf(page, '#verdict.red')
      const shown = await textOf(page, '#file-given')
      assert.ok(shown.includes('<img src=x onerror="document.title=\'owned\'">U+202Egnp.nnnn'), shown)
      assert.equal(await page.locator('main img, main b').count(), 0)
      assert.doesNotMatch(await page.title(), /owned/)
      assert.deepEqual(await overflow(page), [])
      await page.close()
    })

    await t.test(
      'a green bundle whose texts are hostile shows them as text, on a narrow screen too',
      async () => {
        const logs = createTestLogs({ name: `log.${'o'.repeat(200)}` })
        const markup = `<script>document.title='owned'</script><img src=x onerror=alert(1)>`
        const name = `${markup}\u202Etxt.\u200Bexe\u0000 ${'w'.repeat(500)}`
        logs.record({
          parts: {
            actor: { name, user: '"><svg onload=alert(2)>' },
            subject: { package: 'plug\u2066in', version: '1.0.0', digest: 'dd'.repeat(32) },
            policy: { rules: ['عربى \u202B rule', '&lt;b&gt;'] },
          },
        })
        const hostile = logs.bundle({
          documents: [{ name: '<b>statement</b>.txt', bytes: Buffer.from('<b>') }],
        })
        const page = await opened({ width: 390 })
        await page.setInputFiles('#trust-input', file('log.vkey', logs.logKeys.join('\n')))
        await page.setInputFiles('#file-input', file('hostile.bundle', hostile.bytes))
        await textOf(page, '#verdict.green')
        const deeds = await textOf(page, '.deeds')
        assert.ok(deeds.includes(`${markup}U+202Etxt.U+200BexeU+0000 www`), deeds)
        assert.ok(
          deeds.includes('plugU+2066in 1.0.0') && deeds.includes('عربى U+202B rule, &lt;b&gt;'),
          deeds,
        )
        assert.equal(await page.locator('main img, main script, main b, #report svg:not(.icon)').count(), 0)
        assert.doesNotMatch(await page.title(), /owned/)
        assert.deepEqual(await overflow(page), [])
        await page.close()
      },
    )

    await t.test(
      'in both themes, wide and narrow, axe finds nothing serious, and nothing is wider than the screen',
      async () => {
        for (const dark of [false, true]) {
          for (const width of [390, 1280]) {
            const page = await opened({ width, dark })
            const states: readonly [string, () => Promise<unknown>][] = [
              ['empty', async () => undefined],
              [
                'green',
                async () => {
                  await page.setInputFiles('#trust-input', [
                    file('log.vkey', vkey),
                    file('kept.txt', atSize5),
                  ])
                  await page.setInputFiles('#file-input', file('case-1.bundle', bundle))
                  await textOf(page, '#verdict.green')
                  await page.click('#many summary')
                },
              ],
              [
                'red',
                async () => {
                  await page.click('#flip')
                  await textOf(page, '#verdict.red')
                  await page.click('details.card summary')
                },
              ],
            ]
            for (const [state, reach] of states) {
              await reach()
              await page.evaluate(axe.source)
              const serious = await page.evaluate(async () => {
                // The script above put it there; it has no types in this place.
                const { axe: checker } = globalThis as unknown as {
                  axe: {
                    run(): Promise<{
                      violations: { id: string; impact: string; nodes: { html: string }[] }[]
                    }>
                  }
                }
                const { violations } = await checker.run()
                return violations
                  .filter(({ impact }) => impact === 'serious' || impact === 'critical')
                  .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
              })
              assert.deepEqual(serious, [], `${state}, ${dark ? 'dark' : 'light'}, ${width} px`)
              assert.deepEqual(await overflow(page), [], `${state}, ${width} px`)
            }
            await page.close()
          }
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

async function vector<Name extends string>(name: string): Promise<Record<Name, string>> {
  const path = new URL(`../../packages/verifier/vectors/${name}.json`, import.meta.url)
  // The generator's shape; the tests would fail on any other.
  return JSON.parse(await readFile(path, 'utf8')) as Record<Name, string>
}

/** The text of an element once it is there, its white space as a reader sees it. */
async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).first().innerText()).replaceAll(/\s+/g, ' ')
}

function focused(page: Page): Promise<string> {
  return page.evaluate(() => document.activeElement?.id ?? '')
}

async function tabTo(page: Page, id: string): Promise<void> {
  for (let steps = 0; (await focused(page)) !== id; steps++) {
    assert.ok(steps < 40, `the keyboard does not reach #${id}`)
    await page.keyboard.press('Tab')
  }
}

/** Elements that reach beyond the right edge of the screen. */
function overflow(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    document.documentElement.scrollWidth <= window.innerWidth
      ? []
      : [...document.querySelectorAll('main *')]
          .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 1)
          .map((element) => element.outerHTML.slice(0, 100)),
  )
}
