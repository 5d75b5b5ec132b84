import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { inspect } from 'node:util'
import type { Client } from '@switchboard/api'
import { noBrowser } from '../support/browser.ts'
import { inspectScreen, startConsole } from '../support/console.ts'

test(
  'a bundle is built on screen: previewed, closed in part, exported, verified, and parked where a second person is needed',
  { skip: noBrowser, timeout: 200_000 },
  async (t) => {
    await using running = await startConsole()
    const { url, owner } = running
    const open = await caseWith(owner, 'Open <b>case</b>', 'CLEAR')
    const amber = await caseWith(owner, 'Amber case', 'AMBER')
    const page = await running.signIn('Ada', ['analyst'])

    await t.test('a case is chosen from a list, and its preview says what a reader will see', async () => {
      await page.goto(`${url}/app/evidence/bundle`)
      await page.getByText(/Choose the case above/).waitFor()
      await page.getByLabel('Case', { exact: true }).click()
      await page.getByRole('option', { name: /Open <b>case<\/b>/ }).click()
      await page.waitForURL(new RegExp(`case=${open}`))
      await page.getByText(/Marked TLP:CLEAR: you can export it alone/).waitFor()
      await page.getByText(/every part is open/).waitFor()
    })

    await t.test('what is closed is in the address, and the preview follows', async () => {
      await page.getByRole('checkbox', { name: 'Close actor' }).click()
      await page.waitForURL(/part=actor/)
      await page.getByText(/parts are closed/).waitFor()
      await page.getByRole('checkbox', { name: 'Close case.add_note' }).click()
      await page.waitForURL(/operation=case\.add_note/)
      await page.getByText(/Closed of the receipts of the operations chosen below/).waitFor()
      await inspectScreen(page, 'evidence-bundle')
      await page.goBack()
      await page.getByRole('checkbox', { name: 'Close case.add_note', checked: false }).waitFor()
      await page.getByRole('checkbox', { name: 'Close actor', checked: true }).waitFor()
    })

    await t.test(
      'the file is saved, verifies here, shows nobody, and a flipped bit of it is red and named',
      async () => {
        await page.getByRole('button', { name: 'Export the bundle' }).click()
        await page.getByText('Exported', { exact: true }).waitFor()
        const waiting = page.waitForEvent('download')
        await page.getByRole('button', { name: 'Save the bundle' }).click()
        const saved = await readFile(await (await waiting).path())
        assert.equal(saved.subarray(0, 7).toString(), 'SBUNDLE')
        const note = page.waitForEvent('download')
        await page.getByRole('button', { name: 'Save the checkpoint' }).click()
        assert.match(await readFile(await (await note).path(), 'utf8'), /\n— /)
        await page.getByRole('button', { name: 'Use this server’s key' }).click()
        await page.getByText(/^Green: this bundle is proved/).waitFor()
        assert.match(await page.locator('main').innerText(), /redacted parts/)
        await inspectScreen(page, 'evidence-bundle-exported')
        await page.getByRole('button', { name: 'Flip one bit' }).click()
        await page.getByText(/^Red: what this bundle says is not proved/).waitFor()
        await page.getByText(/With one bit flipped: bit \d of byte [\d,]+, in /).waitFor()
      },
    )

    await t.test(
      'above TLP:GREEN the export waits for a second person, and its file is here once they approved',
      async () => {
        await page.goto(`${url}/app/evidence/bundle?case=${amber}`)
        await page.getByText(/so the export will wait for a second person/).waitFor()
        await page.getByRole('button', { name: 'Export the bundle' }).click()
        await page.getByRole('heading', { name: 'The export you asked for' }).waitFor()
        await page.waitForURL(/review=rev_[0-9a-f]{32}/)
        const review = /review=(rev_[0-9a-f]{32})/.exec(page.url())?.[1] ?? ''
        await inspectScreen(page, 'evidence-bundle-parked')
        // Whoever comes back by the address finds it, however often they look.
        await page.reload()
        await page.getByText(/0 of 1 approved/).waitFor()
        const approved = await owner.perform('review.approve', { id: review })
        assert.ok(approved.ok, inspect(approved))
        await page.getByText('Exported', { exact: true }).waitFor()
        await page.getByRole('button', { name: 'Use this server’s key' }).click()
        await page.getByText(/^Green: this bundle is proved/).waitFor()
      },
    )

    await t.test('what is refused is said where it was asked for', async () => {
      await page.goto(`${url}/app/evidence/bundle?of=release&release=nobody@1.0.0`)
      await page
        .getByText(/No receipt of your organisation is about nobody@1.0.0/)
        .first()
        .waitFor()
      await page.goto(`${url}/app/evidence/bundle?case=%3Cscript%3E`)
      await page.getByText(/A case is written case_/).waitFor()
      await page.goto(`${url}/app/evidence/bundle?case=${open}&document=nothing-of-that-name`)
      await page
        .getByText(/so it could not be closed/)
        .first()
        .waitFor()
    })

    await t.test('a reviewer, who may not export, sees the button disabled with whom to ask', async () => {
      const other = await running.signIn('Rob', ['reviewer'])
      await other.goto(`${url}/app/evidence/bundle?case=${open}`)
      await other
        .getByText(/Not for your roles: ask for/)
        .first()
        .waitFor()
      assert.equal(await other.getByRole('button', { name: 'Export the bundle' }).isDisabled(), true)
    })

    assert.equal(await page.locator('main b').count(), 0)
    running.assertContained()
  },
)

async function caseWith(owner: Client, title: string, tlp: 'CLEAR' | 'AMBER'): Promise<string> {
  const opened = await owner.perform('case.create', { title, tlp, note: 'see 192.0.2.7' })
  assert.ok(opened.ok, inspect(opened))
  const added = await owner.perform('case.add_note', { id: opened.value.id, text: 'and 192.0.2.8' })
  assert.ok(added.ok, inspect(added))
  return opened.value.id
}
