import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { createClient } from '@switchboard/api'
import { noBrowser } from '../support/browser.ts'
import { startConsole } from '../support/console.ts'
import type { RunningConsole } from '../support/console.ts'
import { harmless, hostileControls, hostileTexts } from '../support/hostile-texts.ts'
import { buildPackage } from '../support/test-package.ts'

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
        built.addresses.filter((each) => !/^(\/app(\/|$)|\/verify$|#|data:image\/svg\+xml)/.test(each)),
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
  // What was typed comes back from an operation too.
  await page.goto(`${running.url}/app/do/case.create`)
  await page.getByLabel(/title/i).first().fill(made('<b>typed</b> \u202e'))
  await page.getByRole('button', { name: 'Open a case' }).click()
  await page.getByRole('heading', { name: 'Done', exact: true }).waitFor()
  built.set('done', await look(page))

  assert.deepEqual(dialogs, [])
  running.assertContained()
  return built
}

async function fill(
  running: RunningConsole,
  made: (text: string) => string,
): Promise<readonly (readonly [screen: string, path: string])[]> {
  const texts = hostileTexts.map(made)
  const [first = ''] = texts
  const long = made(`<b>${'long <i>text</i> '.repeat(6_000)}`)
  const cases = []
  for (const [at, title] of texts.entries())
    cases.push(
      await running.value('case.create', {
        title: `${at} ${title}`,
        note: `${title}\n${hostileControls.map(made).join('\n')}`,
      }),
    )
  const id = cases[0]?.id ?? ''
  await running.value('case.add_note', { id, text: long })
  await running.value('case.add_entities', {
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
  const found = await running.value('case.read', { id })
  const bytes = await buildPackage({
    name: 'stranger',
    manifest: { title: first, summary: texts.join(' ').slice(0, 480), licence: 'Apache-2.0' },
    code: `
      for (const line of args.lines) api.log(line)
      return { texts: args.lines, ['<b>' + args.lines[0]]: { constructor: args.lines[1], href: args.lines[4] }, long: args.long }`,
  })
  await running.shelve([bytes], first.slice(0, 80))
  await running.value('plugin.install', { id: 'stranger', minimal: true })
  const lines = [...hostileTexts, ...hostileControls].map(made)
  await running.value('plugin.review', { id: 'stranger', version: '1.0.0', note: first })
  const run = await running.value('plugin.run', { id: 'stranger', input: { lines, long } })
  // Refused, with a stranger's words among the facts.
  await running.owner.perform('plugin.run', { id: 'nobody', input: { text: first } })
  await running.value('case.set_tlp', { id, tlp: 'AMBER' })
  // Somebody whose name is hostile asks for what needs a second person.
  const waiting = await askedBySomebody(running, first.slice(0, 80), id)
  const receipts = await running.value('receipt.list', { limit: 5 })
  const entity = found.entities[0]?.entity.id ?? ''
  return [
    ['start', '/'],
    ['plugins', '/plugins'],
    ['plugin', '/plugins/stranger'],
    ['publishers', '/plugins?tab=publishers'],
    ['stopping', '/plugins?tab=stopping'],
    ['code', '/plugins/stranger?tab=code'],
    ['kept', '/plugins/stranger?tab=keeps'],
    ['runs of it', '/plugins/stranger?tab=runs'],
    ['its end', '/plugins/stranger?tab=remove'],
    ['form', '/plugins/stranger/run'],
    ['runs', '/runs'],
    ['run', `/runs/${run.runId}`],
    ['log', `/runs/${run.runId}?tab=log`],
    ['result', `/runs/${run.runId}?tab=result`],
    ['changes', `/runs/${run.runId}?tab=changes`],
    ['provenance', `/runs/${run.runId}?tab=provenance`],
    ['replay', `/runs/${run.runId}?tab=replay`],
    ['cases', '/cases'],
    ['case', `/cases/${id}`],
    ['entities', `/cases/${id}?tab=entities`],
    ['timeline', `/cases/${id}?tab=timeline`],
    ['runs of a case', `/cases/${id}?tab=runs`],
    ['graph', '/graph'],
    ['entity', `/graph/entities/${entity}`],
    ['reviews', '/reviews'],
    ['review', `/reviews/${waiting}`],
    ['evidence', '/evidence'],
    ['bundle', `/evidence/bundle?case=${id}`],
    ['verify', '/evidence/verify'],
    ['logs', '/evidence/logs'],
    ['people', '/people'],
    ['tokens', '/tokens'],
    ['policy', `/policy?q=${encodeURIComponent(first)}`],
    ['who may', `/policy?tab=roles&operation=${encodeURIComponent(first)}`],
    ['operation', `/do/case.read?${encodeURIComponent(first)}=1`],
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

/** An export that waits. @returns the id of its review */
async function askedBySomebody(running: RunningConsole, name: string, id: string): Promise<string> {
  const { secret } = await running.value('user.invite', { name, roles: ['analyst'] })
  const signedIn = await fetch(`${running.url}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ secret }),
  })
  const cookie = signedIn.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ')
  const client = createClient({
    baseUrl: running.url,
    fetch: (input, init) =>
      fetch(input, {
        ...init,
        headers: { ...(init?.headers as Record<string, string>), cookie, origin: running.url },
      }),
  })
  const asked = await client.perform('evidence.export', { case: id })
  assert.ok(!asked.ok && asked.denial.code === 'approval_required', asked.ok ? '' : asked.denial.message)
  return asked.denial.params.taskId
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

const onItsWay = '[aria-busy="true"], .MuiSkeleton-root, [role="progressbar"]:not([aria-valuenow])'

/** The screen once it has come to rest: nothing is on its way, and two looks see the same. */
async function look(page: Page): Promise<Built> {
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  await page.waitForLoadState('networkidle')
  let before = ''
  for (let tries = 0; tries < 40; tries += 1) {
    await page.locator(onItsWay).first().waitFor({ state: 'detached' })
    await new Promise((resolve) => setTimeout(resolve, 300))
    const built = (await page.evaluate(describe)) as Built
    const now = JSON.stringify(built.elements)
    if (now === before) return built
    before = now
  }
  assert.fail(`${page.url()} does not come to rest`)
}
