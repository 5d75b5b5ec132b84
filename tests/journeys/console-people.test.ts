import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { inspectScreen, startConsole } from '../support/console.ts'
import { keyboard, mouse } from '../support/hands.ts'

test(
  'people are added by a link that is shown once, and deactivated with what ends said before; tokens are one’s own',
  { skip: noBrowser, timeout: 200_000 },
  async (t) => {
    await using running = await startConsole()
    const { url, owner } = running
    const admin = await running.signIn('Ada', ['administrator'])

    await t.test('somebody is added with a role in words, and comes in by the link', async () => {
      await admin.goto(`${url}/app/people`)
      await admin.getByText('Ada').first().waitFor()
      const hand = keyboard(admin)
      await hand.use(admin.getByRole('button', { name: 'Add a person' }))
      await hand.write(admin.getByLabel(/^Name, as receipts/), '<b>Bea</b>')
      await hand.use(admin.getByRole('button', { name: 'Add the person' }))
      await admin.getByText('Choose one at least.').waitFor()
      await inspectScreen(admin, 'people-add')
      await hand.use(admin.getByLabel(/^reviewer: Decides what waits/))
      await hand.use(admin.getByRole('button', { name: 'Add the person' }))
      const link = await admin.getByRole('textbox', { name: 'Sign-in link' }).inputValue()
      await inspectScreen(admin, 'people')
      await using other = await startBrowser({ network: true })
      const bea = await other.open()
      await bea.goto(link)
      await bea.waitForURL(/\/app\//)
      await bea.goto(`${url}/app/people`)
      await bea
        .getByText(/Refused|Not for your roles/)
        .first()
        .waitFor()
      assert.equal(await admin.locator('main b').count(), 0)
      await admin.reload()
      await admin.getByText('<b>Bea</b>').first().waitFor()
      assert.equal(await admin.getByRole('textbox', { name: 'Sign-in link' }).count(), 0, 'shown once')
    })

    await t.test('a name that is taken with other roles is refused where it was typed', async () => {
      const hand = mouse(admin)
      await hand.use(admin.getByRole('button', { name: 'Add a person' }))
      await hand.write(admin.getByLabel(/^Name, as receipts/), 'Ada')
      await hand.use(admin.getByLabel(/^analyst: Works on cases/))
      await hand.use(admin.getByRole('button', { name: 'Add the person' }))
      await admin
        .getByRole('dialog')
        .getByText(/already has a user named Ada/)
        .waitFor()
      await admin.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
      await admin.getByRole('dialog').waitFor({ state: 'detached' })
    })

    await t.test('deactivating says what ends, and the account is gone for good', async () => {
      const row = admin.getByRole('row').filter({ hasText: '<b>Bea</b>' })
      await row.getByRole('button', { name: 'Deactivate' }).click()
      await admin.getByText(/Approvals of theirs that are not used yet count no more/).waitFor()
      await inspectScreen(admin, 'people-deactivate')
      await admin.getByRole('button', { name: 'Deactivate the account' }).click()
      await row.getByText('deactivated').waitFor()
      const people = await owner.perform('user.list', {})
      assert.ok(people.ok)
      assert.equal(people.value.rows.find(({ name }) => name === '<b>Bea</b>')?.active, false)
    })

    await t.test('a token of one’s own is shown once, works, and is revoked', async () => {
      await admin.goto(`${url}/app/tokens`)
      await admin.getByText('You have no tokens.').waitFor()
      await admin.getByRole('button', { name: 'Create a token' }).click()
      await admin.getByRole('button', { name: 'Create the token' }).click()
      await admin.getByText('A name is needed.').waitFor()
      await admin.getByLabel('What it is for').fill('script')
      await admin.getByLabel('Operations it may perform').fill('user.list')
      await admin.getByRole('option', { name: 'user.list' }).click()
      await inspectScreen(admin, 'tokens-create')
      await admin.getByRole('button', { name: 'Create the token' }).click()
      const secret = await admin.getByLabel('Token', { exact: true }).inputValue()
      await inspectScreen(admin, 'tokens')
      const ask = async (path: string): Promise<number> =>
        (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${secret}` } })).status
      assert.equal(await ask('/users'), 200)
      assert.equal(await ask('/tokens'), 403, 'only what it names')
      await admin.getByRole('button', { name: 'Revoke', exact: true }).first().click()
      await admin.getByRole('button', { name: 'Revoke the token' }).click()
      await admin.getByRole('dialog').waitFor({ state: 'detached' })
      await admin.getByRole('row').getByText('revoked', { exact: true }).waitFor()
      assert.equal(await ask('/users'), 401)
    })
  },
)
