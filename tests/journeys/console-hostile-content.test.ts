import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import type { InputOf, OperationByName, OperationName } from '@switchboard/api'
import { noBrowser } from '../support/browser.ts'
import { startConsole } from '../support/console.ts'
import type { RunningConsole } from '../support/console.ts'
import { harmless, hostileControls, hostileTexts } from '../support/hostile-texts.ts'
import { buildPackage, testPublisher } from '../support/test-package.ts'

/** What a screen is made of: how many elements of each kind, which attributes, where its links lead. */
interface Built {
  readonly elements: Readonly<Record<string, number>>
  readonly attributes: readonly string[]
  readonly addresses: readonly string[]
}

test(
  'what strangers write is text on every screen: it makes no element, attribute, link, request or dialog',
  { skip: noBrowser, timeout: 400_000 },
  async () => {
    const hostile = await walk((text) => text)
    const plain = await walk(harmless)
    assert.ok(plain.size >= 12, `${plain.size} screens were walked`)
    for (const [screen, built] of hostile) {
      assert.deepEqual(built.elements, plain.get(screen)?.elements, screen)
      assert.deepEqual(built.attributes, plain.get(screen)?.attributes, screen)
      assert.deepEqual(
        built.addresses.filter((each) => !/^(\/app(\/|$)|#|data:image\/svg\+xml)/.test(each)),
        [],
        screen,
      )
    }
  },
)

/** Fills a server with texts as `made` makes them, and looks at every screen that shows one. */
async function walk(made: (text: string) => string): Promise<ReadonlyMap<string, Built>> {
  await using running = await startConsole()
  const screens = await fill(running, made)
  const page = await running.signIn('Ada', ['administrator', 'analyst', 'reviewer'])
  const dialogs: string[] = []
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  const built = new Map<string, Built>()
  for (const [screen, path] of screens) {
    await page.goto(`${running.url}/app${path}`)
    built.set(screen, await look(page))
  }
  // A plugin's own text comes back from an operation too.
  await page.goto(`${running.url}/app/do/case.create`)
  await page.getByLabel(/title/i).first().fill(made('<b>typed</b> \u202e'))
  await page.getByRole('button', { name: 'Open a case' }).click()
  await page.getByRole('heading', { name: 'Done', exact: true }).waitFor()
  built.set('done', await look(page))

  assert.deepEqual(dialogs, [])
  assert.deepEqual(
    running.browser.requests.filter((each) => !each.startsWith(running.url) && !each.startsWith('data:')),
    [],
  )
  assert.deepEqual(
    running.browser.complaints.filter((each) =>
      /Content Security Policy|Trusted|unique "key"|TypeError|Minified React/.test(each),
    ),
    [],
  )
  return built
}

async function fill(
  running: RunningConsole,
  made: (text: string) => string,
): Promise<readonly (readonly [screen: string, path: string])[]> {
  const perform = async <N extends OperationName>(name: N, input: InputOf<OperationByName<N>>) => {
    const answer = await running.owner.perform(name, input)
    assert.ok(answer.ok, answer.ok ? '' : `${name}: ${answer.denial.message}`)
    return answer.value
  }
  const texts = hostileTexts.map(made)
  const [first = ''] = texts
  const long = made(`<b>${'long <i>text</i> '.repeat(6_000)}`)
  const cases = []
  for (const [at, title] of texts.entries())
    cases.push(
      await perform('case.create', {
        title: `${at} ${title}`,
        note: `${title}\n${hostileControls.map(made).join('\n')}`,
      }),
    )
  const id = cases[0]?.id ?? ''
  await perform('case.add_note', { id, text: long })
  await perform('case.add_entities', {
    id,
    entities: texts.map((name, at) => ({
      key: `domain:${at}`,
      type: 'domain',
      name: `${at} ${name}`,
      properties: { [made('onclick')]: name, long: long.slice(0, 1_000) },
      citations: [
        { source: 'case-note', case: id, note: name, start: 0, end: 3, text: name },
        { table: name },
      ],
    })),
  })
  const found = await perform('case.read', { id })
  await perform('publisher.trust', { publisher: first.slice(0, 80), key: testPublisher.publicKeyPem })
  const bytes = await buildPackage({
    name: 'stranger',
    manifest: { title: first, summary: texts.join(' ').slice(0, 480), licence: 'Apache-2.0' },
    code: `
      for (const line of args.lines) api.log(line)
      return { texts: args.lines, ['<b>' + args.lines[0]]: { constructor: args.lines[1], href: args.lines[4] }, long: args.long }`,
  })
  await perform('package.add', { content: bytes.toString('base64') })
  await perform('plugin.install', { id: 'stranger', minimal: true })
  const lines = [...hostileTexts, ...hostileControls].map(made)
  await perform('plugin.review', { id: 'stranger', version: '1.0.0', note: first })
  const run = await perform('plugin.run', { id: 'stranger', input: { lines, long } })
  // Refused, with a stranger's words among the facts.
  await running.owner.perform('plugin.run', { id: 'nobody', input: { text: first } })
  const receipts = await perform('receipt.list', { limit: 5 })
  const entity = found.entities[0]?.entity.id ?? ''
  return [
    ['start', '/'],
    ['plugins', '/plugins'],
    ['plugin', '/plugins/stranger'],
    ['versions', '/plugins/stranger?tab=versions'],
    ['form', '/plugins/stranger/run'],
    ['runs', '/runs'],
    ['run', `/runs/${run.runId}`],
    ['log', `/runs/${run.runId}?tab=log`],
    ['result', `/runs/${run.runId}?tab=result`],
    ['cases', '/cases'],
    ['case', `/cases/${id}`],
    ['entities', `/cases/${id}?tab=entities`],
    ['timeline', `/cases/${id}?tab=timeline`],
    ['graph', '/graph'],
    ['entity', `/graph/entities/${entity}`],
    ['reviews', '/reviews'],
    ['evidence', '/evidence'],
    ['receipt', `/evidence/receipts/${receipts.rows[0]?.id ?? ''}`],
    ['costs', '/costs'],
    ['searched', `/plugins?q=${encodeURIComponent(first)}`],
    ['filtered', `/graph?q=${encodeURIComponent(first)}&type=none-of-this`],
    ['tab', `/cases/${id}?tab=${encodeURIComponent(texts[4] ?? '')}`],
    ['unknown', `/${encodeURIComponent(first)}/${encodeURIComponent(texts[4] ?? '')}`],
    ['unknown case', `/cases/${encodeURIComponent(first)}`],
    ['unknown run', `/runs/${encodeURIComponent(first)}`],
  ]
}

const describe = `(() => {
  const elements = {}
  const attributes = new Set()
  const addresses = new Set()
  for (const element of document.querySelectorAll('body, body *')) {
    elements[element.localName] = (elements[element.localName] ?? 0) + 1
    for (const { name, value } of element.attributes) {
      attributes.add(name)
      if (['href', 'src', 'srcset', 'action', 'formaction', 'srcdoc', 'data', 'ping', 'xlink:href'].includes(name)) addresses.add(value)
    }
  }
  return { elements, attributes: [...attributes].sort(), addresses: [...addresses].sort() }
})()`

/** The screen once it has come to rest: nothing is on its way, and two looks see the same. */
async function look(page: Page): Promise<Built> {
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  let before = ''
  for (let tries = 0; tries < 40; tries += 1) {
    await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' })
    await new Promise((resolve) => setTimeout(resolve, 300))
    const built = (await page.evaluate(describe)) as Built
    const now = JSON.stringify(built.elements)
    if (now === before) return built
    before = now
  }
  assert.fail(`${page.url()} does not come to rest`)
}
