import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { readFile } from 'node:fs/promises'
import { noBrowser } from '../support/browser.ts'
import { inspectScreen, startConsole, takePicture } from '../support/console.ts'
import { keyboard, mouse } from '../support/hands.ts'
import type { Hand } from '../support/hands.ts'
import { shelveSamples } from '../support/shelve-samples.ts'

const line = '💥 Beacon to 9[.]9[.]9[.]9:443, see hxxps://portal[.]example/login'
/** Installing a table reads all of it, on a busy machine for long. */
const runMs = 150_000

test(
  'the acts of the start page: an analyst is told whom to ask, an administrator performs them by the mouse, then by keyboard',
  { skip: noBrowser, timeout: 400_000 },
  async (t) => {
    await using running = await startConsole()
    const { owner, url } = running
    await shelveSamples(owner)

    await t.test('an analyst sees which step is refused, by which rule, and whom to ask', async () => {
      const page = await running.signIn('Bea', ['analyst'])
      await page.goto(`${url}/app/`)
      const paste = page.getByRole('region', { name: 'Paste your own text' })
      await paste.getByText(/Ask somebody with the role administrator/).waitFor()
      await paste.getByRole('button', { name: 'Fill in one line' }).click()
      await paste.getByRole('button', { name: 'Analyse the text' }).click()
      const [install, ...others] = await stepsOf(page, 'Analysing your text')
      assert.match(install ?? '', /^Install ip-asn .*refused.*plugin\.install.*default-deny.*receipt/)
      assert.ok(others.length > 0 && others.every((step) => step.endsWith('waits')))
      // No case was opened for it, and what was typed is still there.
      const cases = await owner.perform('case.list', {})
      assert.deepEqual(cases.ok && cases.value.rows, [])
      assert.match(await paste.getByLabel('Text to read').inputValue(), /^Beacon/)
      await inspectScreen(page, 'start-refused')
    })

    const page = await running.signIn('Ada', ['administrator', 'analyst', 'auditor'])
    for (const [how, hand] of [
      ['by the mouse', mouse(page)],
      ['by the keyboard alone', keyboard(page)],
    ] as const) {
      await page.goto(`${url}/app/`)
      await t.test(`where somebody is, ${how}`, () => seeState(page, running.server.folder))
      await t.test(`a text of one's own, ${how}`, () => analyse(page, hand))
      await t.test(`attacks, each blocked while another plugin answers, ${how}`, () => attack(page, hand))
      await t.test(`a proof, ${how}`, () => prove(page, hand))
    }

    await t.test('what an act came to outlives a look elsewhere', async () => {
      await page.getByRole('link', { name: 'Policy' }).click()
      await page.waitForURL(/\/policy$/)
      await page.getByRole('link', { name: 'Start' }).first().click()
      await act(page, 'Paste your own text').getByText('AS19281').first().waitFor()
      await act(page, 'Attack it').getByText('All 13 were blocked.').waitFor()
      await act(page, 'Prove it')
        .getByText(/^Green:/)
        .waitFor()
    })

    await t.test('a reload shows the same, from the server', async () => {
      await page.reload()
      await act(page, 'Paste your own text').getByText('AS19281').first().waitFor()
    })

    await t.test('with the server stopped it verifies, breaks by one bit, and is whole again', async () => {
      const hand = mouse(page)
      await prove(page, hand)
      await running.server.stop()
      const proof = act(page, 'Prove it')
      for (const place of ['', '2500']) {
        await hand.write(proof.getByLabel('At byte'), place)
        await hand.use(proof.getByRole('button', { name: /^Flip/ }))
        await proof.getByText(/^Red:/).waitFor()
        await proof.getByText(/^What broke: /).waitFor()
        if (place !== '') await proof.getByText(/of byte 2,500, in section /).waitFor()
        await hand.use(proof.getByRole('button', { name: 'Turn it back' }))
        await proof.getByText(/^Green:/).waitFor()
      }
      await hand.write(proof.getByLabel('At byte'), '99,999,999')
      assert.equal(await proof.getByRole('button', { name: /^Flip/ }).isDisabled(), true)
    })

    running.assertContained()
  },
)

function act(page: Page, name: string) {
  return page.getByRole('region', { name })
}

/** What each step says once none is under way or to come after one that was done. */
async function stepsOf(page: Page, name: string): Promise<readonly string[]> {
  const list = page.getByRole('list', { name })
  await list
    .getByText(/refused|failed/)
    .first()
    .waitFor({ timeout: runMs })
  return (await list.getByRole('listitem').allTextContents()).map((each) => each.trim())
}

async function seeState(page: Page, folder: string): Promise<void> {
  const where = act(page, 'See where you are')
  await where.getByText('Nothing of yours has left this machine').waitFor()
  await where.getByText(folder).waitFor()
  await where.getByText(/Sandbox level/).waitFor()
}

/** Resolves when the page knows whether a statement has to be ticked first: it asks for it, or offers the button. */
async function known(statement: Locator, button: Locator): Promise<void> {
  await statement
    .or(button.and(button.page().locator(':enabled')))
    .first()
    .waitFor()
}

async function analyse(page: Page, hand: Hand): Promise<void> {
  const paste = act(page, 'Paste your own text')
  await hand.write(paste.getByLabel('Text to read'), line)
  const statement = paste.getByRole('checkbox')
  const button = paste.getByRole('button', { name: 'Analyse the text' })
  await known(statement, button)
  if ((await statement.count()) > 0) await hand.use(statement)
  const before = page.url()
  await hand.use(button)
  await page.waitForURL((to) => to.search.includes('case=') && to.href !== before, { timeout: runMs })
  // Every step of it left a receipt.
  const steps = page.getByRole('list', { name: 'Analysing your text' }).getByRole('listitem')
  for (const step of await steps.all()) await step.getByText(/^receipt /).waitFor()

  // What is marked is what was written, beyond the first plane of Unicode too.
  const text = paste.getByRole('toolbar', { name: 'Your text with its indicators' })
  await text.waitFor()
  assert.equal(await text.textContent(), line)
  assert.deepEqual(await text.getByRole('button').allTextContents(), [
    '9[.]9[.]9[.]9:443',
    'hxxps://portal[.]example/login',
  ])
  await hand.use(text.getByRole('button', { name: /^url/ }))
  const chosen = paste.getByRole('region', { name: 'The chosen indicator' })
  await chosen.getByText('https://portal.example/login').waitFor()
  await hand.use(text.getByRole('button', { name: /^endpoint/ }))
  await chosen.getByText('9.9.9.9:443').waitFor()
  await chosen.getByText('AS19281').first().waitFor()
  await chosen
    .getByText(/ip-asn version .*, row .*, licence CC-BY-4\.0/)
    .first()
    .waitFor()
  await takePicture(page, paste, 'readme-analysed')
  await inspectScreen(page, 'start-analysed')
  await hand.use(paste.getByRole('button', { name: 'Accept into the case' }))
  await paste.getByText(/are in the case/).waitFor()
}

async function attack(page: Page, hand: Hand): Promise<void> {
  const attacked = act(page, 'Attack it')
  const statement = attacked.getByRole('checkbox')
  const button = attacked.getByRole('button', { name: 'Attack this server' })
  await known(statement, button)
  if ((await statement.count()) > 0) await hand.use(statement)
  await hand.use(button)
  await attacked.getByText('All 13 were blocked.').waitFor({ timeout: runMs })
  const rows = attacked.getByRole('region', { name: 'What was tried, and what blocked it' }).getByRole('row')
  const said = (await rows.allInnerTexts()).slice(1)
  for (const tried of ['Read files', 'environment', 'network', 'child process', 'memory', 'Loop for ever'])
    assert.ok(
      said.some((row) => row.includes(tried) && /blocked[^]*\d m?s[^]*receipt/.test(row)),
      `${tried}: ${said.join('; ')}`,
    )
  // Meanwhile the other plugin answered each time, with the same as ever.
  const [, answered, asked] =
    /answered (\d+) of (\d+) questions/.exec(await attacked.innerText()) ?? assert.fail('it was never asked')
  assert.equal(answered, asked)
  assert.ok(Number(asked) > 3)
  await takePicture(page, attacked, 'readme-attacked')
  await attacked.getByText('The same as a list').first().click()
  await inspectScreen(page, 'start-attacked')

  await hand.use(attacked.getByRole('button', { name: 'Uninstall the hostile samples' }))
  await hand.use(page.getByRole('dialog').getByRole('button', { name: 'Uninstall the hostile samples' }))
  await attacked.getByText('Purge manifest of hostile-exhaust 1.0.0').waitFor({ timeout: runMs })
  // Behind an open dialog nothing has a role.
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await attacked.getByRole('button', { name: 'Uninstall the hostile samples' }).waitFor({ state: 'detached' })
}

async function prove(page: Page, hand: Hand): Promise<void> {
  const proof = act(page, 'Prove it')
  await hand.use(proof.getByRole('button', { name: 'Export and verify the case' }))
  await proof.getByText(/^Green:/).waitFor({ timeout: runMs })
  await proof.getByText('logs continue the saved checkpoints').waitFor()
  await proof.getByText("publishers' signatures of packages").waitFor()
  await inspectScreen(page, 'start-proved')
  const downloading = page.waitForEvent('download')
  await hand.use(proof.getByRole('button', { name: 'Download the bundle' }))
  const downloaded = await downloading
  assert.match(downloaded.suggestedFilename(), /^case_[0-9a-f]{32}\.bundle$/)
  const bundle = await readFile(await downloaded.path())
  assert.equal(bundle.subarray(0, 7).toString(), 'SBUNDLE')
}
