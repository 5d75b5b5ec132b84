import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noBrowser } from '../support/browser.ts'
import { endSession, startConsole } from '../support/console.ts'
import { keyboard } from '../support/hands.ts'
import { buildPackage } from '../support/test-package.ts'
import type { TestPackage } from '../support/test-package.ts'

const input = {
  type: 'object',
  properties: { words: { type: 'array', title: 'Words', items: { type: 'string' } } },
  required: ['words'],
  additionalProperties: false,
  examples: [{ words: ['alpha', 'beta'] }],
}
const thing = "(key) => ({ key, type: 'host', name: key + SUFFIX })"
const version = (number: string, suffix: string): TestPackage => ({
  name: 'finder',
  version: number,
  code: `
    const thing = ${thing.replace('SUFFIX', `'${suffix}'`)}
    for (const word of args.words) console.log(word)
    return { entities: args.words.map(thing) }`,
  manifest: { input },
})

test(
  'by keyboard alone a plugin is run, followed, accepted and undone; what was typed outlives a session and goes at sign-out',
  { skip: noBrowser, timeout: 200_000 },
  async (t) => {
    await using running = await startConsole()
    const { url, owner } = running
    await running.shelve([
      await buildPackage(version('1.0.0', '')),
      await buildPackage(version('1.1.0', '!')),
    ])
    await running.value('plugin.install', { id: 'finder', version: '1.0.0', caps: [] })
    const page = await running.signIn('Kim Keys', ['analyst', 'administrator'])
    const hand = keyboard(page)
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    const tab = (name: string) => page.getByRole('tab', { name, exact: true })
    const words = page.getByRole('textbox', { name: 'Words' })

    await t.test('from the form to a line of the log', async () => {
      await page.goto(`${url}/app/plugins/finder/run`)
      await hand.use(button('the example'))
      await hand.use(button('Run finder'))
      await button('Run again').waitFor()
      await hand.use(tab('Log'))
      await page.getByText('Complete · 2 lines').waitFor()
      await hand.write(page.getByRole('textbox', { name: 'Line' }), '2')
      await hand.use(button('Go to line'))
      await page.locator('.line.marked', { hasText: 'beta' }).waitFor()
    })

    await t.test('rows are chosen and accepted into a new case, and taken back', async () => {
      await hand.use(tab('Proposed changes'))
      await hand.use(page.getByRole('checkbox', { name: 'e1: alpha' }))
      await hand.choose(page.getByRole('combobox', { name: 'Into' }), 'A new case')
      await hand.write(page.getByRole('textbox', { name: 'Title of the new case' }), 'By keyboard')
      await hand.use(button('Accept 1 row'))
      await page.getByText(/Accepted 1 row: 1 entity created/).waitFor()
      await hand.use(button('Undo the run'))
      await hand.use(button('Take it back'))
      await page.getByText(/Taken back: 1 entity/).waitFor()
    })

    await t.test('another version diverges, and says where; the recording is erased', async () => {
      await hand.use(tab('Replay'))
      await hand.choose(page.getByRole('combobox', { name: 'Version' }), '1.1.0')
      await page.waitForURL(/against=1\.1\.0/)
      await hand.use(button('Replay the run'))
      await page.getByText('It did something else than was recorded.').waitFor()
      await page.getByText('/entities/0/name').first().waitFor()
      await hand.use(button('Erase the recording'))
      await hand.use(page.getByRole('dialog').getByRole('button', { name: 'Erase the recording' }))
      await page.getByText(/Erased: 1 recording/).waitFor()
      await hand.use(button('Replay the run'))
      await page.getByText(/There is no recording of run/).waitFor()
    })

    await t.test(
      'what was typed outlives a session that ends, and nothing is kept after a sign-out',
      async () => {
        await page.goto(`${url}/app/plugins/finder/run`)
        await hand.write(words, 'half\ntyped')
        await endSession(page)
        await hand.use(button('Run finder'))
        await page.getByRole('heading', { name: 'Your session has ended' }).waitFor()
        const again = await owner.perform('user.invite', {
          name: 'Kim Keys',
          roles: ['analyst', 'administrator'],
        })
        assert.ok(again.ok)
        await hand.write(page.getByRole('textbox', { name: 'Sign-in link' }), again.value.secret)
        await hand.use(button('Sign in'))
        await page.getByRole('heading', { name: 'Your session has ended' }).waitFor({ state: 'hidden' })
        assert.equal(await words.inputValue(), 'half\ntyped')
        await hand.use(button('Run finder'))
        await button('Run again').waitFor()
        const kept =
          '[localStorage, sessionStorage].flatMap((each) => Object.keys(each)).filter((key) => key.includes("run-form"))'
        assert.equal(await page.evaluate(`${kept}.length`), 1)
        await hand.use(button('Sign out'))
        await page.getByRole('textbox', { name: 'Sign-in link' }).waitFor()
        assert.deepEqual(await page.evaluate(kept), [])
      },
    )
  },
)
