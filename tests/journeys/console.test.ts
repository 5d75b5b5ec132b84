import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noBrowser } from '../support/browser.ts'
import { runCommand } from '../support/command.ts'
import { endSession, inspectScreen, startConsole } from '../support/console.ts'

test(
  'the console signs in by a link, shows where it stands, finds every operation, and loads nothing from elsewhere',
  { skip: noBrowser, timeout: 200_000 },
  async (t) => {
    await using running = await startConsole()
    const { url, server, browser } = running
    const link = await runCommand(['console'], { folder: server.folder, data: server.folder })
    assert.equal(link.code, 0, link.err)
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
      await page.getByRole('heading', { name: 'Done', exact: true }).waitFor()
      // What somebody typed is text, and a mark that turns the direction is shown.
      assert.equal(await page.locator('main b').count(), 0)
      await page.getByText('⟨U+202E⟩').first().waitFor()
    })

    await t.test('axe finds nothing serious, in either theme, wide and narrow', async () => {
      await page.goto(`${url}/app/`)
      await page.getByText(/Sandbox level/).waitFor()
      await inspectScreen(page, 'start')
    })

    await t.test('a session that ends is begun again over the page, and nothing typed is lost', async () => {
      await page.goto(`${url}/app/do/case.create`)
      await page.getByRole('heading', { name: 'Open a case' }).waitFor()
      await page.getByLabel(/title/i).first().fill('half typed')
      await endSession(page)
      await page.getByRole('button', { name: 'Open a case' }).click()
      await page.getByRole('heading', { name: 'Your session has ended' }).waitFor()
      const again = await runCommand(['console'], { folder: server.folder, data: server.folder })
      await page.getByLabel('Sign-in link').fill(again.out.trim())
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.getByRole('heading', { name: 'Your session has ended' }).waitFor({ state: 'hidden' })
      assert.equal(await page.getByLabel(/title/i).first().inputValue(), 'half typed')
    })

    running.assertContained()
  },
)
