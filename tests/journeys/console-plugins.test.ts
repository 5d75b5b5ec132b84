import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { noBrowser } from '../support/browser.ts'
import { inspectScreen } from '../support/console.ts'
import { keyboard } from '../support/hands.ts'
import { button, startShelfConsole } from '../support/shelf-console.ts'
import type { ShelfConsole } from '../support/shelf-console.ts'

const options = { skip: noBrowser, timeout: 120_000 }
let shelf: ShelfConsole
let admin: Page
let analyst: Page

before(async () => {
  if (noBrowser !== false) return
  shelf = await startShelfConsole()
  admin = await shelf.running.signIn('Ada', ['administrator'])
  analyst = await shelf.running.signIn('Ben', ['analyst'])
})
after(() => shelf?.[Symbol.asyncDispose]())

test(
  'the catalogue is searched and filtered by its address, and strangers’ names are text',
  options,
  async () => {
    await shelf.go(admin, '/plugins')
    const table = admin.getByRole('table', { name: 'Packages' })
    await table.getByRole('link', { name: 'Finds things' }).waitFor()
    assert.equal(await table.getByRole('row').count(), 5)
    // Nothing a stranger wrote became an element, and what cannot be seen is shown.
    assert.equal(await admin.locator('main img, main b').count(), 0)
    await table.getByText('⟨U+200B⟩').waitFor()
    await inspectScreen(admin, 'plugins-catalogue')

    await admin.getByLabel('Search').fill('finds')
    await admin.waitForURL(/q=finds/)
    await table.getByRole('row').nth(2).waitFor({ state: 'detached' })
    await admin.getByLabel('Kind').click()
    await admin.getByRole('option', { name: 'Data', exact: true }).click()
    await admin.getByText('No package fits these filters.').waitFor()
    await admin.goBack()
    await table.getByRole('link', { name: 'Finds things' }).waitFor()
    await shelf.go(admin, '/plugins?kind=data&installed=no&trust=pinned')
    await table.getByText('data, never runs').waitFor()
    assert.equal(await table.getByRole('row').count(), 2)
  },
)

test(
  'consent is given by keyboard alone, in part, and what it comes to is said before',
  options,
  async () => {
    await shelf.go(admin, '/plugins/finder')
    await admin.getByRole('heading', { name: 'Finds things' }).waitFor()
    await inspectScreen(admin, 'plugins-detail-before')
    const hand = keyboard(admin)
    await hand.use(button(admin, 'Install'))
    const dialog = admin.getByRole('dialog')
    await dialog.getByText('granted nothing').waitFor()
    await dialog.getByText('Search the graph and read entities').waitFor()
    await hand.use(dialog.getByRole('switch', { name: 'read:case' }))
    await hand.use(dialog.getByRole('switch', { name: 'secret:api-key' }))
    await dialog.getByText('granted 2 of 5: read:case, secret:api-key').waitFor()
    await dialog.getByText('calls read:graph required').waitFor()
    await dialog.getByText(/up to TLP:GREEN/).waitFor()
    await dialog
      .getByText('npx switchboard plugin install finder --version 1.0.0 --caps read:case secret:api-key')
      .waitFor()
    await inspectScreen(admin, 'plugins-consent')
    await hand.use(dialog.getByRole('button', { name: 'Install and grant 2', exact: true }))
    await admin
      .getByRole('status')
      .getByText('finder 1.0.0 is installed. Granted: read:case, secret:api-key.')
      .waitFor()
    await dialog.waitFor({ state: 'detached' })
    const { installation } = await shelf.running.value('plugin.detail', { id: 'finder' })
    assert.deepEqual(installation?.granted, ['read:case', 'secret:api-key'])
    await inspectScreen(admin, 'plugins-detail')
  },
)

test(
  'a run that was refused for want of a capability is seen, and granting and revoking hold at once',
  options,
  async () => {
    const ran = await shelf.running.owner.perform('plugin.run', { id: 'finder' })
    assert.equal(ran.ok ? 'ok' : ran.denial.code, 'CapabilityDenied')
    await shelf.go(admin, '/plugins/finder?tab=runs')
    const runs = admin.getByRole('table', { name: 'Runs of finder' })
    await runs.getByText('denied').waitFor()
    await admin.getByText(/µ in .*1 run/).waitFor()
    await inspectScreen(admin, 'plugins-runs')

    await admin.getByRole('tab', { name: 'What it may do' }).click()
    await admin.getByRole('switch', { name: 'read:graph' }).click()
    await admin.getByText('3 of 5 granted').waitFor()
    const again = await shelf.running.owner.perform('plugin.run', { id: 'finder' })
    assert.ok(again.ok)
    await admin.getByRole('switch', { name: 'read:graph' }).click()
    await admin.getByText('2 of 5 granted').waitFor()
    const refused = await shelf.running.owner.perform('plugin.run', { id: 'finder' })
    assert.equal(refused.ok ? 'ok' : refused.denial.code, 'CapabilityDenied')
  },
)

test(
  'ceilings are set, and a licence that cannot be one is refused where it was typed',
  options,
  async () => {
    await shelf.go(admin, '/plugins/finder')
    const card = admin.getByRole('region', { name: 'Ceilings' })
    await card.getByText('TLP:GREEN', { exact: true }).waitFor()
    await card.getByLabel('TLP at most').click()
    await admin.getByRole('option', { name: 'AMBER', exact: true }).click()
    await card.getByLabel('Licences').fill('CC0-1.0\nMIT')
    await button(admin, 'Set the ceilings').click()
    await card.getByText('The ceilings are set.').waitFor()
    await card.getByText('licences: CC0-1.0, MIT').waitFor()
    await card.getByLabel('Licences').fill('\u202e')
    await button(admin, 'Set the ceilings').click()
    await card.getByText('Refused', { exact: true }).waitFor()
    const { installation } = await shelf.running.value('plugin.detail', { id: 'finder' })
    assert.deepEqual(installation?.ceilings, { tlp: 'AMBER', pap: 'GREEN', licences: ['CC0-1.0', 'MIT'] })
  },
)

test(
  'a secret is set without ever being shown, and is gone from the page once it was sent',
  options,
  async () => {
    await shelf.go(admin, '/plugins/finder?tab=keeps')
    await button(admin, 'Set the secret').click()
    const dialog = admin.getByRole('dialog')
    const field = dialog.getByLabel('Value')
    assert.equal(await field.getAttribute('type'), 'password')
    await field.fill('short')
    assert.ok(await dialog.getByRole('button', { name: 'Set the secret', exact: true }).isDisabled())
    await field.fill('a-secret-of-somebody')
    await dialog.getByRole('button', { name: 'Set the secret', exact: true }).click()
    await admin
      .getByRole('status')
      .getByText('The secret api-key is set, to be sent to api.example.org.')
      .waitFor()
    assert.ok(!(await admin.content()).includes('a-secret-of-somebody'))
    await admin.getByText('It keeps nothing so far.').waitFor()
    await inspectScreen(admin, 'plugins-secrets')
    await button(admin, 'Remove the secret').click()
    await admin.getByRole('dialog').getByRole('button', { name: 'Remove the secret', exact: true }).click()
    await admin.getByText('not set', { exact: true }).first().waitFor()
  },
)

test(
  'an analyst sees all of it and cannot change any of it, with the reason beside each',
  options,
  async () => {
    await shelf.go(analyst, '/plugins/bundler')
    await analyst.getByRole('heading', { name: 'With a library' }).waitFor()
    const install = button(analyst, 'Install')
    await analyst.getByText('Not for your roles: ask for administrator.').first().waitFor()
    assert.ok(await install.isDisabled())
    await shelf.go(analyst, '/plugins/finder')
    await analyst.getByRole('switch', { name: 'read:graph' }).waitFor()
    assert.ok(await analyst.getByRole('switch', { name: 'read:graph' }).isDisabled())
    await inspectScreen(analyst, 'plugins-detail-analyst')
    await shelf.go(analyst, '/plugins?tab=publishers')
    await analyst
      .getByText(/Not for your roles: ask for administrator or/)
      .first()
      .waitFor()
    // What would only be refused was not asked: looking leaves no denials behind.
    const { rows } = await shelf.running.value('receipt.list', { decision: 'denied', limit: 200 })
    assert.deepEqual(
      rows.filter(({ actor }) => actor.includes('Ben')),
      [],
    )
  },
)

test(
  'what was written is undone, and an uninstall shows its purge manifest, to be saved',
  options,
  async () => {
    await shelf.go(admin, '/plugins/finder?tab=remove')
    await button(admin, 'Undo what it wrote').click()
    const dialog = admin.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Undo what it wrote', exact: true }).click()
    await admin
      .getByRole('status')
      .getByText(/Undone, over 0 runs/)
      .waitFor()
    await button(admin, 'Uninstall').click()
    await dialog.getByText('npx switchboard plugin uninstall finder', { exact: true }).waitFor()
    await dialog.getByRole('checkbox').check()
    await dialog.getByText('npx switchboard plugin uninstall finder --forget').waitFor()
    await inspectScreen(admin, 'plugins-uninstall')
    await dialog.getByRole('button', { name: 'Uninstall finder', exact: true }).click()
    const card = admin.getByRole('region', { name: 'Purge manifest of finder 1.0.0' })
    await card.getByText('Nothing of it is left.').waitFor()
    await card.getByText(/Searched: \d+ tables and/).waitFor()
    await card.getByRole('table', { name: 'What was kept' }).getByText('receipts').waitFor()
    await inspectScreen(admin, 'plugins-purge-manifest')
    const saving = admin.waitForEvent('download')
    await button(admin, 'Save the manifest').click()
    const saved = JSON.parse(await readFile(await (await saving).path(), 'utf8')) as Record<string, unknown>
    assert.deepEqual([saved['id'], saved['residue']], ['finder', []])
    const gone = await shelf.running.owner.perform('plugin.detail', { id: 'finder' })
    assert.equal(gone.ok ? 'ok' : gone.denial.code, 'package_unknown')
  },
)
