import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { ensureConsole } from '../../scripts/bootstrap/console.mjs'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { runCommand } from '../support/command.ts'
import { startServer } from '../support/running-server.ts'

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What axe finds serious or critical on the page as it stands. */
interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string }[]
}

test(
  'the console signs in by a link, shows where it stands, finds every operation, and loads nothing from elsewhere',
  { skip: noBrowser, timeout: 200_000 },
  async (t) => {
    ensureConsole()
    await using server = await startServer()
    const url = await server.ready
    const link = await runCommand(['console'], { folder: server.folder, data: server.folder })
    assert.equal(link.code, 0, link.err)
    await using browser = await startBrowser({ network: true })
    const page = await browser.open()
    await page.goto(link.out.trim())
    await page.waitForURL(/\/app\//)
    await page.getByRole('heading', { name: 'See it work' }).waitFor()
    await page.getByText(/Sandbox level/).waitFor()

    await t.test('a palette holds every area and operation, by keyboard alone', async () => {
      await page.keyboard.press('Control+k')
      await page.getByPlaceholder('Where to, or what to do?').fill('open a case')
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/do\/case\.create$/)
      await page.getByLabel(/title/i).first().fill('<b>RTL \u202e name</b>')
      await page.getByRole('button', { name: 'Open a case' }).click()
      await page.getByRole('heading', { name: 'Done' }).waitFor()
      // What somebody typed is text, and a mark that turns the direction is shown.
      assert.equal(await page.locator('main b').count(), 0)
      await page.getByText('⟨U+202E⟩').first().waitFor()
    })

    for (const dark of [false, true])
      for (const width of [1280, 390])
        await t.test(
          `axe finds nothing serious, ${dark ? 'dark' : 'light'}, ${width} pixels wide`,
          async () => {
            const other = await browser.open({ width, dark })
            await other.goto(`${url}/app/`)
            await other.getByText(/Sandbox level/).waitFor()
            // Not as a script of the page: its policy would refuse one.
            await other.evaluate(await readFile(axe, 'utf8'))
            const found = (await other.evaluate(
              '(async () => (await axe.run()).violations.filter(({ impact }) => impact === "serious" || impact === "critical"))()',
            )) as readonly Violation[]
            assert.deepEqual(
              found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
              [],
            )
            await other.close()
          },
        )

    await t.test('a session that ends is begun again over the page, and nothing typed is lost', async () => {
      await page.goto(`${url}/app/do/case.create`)
      await page.getByRole('heading', { name: 'Open a case' }).waitFor()
      await page.getByLabel(/title/i).first().fill('half typed')
      await page.context().clearCookies()
      await page.getByRole('button', { name: 'Open a case' }).click()
      await page.getByRole('heading', { name: 'Your session has ended' }).waitFor()
      const again = await runCommand(['console'], { folder: server.folder, data: server.folder })
      await page.getByLabel('Sign-in link').fill(again.out.trim())
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.getByRole('heading', { name: 'Your session has ended' }).waitFor({ state: 'hidden' })
      assert.equal(await page.getByLabel(/title/i).first().inputValue(), 'half typed')
    })

    const elsewhere = browser.requests.filter((each) => !each.startsWith(url) && !each.startsWith('data:'))
    assert.deepEqual(elsewhere, [])
    assert.deepEqual(
      browser.complaints.filter((each) => /Content Security Policy|TrustedHTML|TrustedScript/.test(each)),
      [],
    )
  },
)
