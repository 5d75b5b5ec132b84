import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { noBrowser } from '../support/browser.ts'
import { runCommand } from '../support/command.ts'
import { inspectScreen, settled, startConsole } from '../support/console.ts'
import type { RunningConsole } from '../support/console.ts'
import { keyboard } from '../support/hands.ts'
import { temporaryFolder } from '../support/running-server.ts'

test(
  'an export of an AMBER case waits, a second person approves it in a browser of their own, and who asked gets the file',
  { skip: noBrowser, timeout: 200_000 },
  async (t) => {
    await using running = await startConsole()
    const { url, owner, server } = running
    const ana = await running.signIn('Ana <b>', ['analyst'])
    const rea = await running.signIn('Rea', ['reviewer'])
    const rob = await running.signIn('Rob', ['reviewer'])
    const made = await owner.perform('case.create', { title: 'Mail', tlp: 'AMBER', note: 'from 192.0.2.1' })
    assert.ok(made.ok)
    const caseId = made.value.id

    await t.test('who asked sees that it waits, why it is not theirs to decide, and no file', async () => {
      await ana.goto(`${url}/app/do/evidence.export`)
      await ana.getByLabel('case', { exact: true }).fill(caseId)
      await ana.getByRole('button', { name: 'Export an evidence bundle' }).click()
      await ana.getByRole('link', { name: 'Open the review' }).click()
      await ana.getByText('You asked for this yourself, so another person decides it.').waitFor()
      assert.ok(await ana.getByRole('button', { name: 'Approve', exact: true }).isDisabled())
      await settled(ana)
      await ana.keyboard.press('a')
      await ana.getByRole('status').getByText('You asked for this yourself').first().waitFor()
      await settled(ana)
      assert.equal(await ana.getByRole('dialog').count(), 0)
      assert.equal(await ana.locator('main b').count(), 0, 'a name is text')
    })

    await t.test(
      'the other person sees that something waits, what would leave, and approves with a note',
      async () => {
        await rea.goto(`${url}/app/`)
        await rea.getByLabel('1 waiting for you').first().waitFor()
        await rea.getByRole('link', { name: /Reviews/ }).click()
        const row = rea.getByRole('link', { name: /Export the evidence of case/ }).first()
        await row.waitFor()
        await rea
          .getByText(/23 hours left/)
          .first()
          .waitFor()
        await inspectScreen(rea, 'reviews-queue')
        await row.click()
        const leaves = rea.getByRole('region', { name: 'What would leave' })
        await leaves.getByText('TLP:AMBER').waitFor()
        await leaves.getByText(/Owner \(\d+ receipts?\)/).waitFor()
        await leaves.getByText(/Nobody else gets it from here, you included/).waitFor()
        await rea
          .getByRole('region', { name: 'Evidence' })
          .getByText(/waits for approval/)
          .waitFor()
        await inspectScreen(rea, 'reviews-review')
        await rea.getByRole('button', { name: 'Approve', exact: true }).click()
        const dialog = rea.getByRole('dialog')
        await dialog.getByText(/it is performed at once/).waitFor()
        await inspectScreen(rea, 'reviews-approve')
        await dialog.getByLabel('Note for the record').fill('seen & fine')
        await dialog.getByRole('button', { name: 'Approve the request' }).click()
        await rea.getByText('Performed', { exact: true }).waitFor()
        await rea.getByText(/Only Ana <b>, who asked, can save it/).waitFor()
        assert.equal(await rea.getByRole('button', { name: /Save the bundle/ }).count(), 0)
        await rea.getByText('It was performed', { exact: true }).waitFor()
        await rea.getByLabel('1 waiting for you').waitFor({ state: 'detached' })
      },
    )

    await t.test('who asked gets the file, and it verifies', async () => {
      const save = ana.getByRole('button', { name: /Save the bundle/ })
      await save.waitFor()
      await ana
        .getByText(/Rea approved/)
        .first()
        .waitFor()
      await ana.getByText('seen & fine').waitFor()
      await inspectScreen(ana, 'reviews-performed')
      const coming = ana.waitForEvent('download')
      await save.click()
      const file = await coming
      assert.equal(file.suggestedFilename(), `${caseId}.bundle`)
      const path = await file.path()
      const digest = createHash('sha256')
        .update(await readFile(path))
        .digest('hex')
      await ana.getByText(digest).waitFor()
      const status = await owner.perform('system.status', {})
      assert.ok(status.ok)
      const verified = await runCommand(['verify', path, '--key', status.value.logKey], {
        folder: server.folder,
        data: server.folder,
      })
      assert.match(verified.out, /GREEN/)
    })

    await t.test(
      'an approval of somebody whose account is gone is refused anew, and the screen says so',
      async () => {
        await ask(ana, url, caseId)
        const { id } = await newest(running)
        const people = await owner.perform('user.list', {})
        assert.ok(people.ok)
        const gone = people.value.rows.find(({ name }) => name === 'Ana <b>')?.id ?? ''
        await owner.perform('user.deactivate', { id: gone })
        await rea.goto(`${url}/app/reviews/${id}?do=approve`)
        await rea.getByRole('button', { name: 'Approve the request' }).click()
        await rea.getByText(/It was approved, and refused when it was performed/).waitFor()
        await rea.getByText('unauthenticated').first().waitFor()
      },
    )

    await t.test('of two at once the second one is told what the first one decided', async () => {
      const { id } = await rotate(running, 'both look at it')
      for (const page of [rea, rob]) {
        await page.goto(`${url}/app/reviews/${id}`)
        await page.getByRole('button', { name: 'Deny', exact: true }).click()
        await page.getByLabel('Reason, for who asked').fill('not today')
      }
      await rea.getByRole('button', { name: 'Deny the request' }).click()
      await rea
        .getByText(/Rea said no/)
        .first()
        .waitFor()
      await rob.getByRole('button', { name: 'Deny the request' }).click()
      await rob.getByText(`Review ${id} is denied already.`).waitFor()
    })
  },
)

test(
  'reviews are decided by the keyboard alone, never while somebody types, and by nobody without the right',
  { skip: noBrowser, timeout: 200_000 },
  async (t) => {
    await using running = await startConsole()
    const { url, owner } = running
    const rea = await running.signIn('Rea', ['reviewer'])
    const first = await rotate(running, 'a first reason')
    const rules = { classes: { standard: { keepDays: 400, foldAfterDays: 90 } }, operations: {} }
    await owner.perform('retention.set', rules)
    const last = await rotate(running, 'a last reason')

    await t.test('j and k choose, the address holds it, Enter opens, e goes to the evidence', async () => {
      await rea.goto(`${url}/app/reviews`)
      await rea
        .getByText(/Replace the rules for how long/)
        .first()
        .waitFor()
      await settled(rea)
      await rea.keyboard.press('a')
      await rea.getByText('Choose a review first: j takes the next one.').waitFor()
      await rea.keyboard.press('j')
      await rea.waitForURL(new RegExp(`selected=${last.id}`))
      await rea.keyboard.press('j')
      await rea.keyboard.press('j')
      await rea.waitForURL(new RegExp(`selected=${first.id}`))
      await rea.keyboard.press('k')
      await rea.keyboard.press('Enter')
      await rea.getByRole('heading', { name: /Replace the rules for how long/ }).waitFor()
      await rea.getByText('folded after 90 days, pruned after 400 days').waitFor()
      await settled(rea)
      await rea.keyboard.press('e')
      assert.equal(await rea.evaluate('document.activeElement.id'), 'evidence')
      await rea.keyboard.press('j')
      await rea.waitForURL(new RegExp(first.id))
      await rea.getByText('a first reason').first().waitFor()
      await settled(rea)
      await rea.keyboard.press('k')
      await rea.getByRole('heading', { name: /Replace the rules for how long/ }).waitFor()
      await settled(rea)
    })

    await t.test('? shows the keys, and they do nothing while it is open', async () => {
      await rea.keyboard.press('?')
      await rea.getByRole('dialog', { name: 'Keys for reviewing' }).waitFor()
      await rea.keyboard.press('a')
      assert.equal(await rea.getByRole('dialog').count(), 1)
      await inspectScreen(rea, 'reviews-keys')
      await rea.keyboard.press('Enter')
      await rea.getByRole('dialog').waitFor({ state: 'detached' })
    })

    await t.test('who turned single keys off decides nothing by one, after a reload too', async () => {
      const menu = rea.getByRole('button', { name: 'Rea: people and tokens' })
      await menu.click()
      await rea.getByRole('menuitemcheckbox', { name: 'Single keys' }).click()
      const off = rea.getByText('Single keys are off in this browser.')
      await off.waitFor()
      const nothingHappens = async () => {
        const before = rea.url()
        for (const key of ['d', '?', 'a', 'g', 'c']) await rea.keyboard.press(key)
        assert.equal(await rea.getByRole('dialog').count(), 0)
        assert.equal(rea.url(), before)
      }
      await nothingHappens()
      await rea.reload()
      await off.waitFor()
      await nothingHappens()
      await menu.click()
      await rea.getByRole('menuitemcheckbox', { name: 'Single keys' }).click()
      await off.waitFor({ state: 'detached' })
      await rea.keyboard.press('?')
      await rea.getByRole('dialog', { name: 'Keys for reviewing' }).waitFor()
      await rea.keyboard.press('Enter')
      await rea.getByRole('dialog').waitFor({ state: 'detached' })
    })

    await t.test('d asks for a reason, in which the keys are letters', async () => {
      await rea.keyboard.press('d')
      const reason = rea.getByLabel('Reason, for who asked')
      await reason.waitFor()
      assert.ok(await rea.getByRole('button', { name: 'Deny the request' }).isDisabled())
      await rea.keyboard.press('Control+Enter')
      assert.equal(await rea.getByRole('dialog').count(), 1, 'not without a reason')
      await rea.keyboard.type('jade ? ask dad')
      assert.equal(await reason.inputValue(), 'jade ? ask dad')
      await rea.keyboard.press('Control+Enter')
      await rea.getByText('jade ? ask dad').first().waitFor()
      await rea
        .getByText(/Rea said no/)
        .first()
        .waitFor()
      await rea.getByRole('dialog').waitFor({ state: 'detached' })
      await settled(rea)
      await rea.keyboard.press('a')
      await rea.getByText('This is decided already: denied.').waitFor()
    })

    await t.test('a and Enter approve, from the queue', async () => {
      await rea.goto(`${url}/app/reviews`)
      await rea
        .getByText(/Replace the key/)
        .first()
        .waitFor()
      await settled(rea)
      await rea.keyboard.press('j')
      await rea.waitForURL(new RegExp(`selected=${last.id}`))
      await settled(rea)
      await rea.keyboard.press('a')
      await rea.getByRole('dialog', { name: 'Approve this?' }).waitFor()
      await rea.locator('button:focus', { hasText: 'Approve the request' }).waitFor()
      await rea.keyboard.press('Enter')
      await rea.getByRole('dialog').waitFor({ state: 'detached' })
      await keyboard(rea).choose(rea.getByRole('combobox', { name: 'Show' }), 'performed')
      await rea.waitForURL(/status=performed/)
      await rea
        .getByRole('row', { name: /Replace the key.*performed/ })
        .first()
        .waitFor()
      await rea.goBack()
      assert.doesNotMatch(rea.url(), /status=/)
    })

    await t.test('an analyst sees a review and why it is not for them', async () => {
      const ana = await running.signIn('Ana', ['analyst'])
      await ana.goto(`${url}/app/reviews/${first.id}`)
      await ana.getByText('Your roles may not decide reviews. reviewer may.').waitFor()
      assert.ok(await ana.getByRole('button', { name: 'Deny', exact: true }).isDisabled())
    })

    await t.test('a review that is nobody’s is refused in words', async () => {
      await rea.goto(`${url}/app/reviews/rev_${'0'.repeat(32)}`)
      await rea.getByText(/There is no review/).waitFor()
      await rea.goto(`${url}/app/reviews/anything`)
      await rea.getByText('Refused').waitFor()
    })
  },
)

test(
  'a review that nobody decided in a day says so, and can no longer be decided',
  { skip: noBrowser, timeout: 100_000 },
  async () => {
    await using work = await temporaryFolder()
    const folder = work.path
    let id = ''
    {
      await using before = await startConsole({ folder })
      id = (await rotate(before, 'too late')).id
      await before.server.stop()
    }
    const store = new DatabaseSync(join(folder, 'state', 'switchboard.db'))
    store.prepare('update governance_reviews set expires_at = ?').run(Date.now() - 60_000)
    store.close()
    await using running = await startConsole({ folder })
    const rea = await running.signIn('Rea', ['reviewer'])
    await rea.goto(`${running.url}/app/reviews`)
    await rea.getByText(/Nothing waits/).waitFor()
    await inspectScreen(rea, 'reviews-empty')
    await rea.goto(`${running.url}/app/reviews?status=expired`)
    await rea
      .getByRole('link', { name: /Replace the key/ })
      .first()
      .click()
    await rea.getByText(/Nobody decided within a day, so nothing was done/).waitFor()
    await settled(rea)
    await rea.keyboard.press('d')
    await rea.getByText('The time to decide is over. Who asked can ask again.').waitFor()
    assert.match(rea.url(), new RegExp(id))
  },
)

/** Has the owner ask for something that waits; answers its review. */
async function rotate(running: RunningConsole, reason: string): Promise<{ id: string }> {
  const asked = await running.owner.perform('log.rotate_key', { reason })
  assert.ok(!asked.ok)
  return await newest(running)
}

async function newest({ owner }: RunningConsole): Promise<{ id: string }> {
  const listed = await owner.perform('review.list', { limit: 1 })
  assert.ok(listed.ok)
  return { id: listed.value.rows[0]?.id ?? '' }
}

async function ask(page: Page, url: string, caseId: string): Promise<void> {
  await page.goto(`${url}/app/do/evidence.export`)
  await page.getByLabel('case', { exact: true }).fill(caseId)
  await page.getByRole('button', { name: 'Export an evidence bundle' }).click()
  await page.getByRole('link', { name: 'Open the review' }).waitFor()
}
