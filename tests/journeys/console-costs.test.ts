import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { noBrowser } from '../support/browser.ts'
import { inspectScreen, startConsole } from '../support/console.ts'
import type { RunningConsole } from '../support/console.ts'
import { keyboard } from '../support/hands.ts'
import { buildPackage } from '../support/test-package.ts'

test(
  'what runs cost is shown by plugin and by person, saved as a file, and the budget is set with its consequence',
  { skip: noBrowser, timeout: 200_000 },
  async (t) => {
    await using running = await startConsole()
    const { url, owner } = running
    const fin = await running.signIn('=Fin "the" <i>', ['finops'])

    await t.test('before anything was used the screen says what will be there', async () => {
      await fin.goto(`${url}/app/costs`)
      await fin.getByText(/Nothing was used in/).waitFor()
      await fin.getByText(/1,000,000 µ are one unit/).waitFor()
      await fin.getByText(/Of 50,000,000 µ: 0 µ spent/).waitFor()
      await inspectScreen(fin, 'costs-empty')
    })

    await addAndRun(running, 3)

    await t.test(
      'use by plugin has its figures, p95 among them, and the dearest runs with receipts',
      async () => {
        await fin.reload()
        const use = fin.getByRole('region', { name: 'By plugin', exact: true })
        await use.getByRole('link', { name: 'counter' }).first().waitFor()
        const usage = await owner.perform('usage.read', {})
        assert.ok(usage.ok)
        const [row] = usage.value.rows
        assert.equal(row?.perRun?.runs, 3)
        const p95 = BigInt(row?.perRun?.costMicros.p95 ?? 0).toLocaleString('en')
        await use.getByText(`${p95} µ`).first().waitFor()
        const dearest = fin.getByRole('region', { name: 'The dearest runs' }).first()
        const receipts = dearest.getByText(/^receipt /).filter({ visible: true })
        await receipts.nth(2).waitFor()
        assert.equal(await receipts.count(), 3)
        // Finance may list runs and not open them: there is a receipt, and no link that would be refused.
        assert.equal(await dearest.getByRole('link', { name: /counter/ }).count(), 0)
        await inspectScreen(fin, 'costs')
      },
    )

    await t.test('the split and the month are in the address, and back goes back', async () => {
      const hand = keyboard(fin)
      await hand.choose(fin.getByRole('combobox', { name: 'Split by' }), 'person')
      await fin.waitForURL(/by=user/)
      await fin.getByRole('region', { name: 'By person', exact: true }).getByText('Owner').first().waitFor()
      await inspectScreen(fin, 'costs-people')
      await fin.goBack()
      await fin.getByRole('region', { name: 'By plugin', exact: true }).waitFor()
      await fin.goto(`${url}/app/costs?month=2025-02`)
      await fin.getByText('Nothing was used in February 2025.', { exact: false }).waitFor()
      await fin.goto(`${url}/app/costs?month=2026-99&by=<b>`)
      await fin.getByRole('region', { name: 'By plugin', exact: true }).waitFor()
    })

    await t.test('what is shown is saved as CSV and JSON, and no cell of it is a formula', async () => {
      const analyst = await running.signIn('=2+2', ['analyst'])
      await runAs(analyst, url)
      await fin.goto(`${url}/app/costs?by=user`)
      const use = fin.getByRole('region', { name: 'By person', exact: true })
      await use.getByText('=2+2').first().waitFor()
      const csv = await saved(fin, () => use.getByRole('button', { name: 'Download as CSV' }).click())
      assert.match(csv.name, /^usage-\d{4}-\d{2}-by-user\.csv$/)
      assert.match(csv.text, /^user,name,runs,calls,rows,/)
      assert.match(csv.text, /"'=2\+2"/)
      assert.doesNotMatch(csv.text, /(^|,)"?=/m)
      const json = await saved(fin, () => use.getByRole('button', { name: 'Download as JSON' }).click())
      const { rows } = JSON.parse(json.text) as { rows: { name: string }[] }
      assert.deepEqual(rows.map(({ name }) => name).toSorted(), ['=2+2', 'Owner'])
    })

    await t.test('the budget is set by the keyboard alone, with what it does said before', async () => {
      await fin.goto(`${url}/app/costs`)
      const hand = keyboard(fin)
      await hand.use(fin.getByRole('button', { name: 'Set the monthly limit' }))
      const limit = fin.getByLabel(/Limit in µ/)
      const written: string[] = []
      fin.on('request', (request) => void (request.method() === 'GET' || written.push(request.url())))
      await hand.write(limit, '-5')
      await fin.getByText('A whole number of up to 15 digits, without a sign.').waitFor()
      await fin.keyboard.press('Enter')
      assert.equal(await fin.getByRole('dialog').count(), 1)
      await hand.write(limit, '10')
      await fin.getByText(/Nothing is left then: every new run is refused/).waitFor()
      await inspectScreen(fin, 'costs-set-budget')
      assert.deepEqual(written, [], 'nothing was set yet')
      await hand.write(limit, '60,000,000')
      await fin.getByText(/^New runs may use/).waitFor()
      await fin.keyboard.press('Enter')
      await fin.getByRole('dialog').waitFor({ state: 'detached' })
      await fin.getByText(/Of 60,000,000 µ/).waitFor()
      const budget = await owner.perform('budget.read', {})
      assert.ok(budget.ok)
      assert.equal(budget.value.limitMicros, '60000000')
    })

    await t.test('an analyst sees the budget, and why the rest is not for them', async () => {
      const ana = await running.signIn('Ana', ['analyst'])
      await ana.goto(`${url}/app/costs`)
      await ana.getByText(/Who used what is not shown to you/).waitFor()
      await ana.getByText(/Of 60,000,000 µ/).waitFor()
      assert.ok(await ana.getByRole('button', { name: 'Set the monthly limit' }).isDisabled())
      await inspectScreen(ana, 'costs-analyst')
    })
  },
)

/** A plugin, installed and run so many times. */
async function addAndRun(running: RunningConsole, times: number): Promise<void> {
  await running.shelve([await buildPackage({ name: 'counter', code: 'return { counted: 3 }' })])
  await running.value('plugin.install', { id: 'counter' })
  for (let run = 0; run < times; run += 1) await running.value('plugin.run', { id: 'counter' })
}

async function runAs(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/app/do/plugin.run`)
  await page.getByLabel(/^id/).first().fill('counter')
  await page.getByRole('button', { name: 'Run a plugin' }).click()
  await page.getByRole('heading', { name: 'Done' }).waitFor()
}

async function saved(page: Page, save: () => Promise<void>): Promise<{ name: string; text: string }> {
  const coming = page.waitForEvent('download')
  await save()
  const file = await coming
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') }
}
