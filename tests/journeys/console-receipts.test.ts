import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { createClient } from '@switchboard/api'
import { noBrowser } from '../support/browser.ts'
import { inspectScreen, startConsole } from '../support/console.ts'

test(
  'receipts are found by filters in the address, and each is proved in the browser from its leaf to the checkpoint',
  { skip: noBrowser, timeout: 200_000 },
  async (t) => {
    await using running = await startConsole()
    const { url, owner } = running
    const opened = await owner.perform('case.create', {
      title: '<b>Phish</b> \u202e',
      tlp: 'CLEAR',
      note: 'see 192.0.2.7',
    })
    assert.ok(opened.ok, inspect(opened))
    for (let note = 0; note < 4; note += 1) {
      const added = await owner.perform('case.add_note', { id: opened.value.id, text: `note ${note}` })
      assert.ok(added.ok, inspect(added))
    }
    const invited = await owner.perform('user.invite', { name: 'Cleo', roles: ['auditor'] })
    assert.ok(invited.ok, inspect(invited))
    const cleo = await createClient({ baseUrl: url, fetch }).perform('session.create', {
      secret: invited.value.secret,
    })
    assert.ok(cleo.ok, inspect(cleo))
    const page = await running.signIn('Ada', ['auditor'])

    await t.test(
      'all receipts are sentences; filters narrow them, live in the address and come back with it',
      async () => {
        await page.goto(`${url}/app/evidence`)
        await page
          .getByRole('link', { name: /opened case/ })
          .first()
          .waitFor()
        await inspectScreen(page, 'evidence-receipts')
        await page.getByLabel('Operation').fill('case.add_note')
        await page.waitForURL(/operation=case\.add_note/)
        await page
          .getByRole('link', { name: /opened case/ })
          .first()
          .waitFor({ state: 'detached' })
        await page
          .getByRole('link', { name: /added a note/ })
          .nth(3)
          .waitFor()
        await page.getByLabel('Decision').click()
        await page.getByRole('option', { name: 'denied' }).click()
        await page.getByText('No receipt fits all of these filters.').waitFor()
        await page.goBack()
        await page
          .getByRole('link', { name: /added a note/ })
          .first()
          .waitFor()
        await page.getByRole('button', { name: 'Clear all filters' }).click()
        await page.waitForURL(/evidence$/)
      },
    )

    await t.test('what is no filter is said and left out', async () => {
      await page.goto(`${url}/app/evidence?case=%3Cb%3E&from=yesterday`)
      await page.getByText(/A case is written case_/).waitFor()
      await page
        .getByRole('link', { name: /opened case/ })
        .first()
        .waitFor()
      await inspectScreen(page, 'evidence-receipts-filters')
    })

    const added = await owner.perform('receipt.list', { operation: 'case.add_note', limit: 1 })
    assert.ok(added.ok)
    const id = added.value.rows[0]?.id ?? ''

    await t.test(
      'a receipt without its place in the log says so, and shows its proof as soon as it is there',
      async () => {
        let isSeen = false
        await page.route(`${url}/receipts/${id}`, async (route) => {
          const response = await route.fetch()
          // As the server answers in the moment before a receipt is in the log.
          if (isSeen) return route.fulfill({ response })
          const { file: _file, ...answer } = (await response.json()) as Record<string, unknown>
          const receipt = { ...(answer['receipt'] as object), index: null }
          await route.fulfill({ response, json: { ...answer, receipt, proof: 'pending' } })
        })
        await page.goto(`${url}/app/evidence/receipts/${id}`)
        await page.getByText(/^Pending: the receipt is written/).waitFor()
        isSeen = true
        await page.getByRole('list', { name: 'From the leaf to the checkpoint' }).waitFor()
        await page.unroute(`${url}/receipts/${id}`)
      },
    )

    await t.test(
      'the path is drawn and verified under a key that the reader gives; another key is red',
      async () => {
        const path = await page.getByRole('list', { name: 'From the leaf to the checkpoint' }).innerText()
        assert.match(path, /leaf: this receipt [0-9a-f]{10}…/)
        assert.match(path, /(left|right) neighbour [0-9a-f]{10}…/)
        assert.match(path, /root [0-9a-f]{10}…[^]*checkpoint, size \d+: signs root/)
        assert.doesNotMatch(path, /is not the root/)
        await page.getByText('Not verified yet').waitFor()
        await page.getByRole('button', { name: 'Use this server’s key' }).click()
        await page.getByText(/^Green: this receipt is proved/).waitFor()
        await page.getByRole('button', { name: /^actor opened/ }).click()
        await page
          .getByText(/Value and salt are here/)
          .first()
          .waitFor()
        await inspectScreen(page, 'evidence-receipt')
        await page.getByRole('button', { name: 'Flip one bit' }).click()
        await page.getByText(/^Red: what this receipt says is not proved/).waitFor()
        await page.getByText(/With one bit flipped: bit \d of byte [\d,]+, in line 1/).waitFor()
        await page.getByRole('button', { name: 'Turn it back' }).click()
        await page.getByText(/^Green: this receipt is proved/).waitFor()
      },
    )

    await t.test('its file is saved byte for byte, and its bytes and relations are on the page', async () => {
      const waiting = page.waitForEvent('download')
      await page.getByRole('button', { name: 'Save the receipt file' }).click()
      const saved = await (await waiting).path()
      const read = await owner.perform('receipt.read', { id })
      assert.ok(read.ok)
      const line = JSON.parse(await readFile(saved, 'utf8')) as { receipt: { entry: string } }
      assert.equal(line.receipt.entry, read.value.entry)
      await page.getByRole('button', { name: /^Entry: 304 bytes/ }).click()
      await page.getByText(/0000 {2}53 42 52 01/).waitFor()
      await page.getByText('It has no parent: somebody asked for it directly.').waitFor()
      await page.getByRole('link', { name: 'Owner' }).click()
      await page.waitForURL(/actor=usr_/)
    })

    await t.test('a receipt that is not there is refused with what to do', async () => {
      await page.goto(`${url}/app/evidence/receipts/rct_${'0'.repeat(32)}`)
      await page.getByText(/There is no receipt/).waitFor()
      await inspectScreen(page, 'evidence-receipt-unknown')
    })

    assert.equal(await page.locator('main b').count(), 0)
    running.assertContained()
  },
)
