import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { generatePublisherKey } from '@switchboard/plugin-sdk'
import type { Page } from 'playwright-core'
import type { InputOf, OperationByName, OperationName } from '@switchboard/api'
import { noBrowser } from '../support/browser.ts'
import { inspectScreen, startConsole } from '../support/console.ts'
import type { RunningConsole } from '../support/console.ts'
import { keyboard } from '../support/hands.ts'
import { temporaryFolder } from '../support/running-server.ts'
import { buildPackage, bundlingFiles, dataPackage, testPublisher } from '../support/test-package.ts'

const options = { skip: noBrowser, timeout: 120_000 }
/** As much as a manifest lets a stranger write: markup, right-to-left letters, an unseen space, no place to break. */
const hostileTitle = `<img src=x onerror=alert(1)> \u05d0\u05d1\u05d2 \u200b${'W'.repeat(60)}`
const hostileSummary = `<b>granted</b> \u0645\u0631\u062d\u0628\u0627 ${'x'.repeat(470)}`
const asking = {
  capabilities: { graph: ['read'], cases: ['read'], network: false },
  optionalCapabilities: { net: ['api.example.org'], secrets: ['api-key'], store: ['kv'] },
  title: 'Finds things',
  summary: 'Looks for what it is asked in the graph.',
  licence: 'Apache-2.0',
}
let running: RunningConsole
let admin: Page
let analyst: Page
let work: Awaited<ReturnType<typeof temporaryFolder>>

before(async () => {
  if (noBrowser !== false) return
  work = await temporaryFolder()
  running = await startConsole()
  await value('publisher.trust', { publisher: 'Test publisher', key: testPublisher.publicKeyPem })
  const packages = await Promise.all([
    buildPackage({ name: 'finder', manifest: asking, code: "return await api.graph.search({ q: 'a' })" }),
    buildPackage({ name: 'bundler', files: bundlingFiles, manifest: { title: 'With a library' } }),
    buildPackage({ name: 'stranger', manifest: { title: hostileTitle, summary: hostileSummary } }),
    dataPackage({
      name: 'ports',
      csv: 'port,service\n22,ssh\n',
      columns: [
        { name: 'port', type: 'integer' },
        { name: 'service', type: 'string' },
      ],
      key: { kind: 'exact', column: 'port' },
    }),
  ])
  for (const bytes of packages) await value('package.add', { content: bytes.toString('base64') })
  admin = await running.signIn('Ada', ['administrator'])
  analyst = await running.signIn('Ben', ['analyst'])
  for (const page of [admin, analyst]) page.setDefaultTimeout(15_000)
})
after(async () => {
  await running?.[Symbol.asyncDispose]()
  await work?.[Symbol.asyncDispose]()
})

async function value<N extends OperationName>(name: N, input: InputOf<OperationByName<N>>) {
  const answer = await running.owner.perform(name, input)
  assert.ok(
    answer.ok,
    JSON.stringify(answer, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each)),
  )
  return answer.value
}
const go = (page: Page, path: string) => page.goto(`${running.url}/app${path}`)
const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' })

test(
  'the catalogue is searched and filtered by its address, and strangers’ names are text',
  options,
  async () => {
    await go(admin, '/plugins')
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
    await go(admin, '/plugins?kind=data&installed=no&trust=pinned')
    await table.getByText('data, never runs').waitFor()
    assert.equal(await table.getByRole('row').count(), 2)
  },
)

test(
  'consent is given by keyboard alone, in part, and what it comes to is said before',
  options,
  async () => {
    await go(admin, '/plugins/finder')
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
    const { installation } = await value('plugin.detail', { id: 'finder' })
    assert.deepEqual(installation?.granted, ['read:case', 'secret:api-key'])
    await inspectScreen(admin, 'plugins-detail')
  },
)

test(
  'a run that was refused for want of a capability is seen, and granting and revoking hold at once',
  options,
  async () => {
    const ran = await running.owner.perform('plugin.run', { id: 'finder' })
    assert.equal(ran.ok ? 'ok' : ran.denial.code, 'CapabilityDenied')
    await go(admin, '/plugins/finder?tab=runs')
    const runs = admin.getByRole('table', { name: 'Runs of finder' })
    await runs.getByText('denied').waitFor()
    await admin.getByText(/µ in .*1 run/).waitFor()
    await inspectScreen(admin, 'plugins-runs')

    await admin.getByRole('tab', { name: 'What it may do' }).click()
    await admin.getByRole('switch', { name: 'read:graph' }).click()
    await admin.getByText('3 of 5 granted').waitFor()
    const again = await running.owner.perform('plugin.run', { id: 'finder' })
    assert.ok(again.ok)
    await admin.getByRole('switch', { name: 'read:graph' }).click()
    await admin.getByText('2 of 5 granted').waitFor()
    const refused = await running.owner.perform('plugin.run', { id: 'finder' })
    assert.equal(refused.ok ? 'ok' : refused.denial.code, 'CapabilityDenied')
  },
)

test(
  'ceilings are set, and a licence that cannot be one is refused where it was typed',
  options,
  async () => {
    await go(admin, '/plugins/finder')
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
    const { installation } = await value('plugin.detail', { id: 'finder' })
    assert.deepEqual(installation?.ceilings, { tlp: 'AMBER', pap: 'GREEN', licences: ['CC0-1.0', 'MIT'] })
  },
)

test(
  'a secret is set without ever being shown, and is gone from the page once it was sent',
  options,
  async () => {
    await go(admin, '/plugins/finder?tab=keeps')
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
  'code and origin: the libraries of the SBOM, files with digests, and a review of exactly this content',
  options,
  async () => {
    await go(admin, '/plugins/bundler?tab=code')
    const libraries = admin.getByRole('table', { name: 'Libraries' })
    await libraries.getByText('pkg:npm/left-side@1.2.3').waitFor()
    const saving = admin.waitForEvent('download')
    await button(admin, 'Save the SBOM').click()
    const sbom = JSON.parse(await readFile(await (await saving).path(), 'utf8')) as { spdxVersion: string }
    assert.equal(sbom.spdxVersion, 'SPDX-2.3')
    await button(admin, 'Review this version').click()
    const dialog = admin.getByRole('dialog')
    const { package: shown } = await value('plugin.detail', { id: 'bundler' })
    await dialog.getByText(shown.digest).waitFor()
    await dialog.getByLabel(/What you read/).fill('Read: it says left.')
    await dialog.getByRole('button', { name: 'State that I have read it', exact: true }).click()
    await admin.getByRole('status').getByText('bundler 1.0.0 is reviewed').waitFor()
    await button(admin, 'Take the review back').waitFor()
    await admin.getByText('Read: it says left.').waitFor()
    assert.equal((await value('plugin.detail', { id: 'bundler' })).review?.digest, shown.digest)
    await inspectScreen(admin, 'plugins-code')
  },
)

test(
  'a package that does not verify is refused with its rule, one too large is not sent, a good one lands on the shelf',
  options,
  async () => {
    await go(admin, '/plugins?do=add')
    const dialog = admin.getByRole('dialog')
    await dialog.getByText('67.5 MB').waitFor()
    const good = await buildPackage({ name: 'late', manifest: { title: 'Comes late' } })
    const altered = Buffer.from(good)
    altered[good.length >> 1] = (altered[good.length >> 1] ?? 0) ^ 1
    const add = async (name: string, bytes: Uint8Array): Promise<void> => {
      const path = join(work.path, name)
      await writeFile(path, bytes)
      await dialog.getByLabel('Package file').setInputFiles(path)
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
  await go(admin, '/plugins?do=add')
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
    await go(admin, '/plugins?tab=publishers&do=pin')
    const dialog = admin.getByRole('dialog')
    const other = generatePublisherKey()
    await dialog.getByRole('textbox', { name: 'Publisher' }).fill('Other \u202epublisher')
    await dialog.getByRole('textbox', { name: 'Public key' }).fill(other.privateKeyPem)
    await dialog.getByRole('button', { name: 'Pin the key', exact: true }).click()
    await dialog.getByText('key_invalid').waitFor()
    const path = join(work.path, 'key.pem')
    await writeFile(path, other.publicKeyPem)
    await dialog.getByLabel('Key file').setInputFiles(path)
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
  await go(admin, '/plugins/finder?tab=remove')
  await button(admin, 'Put into quarantine').click()
  const dialog = admin.getByRole('dialog')
  await dialog.getByLabel(/Why/).fill('It <b>beacons</b>')
  await dialog.getByRole('button', { name: 'Quarantine finder', exact: true }).click()
  await admin.getByText('It is in quarantine: what it left is evidence.').waitFor()
  await admin.getByText('It <b>beacons</b>').waitFor()
  assert.ok(await button(admin, 'Uninstall').isDisabled())
  await inspectScreen(admin, 'plugins-quarantine')
  await button(admin, 'Release from quarantine').first().click()
  await dialog.getByLabel(/Why/).fill('Myself')
  await dialog.getByRole('button', { name: 'Release finder', exact: true }).click()
  await dialog.getByRole('link', { name: 'second-person-lifts' }).waitFor()
  await value('plugin.release', { id: 'finder', reason: 'Looked into' })

  await go(admin, '/plugins?tab=stopping')
  await button(admin, 'Stop all plugins').click()
  await dialog.getByLabel(/Why/).fill('An incident')
  await dialog.getByRole('button', { name: 'Stop all plugins', exact: true }).click()
  await admin.getByText('All plugins are stopped').first().waitFor()
  await go(analyst, '/plugins')
  await analyst.getByText('An incident').waitFor()
  await inspectScreen(admin, 'plugins-stopped')
  await value('sandbox.resume', { reason: 'Over' })
})

test(
  'an analyst sees all of it and cannot change any of it, with the reason beside each',
  options,
  async () => {
    await go(analyst, '/plugins/late')
    await analyst.getByRole('heading', { name: 'Comes late' }).waitFor()
    const install = button(analyst, 'Install')
    assert.ok(await install.isDisabled())
    await analyst.getByText('Not for your roles: ask for administrator.').first().waitFor()
    await go(analyst, '/plugins/finder')
    await analyst.getByRole('switch', { name: 'read:graph' }).waitFor()
    assert.ok(await analyst.getByRole('switch', { name: 'read:graph' }).isDisabled())
    await inspectScreen(analyst, 'plugins-detail-analyst')
    await go(analyst, '/plugins?tab=publishers')
    await analyst
      .getByText(/Not for your roles: ask for administrator or/)
      .first()
      .waitFor()
    // What would only be refused was not asked: looking leaves no denials behind.
    const { rows } = await value('receipt.list', { decision: 'denied', limit: 200 })
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
    await go(admin, '/plugins/finder?tab=remove')
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
    const gone = await running.owner.perform('plugin.detail', { id: 'finder' })
    assert.equal(gone.ok ? 'ok' : gone.denial.code, 'package_unknown')
  },
)

test('an address of no package and a version of none say so', options, async () => {
  await go(admin, '/plugins/nothing-of-this-name')
  await admin.getByText('package_unknown').waitFor()
  await go(admin, '/plugins/bundler?version=9.9.9')
  await admin.getByText('The catalogue has no bundler 9.9.9.').waitFor()
  await inspectScreen(admin, 'plugins-unknown')
  await go(admin, '/plugins/ports')
  await admin.getByRole('heading', { name: 'Where the data comes from' }).waitFor()
  await inspectScreen(admin, 'plugins-data')
  await go(admin, '/plugins/stranger')
  await admin.getByRole('heading', { name: /^<img src=x/ }).waitFor()
  assert.equal(await admin.locator('main img, main b').count(), 0)
  await inspectScreen(admin, 'plugins-stranger')
})

test('nothing on these screens breaks the policy of the page', { skip: noBrowser }, () => {
  const broken = running.browser.complaints.filter((each) => /Content Security Policy|Trusted/.test(each))
  assert.deepEqual(broken, [])
})
