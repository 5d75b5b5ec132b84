import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { noBrowser } from '../support/browser.ts'
import { inspectScreen, startConsole } from '../support/console.ts'
import type { RunningConsole } from '../support/console.ts'
import { keyboard } from '../support/hands.ts'

const options = { skip: noBrowser, timeout: 120_000 }
const hostile = `<img src=x onerror=alert(1)> \u202egnp.exe ${'n'.repeat(460)}`
const source = { name: 'registry', version: '2026-11', licence: 'CC0-1.0' }
const leaves = Array.from({ length: 1_000 }, (_, i) => ({
  key: `host:${i}`,
  type: 'host',
  name: `leaf-${String(i).padStart(4, '0')}`,
}))

let running: RunningConsole
let page: Page
let caseId = ''

before(async () => {
  if (noBrowser !== false) return
  running = await startConsole()
  const attached = [
    { key: 'ip:192.0.2.1', type: 'ip-address', name: '192.0.2.1', properties: { flags: ['seen'] } },
    { key: 'as:64500', type: 'autonomous-system', name: 'AS64500 Example' },
    { key: 'file:1', type: 'file-name', name: hostile },
  ]
  await running.value('graph.import', {
    source,
    entities: [
      ...attached,
      ...leaves,
      { key: 'country:ch', type: 'country', name: 'Switzerland' },
      { key: 'hub:1', type: 'hub', name: 'the hub' },
    ],
    relations: [
      { from: 'as:64500', to: 'ip:192.0.2.1', type: 'announces' },
      { from: 'file:1', to: 'ip:192.0.2.1', type: 'calls', confidence: 0.6 },
      { from: 'as:64500', to: 'country:ch', type: 'registered-in' },
      ...leaves.map(({ key }) => ({ from: 'hub:1', to: key, type: 'serves' })),
      { from: 'country:ch', to: 'hub:1', type: 'holds' },
    ],
  })
  caseId = (await running.value('case.create', { title: 'Around an address', note: 'x' })).id
  await running.value('case.add_entities', { id: caseId, entities: attached })
  page = await running.signIn('Ana', ['analyst'])
})
after(async () => {
  await running?.[Symbol.asyncDispose]()
})

test('words find entities, by type too, and a hostile name is text', options, async () => {
  await page.goto(`${running.url}/app/graph`)
  await page.getByLabel('Name or key').fill('gnp.exe')
  await page.waitForURL(/q=gnp\.exe/)
  await page.getByText('1 found, best match first.').waitFor()
  await page.getByText('⟨U+202E⟩').first().waitFor()
  assert.equal(await page.locator('main img').count(), 0)
  await inspectScreen(page, 'graph-search')
  await page.getByLabel('Name or key').fill('example')
  await page.getByRole('link', { name: 'AS64500 Example' }).first().waitFor()
  await page.getByLabel('Type').click()
  await page.getByRole('option', { name: 'autonomous-system' }).click()
  await page.waitForURL(/type=autonomous-system/)
  await page.goBack()
  await page.getByLabel('Name or key').fill('nothing is called so')
  await page.getByText('Nothing is called nothing is called so.', { exact: false }).waitFor()
})

test('a question shows its query and what it would read before it is run', options, async () => {
  await page.goto(`${running.url}/app/graph`)
  await page.getByLabel('Question').fill('which autonomous systems announce 192.0.2.1')
  await page.getByRole('button', { name: 'Show the query' }).click()
  await page.getByText(/MATCH .*announces/s).waitFor()
  await page.getByText(/It would read at most \d+ rows/).waitFor()
  const ran = () => running.browser.requests.filter((url) => /\/graph\/answers\?.*run=true/.test(url)).length
  assert.equal(ran(), 0)
  assert.equal(await page.getByRole('heading', { name: 'The answer' }).count(), 0)
  await page.getByRole('button', { name: 'Run this query' }).click()
  await page.getByRole('heading', { name: 'The answer' }).waitFor()
  assert.ok(ran() > 0)
  await page.getByRole('link', { name: 'AS64500 Example' }).first().waitFor()
  await inspectScreen(page, 'graph-ask')

  await page.getByLabel('Question').fill('path between 192.0.2.1 and Switzerland')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Run this query' }).click()
  const path = page.getByRole('list', { name: 'Path' })
  await path.waitFor()
  assert.deepEqual(await path.getByRole('link').allTextContents(), [
    '192.0.2.1',
    'AS64500 Example',
    'Switzerland',
  ])
  await page.getByLabel('Question').fill('how many hosts are there')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Run this query' }).click()
  await page.getByText('1,000', { exact: true }).waitFor()

  await page.getByLabel('Question').fill('who owns the moon?')
  await page.keyboard.press('Enter')
  await page.getByText('question_not_understood').waitFor()
  await page
    .getByRole('button', { name: /^(which|what|path|how|domains|organisations)/ })
    .first()
    .click()
  await page.waitForURL((url) => url.searchParams.get('ask') !== 'who owns the moon?')
})

test(
  'the neighbourhood of a case is walked by the keyboard alone, and by a picture that is hidden from screen readers',
  options,
  async () => {
    await page.goto(`${running.url}/app/cases/${caseId}?tab=neighbourhood`)
    await page.getByText('3 entities, 2 relations.').waitFor()
    const picture = page.locator('[data-graph="3"]')
    assert.equal(await picture.getAttribute('aria-hidden'), 'true')
    await picture.locator('canvas').first().waitFor({ state: 'attached' })
    await inspectScreen(page, 'case-neighbourhood')

    const hand = keyboard(page)
    const list = page.getByRole('region', { name: 'As a list' })
    await list.getByRole('heading', { name: /^announces/ }).waitFor()
    await hand.use(list.getByRole('button', { name: 'AS64500 Example' }).first())
    const facts = page.getByRole('region', { name: 'AS64500 Example' })
    await facts.getByText('as:64500').waitFor()
    await facts.getByRole('heading', { name: /^announces →/ }).waitFor()
    await page.waitForURL(/node=ent_/)
    await page.locator('#selected-entity:focus', { hasText: 'AS64500 Example' }).waitFor()
    await hand.use(facts.getByRole('button', { name: 'Add its neighbours' }))
    await page.getByText('4 entities, 3 relations.').waitFor()
    await hand.use(facts.getByRole('button', { name: 'Switzerland' }))
    await page.getByRole('region', { name: 'Switzerland' }).getByText('← registered-in').waitFor()
    await inspectScreen(page, 'case-neighbourhood-selected')

    // A link shows the same, and back undoes each step.
    await page.reload()
    await page.getByText('4 entities, 3 relations.').waitFor()
    await page.getByRole('region', { name: 'Switzerland' }).waitFor()
    await page.goBack()
    await page.getByRole('region', { name: 'AS64500 Example' }).waitFor()
    await hand.use(page.getByRole('button', { name: 'Take its neighbours away' }))
    await page.getByText('3 entities, 2 relations.').waitFor()
  },
)

test('pressing an entity in the picture selects it', options, async () => {
  await page.goto(`${running.url}/app/cases/${caseId}?tab=neighbourhood`)
  const picture = page.locator('[data-graph="3"]')
  await picture.locator('canvas').first().waitFor({ state: 'attached' })
  await picture.scrollIntoViewIfNeeded()
  const box = await picture.boundingBox()
  assert.ok(box !== null)
  // Over an entity the pointer says that it can be pressed; on a grid finer than an entity is wide there is one.
  const over: { x: number; y: number }[] = []
  for (let y = 20; y < box.height && over.length === 0; y += 14)
    for (let x = 20; x < box.width && over.length === 0; x += 14) {
      await page.mouse.move(box.x + x, box.y + y)
      if (/cursor: pointer/.test((await picture.getAttribute('style')) ?? '')) over.push({ x, y })
    }
  const [at] = over
  assert.ok(at !== undefined, 'no entity is under the pointer anywhere')
  await page.mouse.click(box.x + at.x, box.y + at.y)
  await page.waitForURL(/node=ent_/)
  await page.getByRole('button', { name: 'Zoom in' }).click()
  await page.getByRole('button', { name: 'Show all of it' }).click()
})

test('where there is no WebGL the list does all of it, and the page says so', options, async () => {
  const other = await running.browser.open()
  await other.addInitScript('HTMLCanvasElement.prototype.getContext = function (kind) { return null }')
  await other.goto(`${running.url}/app/cases/${caseId}?tab=neighbourhood`)
  await other.getByText('This browser draws no picture: it has no WebGL.').waitFor()
  await other.getByRole('button', { name: 'AS64500 Example' }).first().click()
  await other.getByRole('region', { name: 'AS64500 Example' }).getByText('as:64500').waitFor()
  await inspectScreen(other, 'case-neighbourhood-without-webgl')
  await other.close()
})

test('an entity says what is known of it, from where, and in which cases it is', options, async () => {
  const { id } = await running.value('graph.entity', { id: 'file:1' })
  await page.goto(`${running.url}/app/graph/entities/${id}`)
  const facts = page.getByRole('region', { name: 'What is known of it' })
  await facts.getByText('CC0-1.0').waitFor()
  await facts.getByText('2026-11').waitFor()
  await page.getByRole('link', { name: 'Around an address' }).waitFor()
  await page
    .getByRole('heading', { name: /^calls →/ })
    .first()
    .waitFor()
  assert.equal(await page.locator('main img').count(), 0)
  await inspectScreen(page, 'graph-entity')
})

test('of a thousand neighbours some are shown, and it says so', options, async () => {
  const { id } = await running.value('graph.entity', { id: 'hub:1' })
  await page.goto(`${running.url}/app/graph/entities/${id}`)
  await page.getByText(/500 entities, 499 relations\. There are more than these 499 relations/).waitFor()
  await page.getByLabel('Relation').click()
  await page.getByRole('option', { name: 'serves' }).click()
  const list = page.getByRole('region', { name: 'As a list' })
  await list.getByLabel('Find in the list').fill('leaf-0003')
  await list.getByRole('button', { name: 'leaf-0003' }).waitFor()
  await inspectScreen(page, 'graph-hub')
})

test('an entity that is not of this organisation is not found', options, async () => {
  await page.goto(`${running.url}/app/graph/entities/ent_${'0'.repeat(32)}`)
  await page.getByText('entity_unknown').waitFor()
  await page.goto(`${running.url}/app/cases/case_${'0'.repeat(32)}`)
  await page.getByText('case_unknown').waitFor()
})

test('nothing on these screens asks the browser for what its policy forbids', { skip: noBrowser }, () => {
  running.assertContained()
})
