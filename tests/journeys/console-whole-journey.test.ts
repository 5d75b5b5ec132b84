import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { noBrowser } from '../support/browser.ts'
import { inspectScreen, startConsole } from '../support/console.ts'
import type { RunningConsole } from '../support/console.ts'
import { keyboard, mouse } from '../support/hands.ts'
import type { Hand } from '../support/hands.ts'
import { samplePackage } from '../support/test-package.ts'

const text = 'Beacon to 9[.]9[.]9[.]9:443, see hxxps://portal[.]example/login'

/** Somebody at their own browser, and the way they use it. */
interface Person {
  readonly page: Page
  readonly hand: Hand
}

for (const [how, handOf] of [
  ['by the mouse', mouse],
  ['by the keyboard alone', keyboard],
] as const)
  test(
    `an administrator allows, an analyst investigates, a reviewer approves, and the file is proved: ${how}`,
    { skip: noBrowser, timeout: 280_000 },
    async (t) => {
      await using running = await startConsole()
      await shelve(running)
      const at = async (name: string, role: 'administrator' | 'analyst' | 'reviewer'): Promise<Person> => {
        const page = await running.signIn(name, [role])
        return { page, hand: handOf(page) }
      }
      const administrator = await at('Ada', 'administrator')
      const analyst = await at('Ben', 'analyst')
      const reviewer = await at('Cleo', 'reviewer')

      await t.test('the reviewer reads the code and says so', () => reviewCode(reviewer))
      await t.test('the administrator installs it and allows one thing', () => install(administrator))
      await t.test('the analyst opens a case and runs it there', () => investigate(analyst))
      await t.test('of what it proposes the analyst accepts a part', () => accept(analyst))
      await t.test('the export waits, since the case is AMBER', () => ask(analyst))
      await t.test('the reviewer sees what would leave, and approves', () => approve(reviewer))
      await t.test('the analyst has the file, verifies it, and breaks it', () => prove(analyst))
      await t.test('the administrator sees what it cost, and takes the plugin away', () =>
        takeAway(administrator),
      )

      running.assertContained()
    },
  )

async function shelve(running: RunningConsole): Promise<void> {
  await running.shelve([await samplePackage('ioc-triage')], 'Samples')
}

/** Goes to an area by the menu, as people do. */
async function goTo({ page, hand }: Person, area: string): Promise<void> {
  await hand.use(page.getByRole('navigation', { name: 'Areas' }).getByRole('link', { name: area }).first())
}

async function reviewCode(person: Person): Promise<void> {
  const { page, hand } = person
  await goTo(person, 'Plugins')
  await hand.use(page.getByRole('link', { name: 'Indicator triage' }))
  await hand.use(page.getByRole('tab', { name: 'Code' }))
  await hand.use(page.getByRole('button', { name: 'Review this version', exact: true }))
  const dialog = page.getByRole('dialog')
  await hand.write(dialog.getByRole('textbox'), 'Read it; it asks for the notes of the case alone.')
  await hand.use(dialog.getByRole('button', { name: 'State that I have read it', exact: true }))
  await page.getByText('Read it; it asks for the notes of the case alone.').first().waitFor()
}

async function install(person: Person): Promise<void> {
  const { page, hand } = person
  await goTo(person, 'Plugins')
  await hand.use(page.getByRole('link', { name: 'Indicator triage' }))
  await hand.use(page.getByRole('button', { name: 'Install', exact: true }))
  const dialog = page.getByRole('dialog')
  await hand.use(dialog.getByRole('switch', { name: 'read:case' }))
  await hand.use(dialog.getByRole('button', { name: 'Install and grant 1', exact: true }))
  await page.getByText(/is installed\. Granted: read:case/).waitFor()
}

async function investigate(person: Person): Promise<void> {
  const { page, hand } = person
  await goTo(person, 'Cases')
  await hand.use(page.getByRole('button', { name: 'Open a case' }).first())
  const dialog = page.getByRole('dialog', { name: 'Open a case' })
  await hand.write(dialog.getByRole('textbox', { name: 'Title' }), 'A beacon')
  await hand.choose(dialog.getByLabel(/^TLP/), /^TLP:AMBER\s/)
  await hand.write(dialog.getByRole('textbox', { name: 'First note' }), text)
  await hand.use(dialog.getByRole('button', { name: 'Open the case' }))
  await page.getByRole('heading', { name: 'A beacon' }).waitFor()

  await hand.use(page.getByRole('button', { name: 'Run a plugin on this case' }))
  await hand.use(page.getByRole('dialog').getByRole('link', { name: 'Indicator triage' }))
  await hand.use(page.getByRole('button', { name: 'Run ioc-triage', exact: true }))
  await page.waitForURL(/\/runs\/run_/)
  await page.getByRole('button', { name: 'Run again', exact: true }).waitFor()
  await page.getByText('1 · case.read').waitFor()
}

async function accept({ page, hand }: Person): Promise<void> {
  await hand.use(page.getByRole('tab', { name: 'Result', exact: true }))
  await page
    .getByRole('link', { name: /^note, / })
    .first()
    .waitFor()
  await hand.use(page.getByRole('tab', { name: 'Proposed changes', exact: true }))
  await hand.use(page.getByRole('button', { name: 'Choose none', exact: true }))
  await hand.use(page.getByRole('checkbox').first())
  await hand.use(page.getByRole('button', { name: /^Accept 1 row/ }))
  await page.getByText(/Accepted 1 row: 1 entity created/).waitFor()
}

async function ask(person: Person): Promise<void> {
  const { page, hand } = person
  await goTo(person, 'Cases')
  await hand.use(page.getByRole('link', { name: 'A beacon' }))
  await hand.use(page.getByRole('link', { name: 'Build the evidence bundle' }))
  await page.getByText(/so the export will wait for a second person/).waitFor()
  await hand.use(page.getByRole('button', { name: 'Export the bundle' }))
  await page.getByRole('heading', { name: 'The export you asked for' }).waitFor()
  await page.getByText(/0 of 1 approved/).waitFor()
}

async function approve(person: Person): Promise<void> {
  const { page, hand } = person
  await goTo(person, 'Reviews')
  await hand.use(page.getByRole('link', { name: /Export the evidence of case/ }).first())
  await page.getByRole('region', { name: 'What would leave' }).getByText('TLP:AMBER').waitFor()
  await hand.use(page.getByRole('button', { name: 'Approve', exact: true }))
  await hand.use(page.getByRole('dialog').getByRole('button', { name: 'Approve the request' }))
  await page.getByText('Performed', { exact: true }).waitFor()
}

async function prove({ page, hand }: Person): Promise<void> {
  await page.getByText('Exported', { exact: true }).waitFor()
  const coming = page.waitForEvent('download')
  await hand.use(page.getByRole('button', { name: 'Save the bundle' }))
  assert.equal((await readFile(await (await coming).path())).subarray(0, 7).toString(), 'SBUNDLE')
  await hand.use(page.getByRole('button', { name: 'Use this server’s key' }))
  await page.getByText(/^Green: this bundle is proved/).waitFor()
  await hand.use(page.getByRole('button', { name: 'Flip one bit' }))
  await page.getByText(/^Red: what this bundle says is not proved/).waitFor()
  await inspectScreen(page, 'journey-broken-proof')
  await hand.use(page.getByRole('button', { name: 'Turn it back' }))
  await page.getByText(/^Green: this bundle is proved/).waitFor()
}

async function takeAway(person: Person): Promise<void> {
  const { page, hand } = person
  await goTo(person, 'Costs')
  await page.getByRole('main').getByText('ioc-triage').first().waitFor()
  await goTo(person, 'Plugins')
  await hand.use(page.getByRole('link', { name: 'Indicator triage' }))
  await hand.use(page.getByRole('tab', { name: 'Stop and remove' }))
  await hand.use(page.getByRole('button', { name: 'Uninstall', exact: true }))
  await hand.use(page.getByRole('dialog').getByRole('button', { name: 'Uninstall ioc-triage', exact: true }))
  const manifest = page.getByRole('region', { name: /^Purge manifest of ioc-triage/ })
  await manifest.getByText('Nothing of it is left.').waitFor()
}
