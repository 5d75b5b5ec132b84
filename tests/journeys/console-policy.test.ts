import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noBrowser } from '../support/browser.ts'
import { inspectScreen, startConsole } from '../support/console.ts'
import { keyboard } from '../support/hands.ts'

test(
  'a refusal leads to the rule that gave it, and everybody sees what their roles come to',
  { skip: noBrowser, timeout: 120_000 },
  async () => {
    await using running = await startConsole()
    const page = await running.signIn('An analyst', ['analyst'])
    const { url } = running
    const hand = keyboard(page)

    const opened = await running.owner.perform('case.create', { title: 'A case', tlp: 'RED' })
    assert.ok(opened.ok)
    await page.goto(`${url}/app/do/evidence.export`)
    await hand.write(page.getByLabel(/^case/i).first(), opened.value.id)
    await hand.use(
      page
        .locator('form')
        .getByRole('button', { name: /export/i })
        .last(),
    )
    await page.getByText('Waits for a second person').waitFor()
    await hand.use(page.getByRole('link', { name: 'export-of-amber-needs-approval' }))
    await page.waitForURL(/\/app\/policy\?rule=export-of-amber-needs-approval$/)
    const rule = page.getByRole('region', { name: 'export-of-amber-needs-approval' })
    await rule.getByText('yields to 1 approval').waitFor()
    assert.match(await rule.locator('pre').innerText(), /@approval\("quorum:1"\)\nforbid \(principal/)
    await inspectScreen(page, 'policy-rules')

    await hand.write(page.getByLabel('Rule, operation or word'), 'no such word')
    await page.getByText('No rule has these words.').waitFor()
    await page.goBack()

    await page.goto(`${url}/app/policy?tab=roles&operation=plugin.install`)
    const row = page.getByRole('row', { name: /plugin\.install/ })
    await row.getByText('may not').waitFor()
    await row.getByText('administrator').waitFor()
    await inspectScreen(page, 'policy-roles')
  },
)
