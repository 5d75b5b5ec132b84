import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { noBrowser } from '../support/browser.ts'
import { inspectScreen, startConsole } from '../support/console.ts'
import type { RunningConsole } from '../support/console.ts'
import { buildPackage } from '../support/test-package.ts'
import type { TestPackage } from '../support/test-package.ts'

/** Each does one thing that the screens must stand. */
const plugins: readonly (TestPackage & { readonly name: string; readonly caps?: readonly string[] })[] = [
  {
    name: 'finder',
    code: `
      await api.graph.search({ q: 'acme' })
      console.log('looking')
      const of = (key, more) => ({ key, type: 'host', name: key, ...more })
      return {
        found: args.words,
        citations: [{ source: 'case-note', case: 'case_' + '0'.repeat(32), note: 'n', start: 1, end: 5 }],
        entities: [
          of('new:1', { properties: { port: 80 }, citations: [{ source: 'pasted-text', start: 0, end: 3, text: 'new' }] }),
          of('new:2'),
          of('known', { name: 'renamed', properties: { port: 443 } }),
        ],
        relations: [{ from: 'new:1', to: 'known', type: 'near' }],
      }`,
    caps: ['read:graph'],
    manifest: {
      summary: 'Finds things.',
      capabilities: { graph: ['read'] },
      input: {
        type: 'object',
        properties: {
          words: { type: 'array', title: 'Words', items: { type: 'string' } },
          case: { type: 'string', title: 'Case' },
          apiToken: { type: 'string', title: 'Token' },
        },
        anyOf: [{ required: ['words'] }, { required: ['case'] }],
        additionalProperties: false,
        examples: [{ words: ['alpha', 'beta'] }],
      },
    },
  },
  {
    name: 'chatty',
    // A run keeps 5,000 entries, here of two lines each; what was more is told by a mark.
    code: `
      for (let i = 1; i <= 10_000; i += 1)
        (i === 3000 ? console.error : console.log)(i === 3000 ? 'went wrong' : 'l' + i + '\\n  of ' + i)
      if (args.wait) await new Promise(() => {})
      return { ok: true }`,
    budgets: { ms: 120_000 },
  },
  {
    name: 'asker',
    code: "await api.graph.search({ q: 'x' })",
    manifest: { capabilities: { graph: ['read'] } },
  },
  {
    name: 'marked-up',
    code: `
      console.log('<img src=x onerror=alert(1)><b id="evil">bold</b>')
      console.log('\\u001b[31mred\\u001b[0m \\u202etxt.exe')
      return { html: '<img src=x onerror=alert(1)><iframe id="evil"></iframe>', ['<u>key</u>']: '<script>1</script>' }`,
  },
  {
    name: 'huge',
    code: `
      const rows = []
      for (let i = 0; i < 72_000; i += 1) rows.push({ number: i, text: 'x'.repeat(80) })
      return { rows }`,
    budgets: { ms: 30_000, memoryMB: 256, outputBytes: 8_388_608 },
  },
]

async function installAll(running: RunningConsole): Promise<void> {
  const built = []
  for (const plugin of plugins) built.push(await buildPackage(plugin))
  await running.shelve(built)
  for (const { name, caps = [] } of plugins)
    await running.value('plugin.install', { id: name, caps: [...caps] })
  await running.value('graph.import', {
    source: { name: 'feed', version: '1', licence: 'CC0-1.0' },
    entities: [{ key: 'known', type: 'host', name: 'known', properties: { port: 80, os: 'x' } }],
  })
}

/** Runs by the form, with what the page has in its fields, and waits for the end. */
async function runToEnd(page: Page, url: string, plugin: string, json = ''): Promise<string> {
  await page.goto(`${url}/app/plugins/${plugin}/run`)
  if (json !== '') await page.getByRole('textbox', { name: 'Input as JSON' }).fill(json)
  await page.getByRole('button', { name: `Run ${plugin}`, exact: true }).click()
  await page.waitForURL(/\/runs\/run_/)
  await page.getByRole('button', { name: 'Run again', exact: true }).waitFor()
  return new URL(page.url()).pathname.split('/').at(-1) ?? ''
}
const tab = (page: Page, name: string) => page.getByRole('tab', { name, exact: true }).click()

test(
  'a run in the console: by form, followed, accepted by row, undone, refused, cancelled, repeated; whatever a plugin writes',
  { skip: noBrowser, timeout: 280_000 },
  async (t) => {
    await using running = await startConsole()
    const { url, owner } = running
    await installAll(running)
    const page = await running.signIn('Ada Analyst', ['analyst'])

    await t.test('the list says what to do while nothing ran', async () => {
      await page.goto(`${url}/app/runs`)
      await page.getByRole('link', { name: 'Choose a plugin to run' }).waitFor()
    })

    await t.test(
      'a form asks for what is missing, is filled by an example, and survives a reload',
      async () => {
        await page.goto(`${url}/app/plugins/finder/run`)
        await page.getByText('It needs one of these: Words, or Case.').waitFor()
        await page.getByText(/not known yet: it has not been run here/).waitFor()
        await page.getByRole('button', { name: 'Run finder', exact: true }).click()
        await page.getByText('Something is missing: give Words, or Case.').waitFor()
        await page.getByRole('button', { name: 'the example', exact: true }).click()
        assert.equal(await page.getByRole('textbox', { name: 'Words' }).inputValue(), 'alpha\nbeta')
        await page.getByRole('textbox', { name: 'Words' }).fill('alpha\nbeta\ngamma')
        await page.getByRole('textbox', { name: 'Token' }).fill('s3cret')
        await page.reload()
        assert.equal(await page.getByRole('textbox', { name: 'Words' }).inputValue(), 'alpha\nbeta\ngamma')
        // What looks like a secret is not kept.
        assert.equal(await page.getByRole('textbox', { name: 'Token' }).inputValue(), '')
        await inspectScreen(page, 'runs-form')
      },
    )

    let first = ''
    await t.test('it goes to the run at once, which shows its calls and what it used', async () => {
      await page.getByRole('button', { name: 'Run finder', exact: true }).click()
      await page.waitForURL(/\/runs\/run_/)
      await page.getByText('1 · graph.search').waitFor()
      await page.getByText(/Calls 1 of 1,000/).waitFor()
      first = new URL(page.url()).pathname.split('/').at(-1) ?? ''
      await inspectScreen(page, 'runs-trace')
      await page.getByRole('button', { name: 'Table', exact: true }).click()
      await page.waitForURL(/as=table/)
      await page.getByRole('rowheader', { name: '1 · graph.search' }).waitFor()
      await page.goBack()
      await page.getByRole('list', { name: /Calls of the run/ }).waitFor()
      await tab(page, 'Result')
      await page.getByRole('link', { name: 'note, 1–5' }).waitFor()
      await inspectScreen(page, 'runs-result')
      const download = page.waitForEvent('download')
      await page.getByRole('button', { name: 'Save as JSON', exact: true }).click()
      const saved = await readFile(await (await download).path(), 'utf8')
      assert.deepEqual((JSON.parse(saved) as { found: unknown }).found, ['alpha', 'beta', 'gamma'])
    })

    await t.test(
      'rows are accepted one by one into a new case, with before and after, and undone',
      async () => {
        await tab(page, 'Proposed changes')
        await page.getByText('3 to create, 1 to change.').waitFor()
        const known = page.getByRole('listitem').filter({ hasText: 'renamed' })
        await known.getByRole('button', { name: 'Before and after', exact: true }).click()
        await page.getByRole('row', { name: 'port 80 443' }).waitFor()
        await inspectScreen(page, 'runs-changes')
        await page.getByRole('button', { name: 'Choose none', exact: true }).click()
        await page.getByText('Choose at least one row.').waitFor()
        await page.getByRole('checkbox', { name: 'e1: new:1' }).check()
        await page.getByRole('checkbox', { name: 'e3: renamed' }).check()
        await page.getByRole('combobox', { name: 'Into' }).click()
        await page.getByRole('option', { name: 'A new case' }).click()
        await page.getByLabel('Title of the new case').fill('Found by a run')
        await page.getByRole('button', { name: 'Accept 2 rows', exact: true }).click()
        await page.getByText(/Accepted 2 rows: 1 entity created, 1 changed/).waitFor()
        await page.getByText('2 rows accepted').waitFor()
        const renamed = await owner.perform('graph.entity', { id: 'known' })
        assert.equal(renamed.ok && renamed.value.name, 'renamed')
        await page.getByRole('button', { name: 'Undo the run', exact: true }).click()
        await page.getByRole('button', { name: 'Take it back', exact: true }).click()
        await page.getByText(/Taken back: 1 entity and 0 relations removed, 1 put back/).waitFor()
        await page.getByRole('button', { name: 'Undo the run', exact: true }).click()
        await page.getByRole('button', { name: 'Take it back', exact: true }).click()
        await page.getByText(/has written nothing that is still there/).waitFor()
        await page.getByRole('button', { name: 'Cancel', exact: true }).click()
      },
    )

    await t.test('a replay says that it did the same; who may not erase a recording reads why', async () => {
      await tab(page, 'Replay')
      await page.getByRole('button', { name: 'Replay the run', exact: true }).click()
      await page.getByText('It did the same, and its output has the same digest.').waitFor()
      await page.getByText('Not for your roles: ask for administrator.').waitFor()
      await inspectScreen(page, 'runs-replay')
    })

    await t.test('where the result comes from is a list with receipts, and a file', async () => {
      await tab(page, 'Provenance')
      await page.getByRole('cell', { name: 'was carried out by' }).first().waitFor()
      await inspectScreen(page, 'runs-provenance')
      const download = page.waitForEvent('download')
      await page.getByRole('button', { name: 'Save as PROV-JSON', exact: true }).click()
      assert.match(await readFile(await (await download).path(), 'utf8'), /"wasAssociatedWith"/)
    })

    await t.test('it runs again with the same input, and with another', async () => {
      await page.getByRole('button', { name: 'Run again', exact: true }).click()
      await page.waitForURL((to) => to.pathname.includes('/runs/run_') && !to.pathname.endsWith(first))
      await page.getByRole('link', { name: 'Change the input' }).click()
      await page.waitForURL(/\/plugins\/finder\/run\?from=run_/)
      assert.equal(await page.getByRole('textbox', { name: 'Words' }).inputValue(), 'alpha\nbeta\ngamma')
      await page.getByText(/95 of 100 runs up to/).waitFor()
      await page.getByRole('button', { name: 'what you ran last', exact: true }).waitFor()
    })

    await t.test(
      'ten thousand lines: followed while it runs, paused, the first error, a line by its link',
      async () => {
        await page.goto(`${url}/app/plugins/chatty/run`)
        await page.getByText('This plugin does not say what it takes.').waitFor()
        await page.getByRole('textbox', { name: 'Input as JSON' }).fill('{ "wait": true ')
        assert.equal(await page.getByRole('button', { name: 'Run chatty', exact: true }).isDisabled(), true)
        await page.getByRole('textbox', { name: 'Input as JSON' }).fill('{ "wait": true }')
        await page.getByRole('button', { name: 'Run chatty', exact: true }).click()
        await page.waitForURL(/\/runs\/run_/)
        await tab(page, 'Log')
        await page.getByText('Live · 5,001 lines').waitFor()
        await page.getByText('[output cut: the limit is 262144 bytes, 5000 lines]').waitFor()
        // Only what is seen is drawn.
        assert.ok((await page.locator('.line').count()) < 200)
        await page.getByRole('button', { name: 'Pause', exact: true }).click()
        await page.getByRole('button', { name: 'Go to the first error', exact: true }).click()
        await page.waitForURL(/line=3000/)
        await page.locator('.line.marked', { hasText: 'went wrong' }).waitFor()
        await inspectScreen(page, 'runs-log')
        const other = await page.context().newPage()
        await other.goto(page.url())
        await other.locator('.line.marked', { hasText: 'went wrong' }).waitFor()
        await other.getByLabel('Line', { exact: true }).fill('42')
        await other.getByRole('button', { name: 'Go to line', exact: true }).click()
        await other.locator('.line.marked', { hasText: 'l42' }).waitFor()

        // Cancelled in one tab, it ends in the other.
        await page.getByRole('button', { name: 'Cancel the run', exact: true }).click()
        await page.getByRole('button', { name: 'Run again', exact: true }).waitFor()
        await other.getByRole('button', { name: 'Run again', exact: true }).waitFor()
        await other.getByText(/Complete · 5,00\d lines/).waitFor()
        await other.close()
      },
    )

    await t.test('a run that was refused says why, and leads to what would change it', async () => {
      await runToEnd(page, url, 'asker')
      await page.getByText('asker was not granted read:graph.').first().waitFor()
      const way = page.getByRole('link', { name: 'See what asker may do' }).first()
      assert.match((await way.getAttribute('href')) ?? '', /\/app\/plugins\/asker$/)
      await inspectScreen(page, 'runs-refused')
    })

    await t.test('nothing that a plugin returns or logs is ever an element', async () => {
      await runToEnd(page, url, 'marked-up')
      await tab(page, 'Log')
      await page.getByText('<img src=x onerror=alert(1)><b id="evil">bold</b>').waitFor()
      await page.getByText('⟨U+001B⟩[31mred⟨U+001B⟩[0m ⟨U+202E⟩txt.exe').waitFor()
      assert.equal(await page.locator('#evil, main img, main iframe, main b').count(), 0)
      await tab(page, 'Result')
      await page.getByText('"<script>1</script>"').waitFor()
      assert.equal(await page.locator('#evil, main img, main iframe, main u').count(), 0)
    })

    await t.test('a result of eight megabytes is a closed tree, unfolded in pieces', async () => {
      await runToEnd(page, url, 'huge')
      await tab(page, 'Result')
      await page.getByRole('button', { name: /rows: \[ 72,000 items \]/ }).click()
      await page.getByRole('button', { name: 'Show more: 71,900 left', exact: true }).waitFor()
      assert.ok((await page.locator('main *').count()) < 3_000)
    })

    await t.test('the list is filtered by what the address says', async () => {
      await page.goto(`${url}/app/runs`)
      await page.getByRole('link', { name: 'huge@1.0.0' }).first().waitFor()
      await inspectScreen(page, 'runs-list')
      await page.getByLabel('State').click()
      await page.getByRole('option', { name: 'cancelled' }).click()
      await page.waitForURL(/state=cancelled/)
      await page.getByRole('link', { name: 'huge@1.0.0' }).waitFor({ state: 'detached' })
      await page.getByRole('link', { name: 'chatty@1.0.0' }).first().waitFor()
      await page.goBack()
      await page.getByRole('link', { name: 'huge@1.0.0' }).first().waitFor()
      await page.goto(`${url}/app/runs?package=asker&state=succeeded`)
      await page.getByText('No run fits these filters.').waitFor()
    })

    await t.test('a run that is not there, or of others, is simply unknown', async () => {
      await page.goto(`${url}/app/runs/run_${'0'.repeat(32)}`)
      await page.getByText(/There is no run run_0+ in your organisation/).waitFor()
      await page.goto(`${url}/app/runs/nonsense`)
      await page.getByRole('link', { name: 'Show all runs' }).waitFor()
    })

    running.assertContained()
  },
)
