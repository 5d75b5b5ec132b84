import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { generatePublisherKey } from '@switchboard/plugin-sdk'
import type { Page } from 'playwright-core'
import { noBrowser } from '../support/browser.ts'
import { inspectScreen } from '../support/console.ts'
import { button, startShelfConsole } from '../support/shelf-console.ts'
import type { ShelfConsole } from '../support/shelf-console.ts'
import { buildPackage } from '../support/test-package.ts'

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
  'code and origin: the libraries of the SBOM, files with digests, and a review of exactly this content',
  options,
  async () => {
    await shelf.go(admin, '/plugins/bundler?tab=code')
    const libraries = admin.getByRole('table', { name: 'Libraries' })
    await libraries.getByText('pkg:npm/left-side@1.2.3').waitFor()
    const saving = admin.waitForEvent('download')
    await button(admin, 'Save the SBOM').click()
    const sbom = JSON.parse(await readFile(await (await saving).path(), 'utf8')) as { spdxVersion: string }
    assert.equal(sbom.spdxVersion, 'SPDX-2.3')
    await button(admin, 'Review this version').click()
    const dialog = admin.getByRole('dialog')
    const { package: shown } = await shelf.running.value('plugin.detail', { id: 'bundler' })
    await dialog.getByText(shown.digest).waitFor()
    await dialog.getByLabel(/What you read/).fill('Read: it says left.')
    await dialog.getByRole('button', { name: 'State that I have read it', exact: true }).click()
    await admin.getByRole('status').getByText('bundler 1.0.0 is reviewed').waitFor()
    await button(admin, 'Take the review back').waitFor()
    await dialog.waitFor({ state: 'detached' })
    await admin.getByText('Read: it says left.').waitFor()
    assert.equal((await shelf.running.value('plugin.detail', { id: 'bundler' })).review?.digest, shown.digest)
    await inspectScreen(admin, 'plugins-code')
  },
)

test(
  'a package that does not verify is refused with its rule, one too large is not sent, a good one lands on the shelf',
  options,
  async () => {
    await shelf.go(admin, '/plugins?do=add')
    const dialog = admin.getByRole('dialog')
    await dialog.getByText('67.5 MB').waitFor()
    const good = await buildPackage({ name: 'late', manifest: { title: 'Comes late' } })
    const altered = Buffer.from(good)
    altered[good.length >> 1] = (altered[good.length >> 1] ?? 0) ^ 1
    const add = async (name: string, bytes: Uint8Array): Promise<void> => {
      const path = join(shelf.folder, name)
      await writeFile(path, bytes)
      await dialog.getByLabel('Choose a package').setInputFiles(path)
    }
    const send = dialog.getByRole('button', { name: 'Add the package', exact: true })
    await add('empty.sbp', new Uint8Array())
    await dialog.getByText('The file is empty.').waitFor()
    assert.ok(await send.isDisabled())
    await add('large.sbp', Buffer.alloc(67_500_001))
    await dialog.getByText(/takes packages of up to 67\.5 MB/).waitFor()
    await add('altered.sbp', altered)
    await send.click()
    await dialog.getByText('package_refused').waitFor()
    await dialog.getByText(/The package does not verify \(/).waitFor()
    await inspectScreen(admin, 'plugins-add-refused')
    await add('unknown.sbp', await buildPackage({ name: 'late', signedBy: generatePublisherKey() }))
    await send.click()
    await dialog.getByText('signer_unknown').waitFor()
    await dialog.getByRole('link', { name: 'Pin a publisher key' }).waitFor()
    await add('late.sbp', good)
    await send.click()
    await admin.getByRole('status').getByText('Comes late 1.0.0 is on the shelf.').waitFor()
    await admin.getByRole('link', { name: 'Open late' }).click()
    await admin.getByRole('heading', { name: 'Comes late' }).waitFor()
  },
)

test('a file is dropped like one that was chosen', options, async () => {
  await shelf.go(admin, '/plugins?do=add')
  const dialog = admin.getByRole('dialog')
  const data = await admin.evaluateHandle(() => {
    const transfer = new DataTransfer()
    transfer.items.add(new File(['not a package'], 'dropped \u202e.sbp'))
    return transfer
  })
  const area = dialog.getByText(/or drop one here/)
  await area.dispatchEvent('dragover', { dataTransfer: data })
  await area.dispatchEvent('drop', { dataTransfer: data })
  await dialog.getByText('dropped ⟨U+202E⟩.sbp, 13 B').waitFor()
  await dialog.getByRole('button', { name: 'Add the package', exact: true }).click()
  await dialog.getByText('not_a_package').first().waitFor()
})

test(
  'publishers: a key is pinned, a private one is refused, and vouching is taken back with a reason',
  options,
  async () => {
    await shelf.go(admin, '/plugins?tab=publishers&do=pin')
    const dialog = admin.getByRole('dialog')
    const other = generatePublisherKey()
    await dialog.getByRole('textbox', { name: 'Publisher' }).fill('Other \u202epublisher')
    await dialog.getByRole('textbox', { name: 'Public key' }).fill(other.privateKeyPem)
    await dialog.getByRole('button', { name: 'Pin the key', exact: true }).click()
    await dialog.getByText('key_invalid').waitFor()
    const path = join(shelf.folder, 'key.pem')
    await writeFile(path, other.publicKeyPem)
    await dialog.getByLabel('Read the key from a file').setInputFiles(path)
    await dialog.getByText(/^-----BEGIN PUBLIC KEY/).waitFor()
    await dialog.getByRole('button', { name: 'Pin the key', exact: true }).click()
    const row = admin.getByRole('row', { name: /Other/ })
    await row.getByText('⟨U+202E⟩').waitFor()
    await row.getByText('less than a day ago').waitFor()
    await row.getByRole('button', { name: 'Vouch for this publisher', exact: true }).click()
    await dialog.getByLabel(/Why/).fill('We know them')
    await dialog.getByRole('button', { name: 'Vouch for the publisher', exact: true }).click()
    await row.getByText('vouched for').waitFor()
    await row.getByRole('button', { name: 'Vouch no longer' }).click()
    await dialog.getByLabel(/Why/).fill('Not any more')
    await dialog.getByRole('button', { name: 'Vouch no longer', exact: true }).click()
    await row.getByText('key pinned').waitFor()
    await inspectScreen(admin, 'plugins-publishers')
  },
)

test('quarantine and the kill switch say who and why, and a second person lifts them', options, async () => {
  await shelf.running.value('plugin.install', { id: 'finder' })
  await shelf.go(admin, '/plugins/finder?tab=remove')
  await button(admin, 'Put into quarantine').click()
  const dialog = admin.getByRole('dialog')
  await dialog.getByLabel(/Why/).fill('It <b>beacons</b>')
  await dialog.getByRole('button', { name: 'Quarantine finder', exact: true }).click()
  await admin.getByText('It is in quarantine: what it left is evidence.').waitFor()
  await dialog.waitFor({ state: 'detached' })
  await admin.getByText('It <b>beacons</b>').waitFor()
  assert.ok(await button(admin, 'Uninstall').isDisabled())
  await inspectScreen(admin, 'plugins-quarantine')
  await button(admin, 'Release from quarantine').first().click()
  await dialog.getByLabel(/Why/).fill('Myself')
  await dialog.getByRole('button', { name: 'Release finder', exact: true }).click()
  await dialog.getByRole('link', { name: 'second-person-lifts' }).waitFor()
  await shelf.running.value('plugin.release', { id: 'finder', reason: 'Looked into' })

  await shelf.go(admin, '/plugins?tab=stopping')
  await button(admin, 'Stop all plugins').click()
  await dialog.getByLabel(/Why/).fill('An incident')
  await dialog.getByRole('button', { name: 'Stop all plugins', exact: true }).click()
  await admin.getByText('All plugins are stopped').first().waitFor()
  await shelf.go(analyst, '/plugins')
  await analyst.getByText('An incident').waitFor()
  await inspectScreen(admin, 'plugins-stopped')
  await shelf.running.value('sandbox.resume', { reason: 'Over' })
})

test(
  'the installed version is what a page shows, and another one says that it is not that',
  options,
  async () => {
    await shelf.running.value('plugin.install', { id: 'bundler' })
    const next = await buildPackage({ name: 'bundler', version: '1.1.0', manifest: { title: 'Without one' } })
    await shelf.running.value('package.add', { content: next.toString('base64') })
    await shelf.go(admin, '/plugins/bundler')
    await admin.getByRole('heading', { name: 'With a library' }).waitFor()
    await admin.getByLabel('Version').click()
    await admin.getByRole('option', { name: '1.1.0', exact: true }).click()
    await admin.waitForURL(/version=1\.1\.0/)
    await admin.getByRole('heading', { name: 'Without one' }).waitFor()
    await admin.getByText(/Installed is 1\.0\.0/).waitFor()
    await admin.goBack()
    await admin.getByRole('heading', { name: 'With a library' }).waitFor()
  },
)

test('an address of no package and a version of none say so', options, async () => {
  await shelf.go(admin, '/plugins/nothing-of-this-name')
  await admin.getByText('package_unknown').waitFor()
  await shelf.go(admin, '/plugins/bundler?version=9.9.9')
  await admin.getByText('The catalogue has no bundler 9.9.9.').waitFor()
  await inspectScreen(admin, 'plugins-unknown')
  await shelf.go(admin, '/plugins/ports')
  await admin.getByRole('heading', { name: 'Where the data comes from' }).waitFor()
  await inspectScreen(admin, 'plugins-data')
  await shelf.go(admin, '/plugins/stranger')
  await admin.getByRole('heading', { name: /^<img src=x/ }).waitFor()
  assert.equal(await admin.locator('main img, main b').count(), 0)
  await inspectScreen(admin, 'plugins-stranger')
})

test('nothing on these screens breaks the policy of the page', { skip: noBrowser }, () => {
  shelf.running.assertContained()
})
