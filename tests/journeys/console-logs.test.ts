import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { inspect } from 'node:util'
import type { Page } from 'playwright-core'
import { noBrowser } from '../support/browser.ts'
import { inspectScreen, startConsole } from '../support/console.ts'
import { freePort } from '../support/free-port.ts'

/** Of the published vectors: the key of a witness that nobody runs. */
const witness = 'witness.one+d7b39442+BHwZ/OA4KLPyDyQoqSUzxAIPYoxmemxfpoVf5XJjO3TC'

test(
  'logs are shown with their witnesses and feeds, and that one only grew since a kept checkpoint is verified in the browser',
  { skip: noBrowser, timeout: 200_000 },
  async (t) => {
    const port = await freePort()
    await using running = await startConsole({
      env: {
        NODE_OPTIONS: `--import ${new URL('../support/loopback-names.ts', import.meta.url).href}`,
        SWITCHBOARD_WITNESSES: `http://127.0.0.1:${port}=${witness}`,
        SWITCHBOARD_FEED_DESTINATIONS: `https://siem.corp.example:${port}`,
      },
    })
    const { url, owner } = running
    const opened = await owner.perform('case.create', { title: 'Phish', tlp: 'CLEAR', note: 'x' })
    assert.ok(opened.ok, inspect(opened))
    const page = await running.signIn('Ada', ['administrator'])
    let kept = ''

    await t.test(
      'a log says how far it is, who has not signed and why, and its checkpoint is saved',
      async () => {
        await page.goto(`${url}/app/evidence/logs`)
        await page.getByRole('heading', { name: /^The standard log, \d+ entries/ }).waitFor()
        await page.getByText('Not enough witnesses have signed since the server started.').first().waitFor()
        await page.getByText('witness.one').first().waitFor()
        const waiting = page.waitForEvent('download')
        await page.getByRole('button', { name: 'Save the checkpoint' }).first().click()
        kept = await readFile(await (await waiting).path(), 'utf8')
        assert.match(kept, /\/standard\n\d+\n[^]*\n— /)
      },
    )

    await t.test('the log grew since, and the browser verifies that it only grew', async () => {
      const added = await owner.perform('case.add_note', { id: opened.value.id, text: 'more' })
      assert.ok(added.ok, inspect(added))
      await paste(page, kept)
      await page.getByText(/^Give the key of the log too/).waitFor()
      await page.getByRole('button', { name: 'Use this server’s key' }).click()
      await page.getByText('Green: the log only grew').waitFor()
      await page.getByText(/nothing that your checkpoint covers was changed or removed/).waitFor()
    })

    await t.test('a checkpoint that was altered, or is of another log, is red or said to be', async () => {
      const [origin = '', size = '', root = '', ...rest] = kept.split('\n')
      const altered = [
        origin,
        size,
        root.startsWith('A') ? `B${root.slice(1)}` : `A${root.slice(1)}`,
        ...rest,
      ]
      await paste(page, altered.join('\n'))
      await page.getByText('Red: that it only grew is not proved').waitFor()
      await page.getByText('saved_signature').waitFor()
      await paste(page, ['log.example/else', size, root, ...rest].join('\n'))
      await page.getByText(/None of your organisation’s logs is/).waitFor()
    })

    await t.test(
      'rules of retention and feeds are there; a feed says how far behind it is, and is paused with a reason',
      async () => {
        await page.getByText(/Nobody has set any rule/).waitFor()
        const made = await owner.perform('feed.create', {
          name: 'siem',
          kind: 'webhook',
          to: `https://siem.corp.example:${port}/in`,
          reason: 'for the test',
        })
        assert.ok(made.ok, inspect(made))
        await page.reload()
        await page.getByRole('heading', { name: 'siem' }).first().waitFor()
        await page.getByRole('button', { name: 'Send a test' }).first().click()
        await page.getByText('Refused', { exact: true }).first().waitFor()
        await page.getByRole('button', { name: 'Pause', exact: true }).first().click()
        const dialog = page.getByRole('dialog')
        await dialog.getByLabel('Why it is paused').fill('the receiver moves')
        await dialog.getByRole('button', { name: 'Pause the feed' }).click()
        await dialog.waitFor({ state: 'hidden' })
        await page.getByText('paused', { exact: true }).first().waitFor()
        await inspectScreen(page, 'evidence-logs')
        await page.getByRole('button', { name: 'Let it go on' }).first().click()
        await page.getByText('active', { exact: true }).first().waitFor()
      },
    )

    await t.test('an analyst sees the logs, and what is not for their roles with whom to ask', async () => {
      const other = await running.signIn('Ben', ['analyst'])
      await other.goto(`${url}/app/evidence/logs`)
      await other.getByRole('heading', { name: /^The standard log/ }).waitFor()
      await other
        .getByText(/Not for your roles: ask for/)
        .first()
        .waitFor()
      assert.equal(await other.getByRole('heading', { name: 'siem' }).count(), 0)
      // An auditor reads the feeds and may not touch them.
      const auditor = await running.signIn('Aud', ['auditor'])
      await auditor.goto(`${url}/app/evidence/logs`)
      await auditor.getByRole('heading', { name: 'siem' }).first().waitFor()
      assert.equal(
        await auditor.getByRole('button', { name: 'Pause', exact: true }).first().isDisabled(),
        true,
      )
      await inspectScreen(auditor, 'evidence-logs-auditor')
    })

    running.assertContained()
  },
)

async function paste(page: Page, text: string): Promise<void> {
  await page.getByLabel('Keys and checkpoints').fill(text)
  await page.getByRole('button', { name: 'Trust what I pasted' }).click()
}
