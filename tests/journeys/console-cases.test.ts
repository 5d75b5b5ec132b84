import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { noBrowser, startBrowser } from '../support/browser.ts'
import type { Browser } from '../support/browser.ts'
import { runCommand } from '../support/command.ts'
import { endSession, inspectScreen, startConsole } from '../support/console.ts'
import type { RunningConsole } from '../support/console.ts'
import { keyboard } from '../support/hands.ts'
import { samplePackage } from '../support/test-package.ts'

const options = { skip: noBrowser, timeout: 120_000 }
const mail =
  'Subject: 🦓 your invoice\n\nPay at https://portal.example-bank.net/pay or write to billing@example-bank.net.\nSeen from 185.199.108.153.'
const hostileTitle = `<b>bold</b> \u202egnp.exe ${'t'.repeat(270)}`
const hostileName = `<b>bold</b> \u202egnp.exe ${'n'.repeat(470)}`

let running: RunningConsole
let ownBrowser: Browser
let owner: Page
let caseId = ''

async function link(): Promise<string> {
  const { folder } = running.server
  return (await runCommand(['console'], { folder, data: folder })).out.trim()
}

before(async () => {
  if (noBrowser !== false) return
  running = await startConsole()
  await running.shelve([await samplePackage('ioc-triage')])
  await running.value('plugin.install', { id: 'ioc-triage' })
  await running.value('plugin.grant', { id: 'ioc-triage', caps: ['read:case'] })
  // The owner, because for them there is another link when their session has ended.
  ownBrowser = await startBrowser({ network: true })
  owner = await ownBrowser.open()
  await owner.goto(await link())
  await owner.waitForURL(/\/app\//)
})
after(async () => {
  await ownBrowser?.[Symbol.asyncDispose]()
  await running?.[Symbol.asyncDispose]()
})

test(
  'a case is opened with its markings and a first note, and what was typed outlives the session',
  options,
  async () => {
    const page = owner
    await page.goto(`${running.url}/app/cases`)
    await page.getByText('No case has been opened yet.').waitFor()
    await inspectScreen(page, 'cases-empty')
    await page.getByRole('button', { name: 'Open a case' }).first().click()
    await page.waitForURL(/\?open=yes$/)
    const dialog = page.getByRole('dialog', { name: 'Open a case' })
    await dialog.getByRole('textbox', { name: 'Title' }).fill('<i>Invoice</i> mail')
    await dialog.getByRole('textbox', { name: 'First note' }).fill(mail)
    await dialog.getByText('May be told within the community.').waitFor()
    await inspectScreen(page, 'cases-open')

    await endSession(page)
    await dialog.getByRole('button', { name: 'Open the case' }).click()
    await page.getByRole('heading', { name: 'Your session has ended' }).waitFor()
    const again = await runCommand(['console'], {
      folder: running.server.folder,
      data: running.server.folder,
    })
    await page.getByLabel('Sign-in link').fill(again.out.trim())
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('heading', { name: 'Your session has ended' }).waitFor({ state: 'hidden' })
    assert.equal(await dialog.getByRole('textbox', { name: 'First note' }).inputValue(), mail)
    await dialog.getByRole('button', { name: 'Open the case' }).click()
    await page.waitForURL(/\/cases\/case_[0-9a-f]{32}$/)
    caseId = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    await page.getByRole('heading', { name: '<i>Invoice</i> mail' }).waitFor()
    await page.getByText('Pay at https://portal.example-bank.net/pay').waitFor()
    assert.equal(await page.locator('main i').count(), 0)
    await inspectScreen(page, 'case-notes')
  },
)

test('a note half written outlives the session too, with the case behind it as it was', options, async () => {
  const page = owner
  await page.getByLabel('Note', { exact: true }).fill('half a note')
  await endSession(page)
  await page.getByRole('button', { name: 'Add the note' }).click()
  await page.getByRole('heading', { name: 'Your session has ended' }).waitFor()
  await page.getByLabel('Sign-in link').fill(await link())
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { name: 'Your session has ended' }).waitFor({ state: 'hidden' })
  assert.equal(await page.getByLabel('Note', { exact: true }).inputValue(), 'half a note')
  await page.getByRole('button', { name: 'Add the note' }).click()
  await page.getByText('The note is in the case.').waitFor()
  await page.getByRole('listitem', { name: 'Note 2' }).getByText('half a note').waitFor()
})

test(
  'what a run found is in the case with its source, run and place, and the place is marked',
  options,
  async () => {
    const page = owner
    const { runId } = await running.value('plugin.run', { id: 'ioc-triage', case: caseId })
    await running.value('run.accept', { id: runId, case: caseId })
    await page.goto(`${running.url}/app/cases/${caseId}?tab=entities`)
    const row = page.getByRole('row').filter({ hasText: '185.199.108.153' })
    await row.getByText('ip-address').waitFor()
    await row.getByRole('link', { name: /^run / }).waitFor()
    await inspectScreen(page, 'case-entities')
    await page.getByLabel('Name or key').fill('billing')
    await page.getByText(/^1 of \d+ entities$/).waitFor()
    await page.waitForURL(/q=billing/)

    await page.goto(`${running.url}/app/cases/${caseId}?tab=entities`)
    await row.getByRole('link', { name: /^note, / }).click()
    const mark = page.locator('mark')
    await mark.waitFor()
    // Offsets count as plugins count, past a letter of two units.
    assert.equal(await mark.textContent(), '185.199.108.153')
    await page.getByRole('listitem', { name: 'Note 1, the one that is cited' }).waitFor()
    await inspectScreen(page, 'case-cited')
    await page.goto(`${running.url}/app/cases/${caseId}?note=note_${'0'.repeat(32)}&from=1&to=2`)
    await page.getByText('names a note that this case does not have').waitFor()
  },
)

test(
  'the timeline says what was done, newest first, and each entry leads to its receipt',
  options,
  async () => {
    const page = owner
    await page.goto(`${running.url}/app/cases/${caseId}?tab=timeline`)
    const entries = page.getByRole('list', { name: 'Timeline' }).getByRole('listitem')
    await entries.first().waitFor()
    const said = (await entries.allTextContents()).map(
      (each) => /accepted|ran ioc-triage|added a note|opened/.exec(each)?.[0],
    )
    assert.deepEqual(said, ['accepted', 'ran ioc-triage', 'added a note', 'opened'])
    await inspectScreen(page, 'case-timeline')
    await page.getByLabel('Show').click()
    await page.getByRole('option', { name: 'Calls by plugins' }).click()
    await page.waitForURL(/kind=calls/)
    await entries
      .filter({ hasText: /^.*ioc-triage .*for .* read this case/ })
      .first()
      .waitFor()
    await page.goBack()
    await entries.filter({ hasText: 'added a note' }).waitFor()
    await entries
      .first()
      .getByRole('link', { name: /^receipt/ })
      .click()
    await page.waitForURL(/\/evidence\/receipts\/rct_/)
  },
)

test(
  'a change of marking says what follows, and taking one back waits for a second person',
  options,
  async () => {
    const page = owner
    const hand = keyboard(page)
    await page.goto(`${running.url}/app/cases/${caseId}`)
    await hand.use(page.getByRole('button', { name: 'Change the TLP' }))
    await page.waitForURL(/do=tlp/)
    const dialog = page.getByRole('dialog', { name: 'Change the TLP of this case' })
    await dialog.getByLabel(/^TLP: who/).click()
    await page
      .getByRole('option', { name: /^TLP:AMBER\s*May be told within/ })
      .first()
      .click()
    await dialog.getByText(/an export of its evidence waits until a second person approves/).waitFor()
    await inspectScreen(page, 'case-marking')
    await dialog.getByRole('button', { name: 'Mark the case TLP:AMBER' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await page.getByText('TLP:AMBER').first().waitFor()

    await page.getByRole('button', { name: 'Change the TLP' }).click()
    await dialog.getByText('your change waits until a reviewer approves it').waitFor()
    await dialog.getByLabel(/^TLP: who/).click()
    await page.getByRole('option', { name: /^TLP:CLEAR/ }).click()
    await dialog.getByRole('button', { name: 'Mark the case TLP:CLEAR' }).click()
    await dialog.getByText('Waits for a second person').waitFor()
    await dialog.getByRole('link', { name: 'Open the review' }).waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()

    await page.getByRole('button', { name: 'Change the PAP' }).click()
    const pap = page.getByRole('dialog', { name: 'Change the PAP of this case' })
    await pap.getByLabel(/^PAP: what/).click()
    await page.getByRole('option', { name: /^PAP:RED/ }).click()
    await pap.getByText('No run on it asks anything outside', { exact: false }).waitFor()
    await pap.getByRole('button', { name: 'Cancel' }).click()
  },
)

test(
  'a reviewer holds a case, sees what roles keep from them, and needs somebody else to lift it',
  options,
  async () => {
    const page = await running.signIn('Rae', ['reviewer'])
    await page.goto(`${running.url}/app/cases/${caseId}`)
    await page.getByText('No legal hold stands.').waitFor()
    assert.ok(await page.getByRole('button', { name: 'Add the note' }).isDisabled())
    assert.ok(await page.getByRole('button', { name: 'Change the TLP' }).isDisabled())
    await page.getByText('Not for your roles: ask for analyst.').first().waitFor()
    await page.getByRole('button', { name: 'Put under legal hold' }).click()
    const place = page.getByRole('dialog', { name: 'Put this case under legal hold' })
    await place.getByLabel(/^Why, for everybody/).fill('claim <b>17/26</b> is pending')
    await place.getByRole('button', { name: 'Place the hold' }).click()
    await place.waitFor({ state: 'hidden' })
    await page.getByText('Under legal hold', { exact: true }).waitFor()
    await page.getByText('claim <b>17/26</b> is pending').waitFor()
    await inspectScreen(page, 'case-hold')

    await page.getByRole('button', { name: 'Ask for the end of this hold' }).click()
    const lift = page.getByRole('dialog', { name: 'Ask for the end of a legal hold' })
    await lift.getByLabel(/^Why it may end/).fill('the claim was settled')
    await lift.getByRole('button', { name: 'Ask for its end' }).click()
    await lift.getByText('Waits for a second person').waitFor()
    await lift.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('Under legal hold', { exact: true }).waitFor()
    // What a reviewer may not read is a refusal where it would stand, and the rest of the page stays.
    await page.getByRole('tab', { name: 'Runs' }).click()
    await page.getByText('Refused', { exact: true }).waitFor()
    await page.getByText('Under legal hold', { exact: true }).waitFor()
  },
)

test(
  'names with markup, marks that turn text and 300 characters stay text, and the list fits a narrow screen',
  options,
  async () => {
    const page = owner
    const { id } = await running.value('case.create', {
      title: hostileTitle,
      note: `<script>alert(1)</script>${hostileName}`,
    })
    await running.value('case.add_entities', {
      id,
      entities: [
        {
          key: `k:${'k'.repeat(490)}`,
          type: 'file-name',
          name: hostileName,
          citations: [{ source: '<b>x</b>' }, 7],
        },
      ],
    })
    await page.goto(`${running.url}/app/cases`)
    await page.getByText('⟨U+202E⟩').first().waitFor()
    await inspectScreen(page, 'cases')
    await page.goto(`${running.url}/app/cases/${id}?tab=entities`)
    await page.getByText('1 entity').waitFor()
    await inspectScreen(page, 'case-hostile')
    await page.getByRole('tab', { name: 'Notes (1)' }).click()
    await page.getByText('<script>alert(1)</script>', { exact: false }).waitFor()
    assert.equal(await page.locator('main b, main script').count(), 0)
  },
)

test('the actions of a case lead to the form of a plugin and to the bundle', options, async () => {
  const page = owner
  await page.goto(`${running.url}/app/cases/${caseId}?tab=runs`)
  await page
    .getByRole('link', { name: /^ioc-triage@1/ })
    .first()
    .waitFor()
  await inspectScreen(page, 'case-runs')
  await page.getByRole('button', { name: 'Run a plugin on this case' }).click()
  const dialog = page.getByRole('dialog', { name: 'Run a plugin on this case' })
  const form = dialog.getByRole('link').first()
  await form.waitFor()
  assert.match(
    (await form.getAttribute('href')) ?? '',
    new RegExp(`/plugins/ioc-triage/run\\?case=${caseId}$`),
  )
  await dialog.getByRole('button', { name: 'Close' }).click()
  const bundle = page.getByRole('link', { name: 'Build the evidence bundle' })
  assert.match((await bundle.getAttribute('href')) ?? '', new RegExp(`/evidence/bundle\\?case=${caseId}$`))
})
