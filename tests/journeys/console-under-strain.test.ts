import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { noBrowser } from '../support/browser.ts'
import { startConsole } from '../support/console.ts'
import type { RunningConsole } from '../support/console.ts'
import { startStrainingProxy } from '../support/straining-proxy.ts'
import type { Strain } from '../support/straining-proxy.ts'

const html = '<!doctype html><title>Bad gateway</title><h1 id="of-a-proxy">Bad gateway</h1>'
const page502: Strain = { kind: 'instead', status: 502, type: 'text/html', body: html }

/** Everything that may happen to an answer on its way, and what the console calls it. */
const strains: readonly (readonly [string, Strain, RegExp])[] = [
  [
    'a 500 with a code',
    {
      kind: 'instead',
      status: 500,
      type: 'application/problem+json',
      body: '{"title":"The server failed.","code":"internal_error","status":500}',
    },
    /The server failed/,
  ],
  ['a page of a proxy for 502', page502, /The server is not ready/],
  [
    'a page of a proxy for 200',
    { ...page502, status: 200 },
    /Something else answered in place of the server/,
  ],
  [
    'JSON of a proxy for 200',
    { kind: 'instead', status: 200, type: 'application/json', body: '{}' },
    /Something else answered in place of the server/,
  ],
  [
    'a 429 without JSON',
    { kind: 'instead', status: 429, type: 'text/plain', body: 'slow down' },
    /The server is asked too often just now/,
  ],
  [
    'a 503 of a proxy',
    { kind: 'instead', status: 503, type: 'text/plain', body: 'later' },
    /The server is not ready/,
  ],
  ['a connection that breaks', { kind: 'lost' }, /The server does not answer/],
  ['an answer that breaks off', { kind: 'cut' }, /The answer broke off/],
  ['half an answer', { kind: 'half' }, /Something else answered in place of the server/],
]

test(
  'a server that fails costs nobody what they see or typed, and nothing is done twice',
  { skip: noBrowser, timeout: 300_000 },
  async (t) => {
    await using running = await startConsole()
    await using proxy = await startStrainingProxy(running.url)
    const page = await signIn(running, proxy.url)

    for (const [what, strain, says] of strains)
      await t.test(`an effect that meets ${what} is tried again with its key, and done once`, async () => {
        const title = `Through ${what}`
        await openForm(page, proxy.url, title)
        const before = proxy.seen.length
        proxy.strain(/^POST \/cases/, strain)
        await create(page).click()
        const fault = page.getByRole('alert').filter({ hasText: says })
        await fault.waitFor()
        await fault.getByText('it is not done a second time').waitFor()
        assert.equal(await page.getByLabel(/title/i).first().inputValue(), title)
        assert.equal(await page.locator('#of-a-proxy').count(), 0)
        proxy.ease()
        await create(page).click()
        await page.getByRole('heading', { name: 'Done', exact: true }).waitFor()
        assert.equal(await fault.count(), 0)
        const keys = proxy.seen.slice(before).filter(({ method }) => method === 'POST')
        assert.ok(keys.length >= 2)
        assert.equal(new Set(keys.map(({ key }) => key)).size, 1)
        assert.equal(await casesCalled(running, title), 1)
      })

    await t.test('an effect sent again while its first try is under way waits for that one', async () => {
      await openForm(page, proxy.url, 'Still under way')
      proxy.strain(/^POST \/cases/, {
        kind: 'instead',
        status: 409,
        type: 'application/problem+json',
        body: JSON.stringify({
          code: 'idempotency_in_progress',
          category: 'conflict',
          message: 'It has not ended yet.',
          change: 'Ask again in a moment with the same key.',
        }),
      })
      const before = proxy.seen.length
      await create(page).click()
      await page.getByText('It has not ended yet.').waitFor()
      proxy.ease()
      await create(page).click()
      await page.getByRole('heading', { name: 'Done', exact: true }).waitFor()
      const keys = proxy.seen.slice(before).filter(({ method }) => method === 'POST')
      assert.equal(new Set(keys.map(({ key }) => key)).size, 1)
    })

    await t.test('what was read stays on the screen while the server fails, and it recovers', async () => {
      await page.goto(`${proxy.url}/app/`)
      await page.getByText(/Sandbox level/).waitFor()
      let pressed = 0
      for (const [, strain, says] of strains) {
        proxy.strain(/^GET \/(status|system|me)/, strain)
        await comeBack(page)
        const fault = page.getByRole('alert').filter({ hasText: says })
        await fault.first().waitFor()
        await page.getByText(/Sandbox level/).waitFor()
        proxy.ease()
        const again = fault.first().getByRole('button', { name: 'Try again' })
        pressed += await again.click({ timeout: 5_000 }).then(
          () => 1,
          () => 0,
        )
        await fault.first().waitFor({ state: 'hidden' })
      }
      // It asks again by itself every ten seconds, and may once have done so before it was told to.
      assert.ok(pressed >= strains.length - 1, `only ${pressed} of ${strains.length} could be pressed`)
    })

    await t.test(
      'a server that hangs is waited for in words, then given up with a way to go on',
      async () => {
        await page.clock.install()
        proxy.strain(/^GET \/(status|system)/, { kind: 'hang' })
        await page.goto(`${proxy.url}/app/`)
        await page.getByRole('heading', { name: 'See it work' }).waitFor()
        await page.clock.fastForward(6_000)
        await page.getByText('The server has not answered yet. Still waiting.').first().waitFor()
        await page.clock.fastForward(31_000)
        await page.getByText('The server takes too long').first().waitFor()
        proxy.ease()
        await page.getByRole('button', { name: 'Try again' }).first().click()
        await page.getByText(/Sandbox level/).waitFor()
      },
    )
  },
)

test(
  'a session is one person: it ends, is taken up again, and leaves nothing to the next one',
  { skip: noBrowser, timeout: 200_000 },
  async (t) => {
    await using running = await startConsole()
    await using proxy = await startStrainingProxy(running.url)

    await t.test('a deep link while signed out leads there after signing in', async () => {
      const page = await running.browser.open()
      await page.goto(`${proxy.url}/app/do/case.create?from=a-mail#part`)
      const link = await linkFor(running, proxy.url, 'Ada')
      await page.getByLabel('Sign-in link').fill(link)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.getByRole('heading', { name: 'Open a case' }).waitFor()
      assert.equal(page.url(), `${proxy.url}/app/do/case.create?from=a-mail#part`)
      await page.close()
    })

    await t.test('the secret of a link reaches no referrer and no history', async () => {
      const page = await signIn(running, proxy.url)
      await page.goto(`${proxy.url}/app/`)
      const devtools = await page.context().newCDPSession(page)
      const { entries } = await devtools.send('Page.getNavigationHistory')
      const addresses = entries.map(({ url }) => url)
      assert.ok(addresses.includes(`${proxy.url}/app/`))
      assert.deepEqual(
        addresses.filter((each) => /secret/.test(each)),
        [],
      )
      assert.deepEqual(
        proxy.seen.filter(({ path }) => /secret/.test(path)),
        [],
      )
      await page.close()
    })

    await t.test('a page of another port, to which the cookie goes along, changes nothing', async () => {
      const page = await signIn(running, proxy.url)
      proxy.strain(/^GET \/elsewhere/, { kind: 'instead', status: 200, type: 'text/html', body: html })
      await page.goto(`${proxy.url}/elsewhere`)
      const forge = (options: string) =>
        page.evaluate(
          `fetch('${running.url}/cases', { method: 'POST', credentials: 'include', body: '{"title":"Forged"}', ${options} }).then(({ type }) => type, () => 'refused')`,
        )
      // The first is sent, and the browser keeps what the server says to it from the page; the second is not even sent.
      assert.equal(await forge("mode: 'no-cors', headers: { 'content-type': 'text/plain' }"), 'refused')
      assert.equal(await forge("headers: { 'content-type': 'application/json' }"), 'refused')
      assert.equal(await casesCalled(running, 'Forged'), 0)
      proxy.ease()
      await page.goto(`${proxy.url}/app/`)
      await page.getByText(/Sandbox level/).waitFor()
      await page.close()
    })

    await t.test('an address that leads nowhere says so and leads on', async () => {
      const page = await signIn(running, proxy.url)
      await page.goto(`${proxy.url}/app/no/such/page?x=%3Cb%3E`)
      await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
      await page.getByRole('link', { name: 'Go to the start' }).click()
      await page.getByText(/Sandbox level/).waitFor()
      await page.goBack()
      await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
      await page.close()
    })

    await t.test('who signs out in one tab is signed out in all, and nothing of theirs is left', async () => {
      const first = await signIn(running, proxy.url, 'Bela the first')
      await openForm(first, proxy.url, 'Only for Bela')
      const second = await first.context().newPage()
      await second.goto(`${proxy.url}/app/?q=only-for-bela`)
      await second.getByText('Bela the first').waitFor()
      await second.getByRole('button', { name: 'Sign out' }).click()
      for (const page of [first, second]) {
        await page.getByLabel('Sign-in link').waitFor()
        assert.doesNotMatch(await page.content(), /Bela/)
        assert.doesNotMatch(`${page.url()} ${await page.title()}`, /bela|case/i)
      }
      const link = await linkFor(running, proxy.url, 'Cleo the second')
      await second.getByLabel('Sign-in link').fill(link)
      await second.getByRole('button', { name: 'Sign in', exact: true }).click()
      for (const page of [first, second]) {
        await page.getByText('Cleo the second').waitFor()
        assert.doesNotMatch(await page.content(), /Bela/)
      }
      await openForm(first, proxy.url)
      assert.equal(await first.getByLabel(/title/i).first().inputValue(), '')
      await first.close()
      await second.close()
    })

    await t.test(
      'a session that ended keeps a form for its own person, and clears it for another',
      async () => {
        const page = await signIn(running, proxy.url, 'Dana')
        await openForm(page, proxy.url, 'Typed by Dana')
        for (const [name, left] of [
          ['Dana', 'Typed by Dana'],
          ['Egon', ''],
        ] as const) {
          await page.context().clearCookies()
          await comeBack(page)
          await page.getByRole('heading', { name: 'Your session has ended' }).waitFor()
          const title = page.locator('main').getByLabel(/title/i).first()
          assert.equal(await title.inputValue(), 'Typed by Dana')
          await page.getByLabel('Sign-in link').fill(await linkFor(running, proxy.url, name))
          await page.getByRole('button', { name: 'Sign in', exact: true }).click()
          await page.getByRole('heading', { name: 'Your session has ended' }).waitFor({ state: 'hidden' })
          if (left === '') {
            await page.getByText(/Sandbox level/).waitFor()
            assert.doesNotMatch(await page.content(), /Dana/)
          } else assert.equal(await title.inputValue(), left)
        }
        await page.close()
      },
    )

    await t.test('what one tab changes the other shows when somebody comes back to it', async () => {
      const page = await signIn(running, proxy.url, 'Fay')
      await page.goto(`${proxy.url}/app/`)
      const receipts = page.getByText(/[\d,]+ receipts? so far/)
      const before = await receipts.textContent()
      await running.owner.perform('case.create', { title: 'From elsewhere' })
      await comeBack(page)
      await page.getByText(before ?? '').waitFor({ state: 'hidden' })
      await receipts.waitFor()
      await page.close()
    })
  },
)

test(
  'without a network, and beside a newer server, the console says what to do',
  { skip: noBrowser, timeout: 200_000 },
  async (t) => {
    await using running = await startConsole()
    await using proxy = await startStrainingProxy(running.url)
    const page = await signIn(running, proxy.url)

    await t.test('offline and online again: it says so, keeps the form, and goes on', async () => {
      await openForm(page, proxy.url, 'Typed in a tunnel')
      await page.context().setOffline(true)
      await create(page).click()
      await page.getByText('The server does not answer').waitFor()
      assert.equal(await page.getByLabel(/title/i).first().inputValue(), 'Typed in a tunnel')
      await page.context().setOffline(false)
      await create(page).click()
      await page.getByRole('heading', { name: 'Done', exact: true }).waitFor()
      assert.equal(await casesCalled(running, 'Typed in a tunnel'), 1)
    })

    await t.test(
      'a screen whose code does not come says so, the frame stays, and it is tried again',
      async () => {
        await forgetFiles(page)
        await page.goto(`${proxy.url}/app/`)
        await page.getByText(/Sandbox level/).waitFor()
        proxy.strain(/^GET \/app\/assets\/operation-page/, {
          kind: 'instead',
          status: 404,
          type: 'text/plain',
          body: '',
        })
        await page.keyboard.press('Control+k')
        await page.getByPlaceholder('Where to, or what to do?').fill('open a case')
        await page.keyboard.press('Enter')
        await page.getByText('This page could not be loaded').waitFor()
        await page.getByRole('button', { name: 'Reload the page' }).waitFor()
        await page.getByRole('button', { name: 'Sign out' }).waitFor()
        assert.doesNotMatch(await page.locator('main').innerText(), /\.js|at \w+ \(/)
        proxy.ease()
        await page.getByRole('button', { name: 'Try again' }).click()
        await create(page).waitFor()
      },
    )

    await t.test('where the palette does not come, what was typed on the page stays', async () => {
      await forgetFiles(page)
      await openForm(page, proxy.url, 'Typed before')
      proxy.strain(/^GET \/app\/assets\/command-palette/, page502)
      await page.getByRole('button', { name: 'Do anything' }).click()
      await page.getByText('This page could not be loaded').waitFor()
      assert.equal(await page.getByLabel(/title/i).first().inputValue(), 'Typed before')
      proxy.ease()
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.getByPlaceholder('Where to, or what to do?').waitFor()
      await page.keyboard.press('Escape')
      assert.equal(await page.getByLabel(/title/i).first().inputValue(), 'Typed before')
    })

    assert.deepEqual(
      running.browser.complaints.filter((each) => /Content Security Policy|Trusted/.test(each)),
      [],
    )
  },
)

function create(page: Page) {
  return page.getByRole('button', { name: 'Open a case' })
}

async function openForm(page: Page, url: string, title?: string): Promise<void> {
  await page.goto(`${url}/app/do/case.create`)
  await page.getByRole('heading', { name: 'Open a case' }).waitFor()
  if (title !== undefined) await page.getByLabel(/title/i).first().fill(title)
}

/** What is kept for ever would never meet the proxy. */
async function forgetFiles(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Network.clearBrowserCache')
  await devtools.detach()
}

/** As when somebody turns to this window again. */
async function comeBack(page: Page): Promise<void> {
  await page.evaluate('window.dispatchEvent(new Event("focus"))')
}

/** A sign-in link of somebody new, or of the one who has this name already. */
async function linkFor({ owner }: RunningConsole, url: string, name: string): Promise<string> {
  const invited = await owner.perform('user.invite', { name, roles: ['administrator', 'analyst'] })
  assert.ok(invited.ok)
  return `${url}/sign-in#secret=${invited.value.secret}`
}

async function signIn(running: RunningConsole, url: string, name = 'Somebody'): Promise<Page> {
  const page = await running.browser.open()
  await page.goto(await linkFor(running, url, name))
  // Where somebody is signed in already the page asks first.
  const instead = page.getByRole('button', { name: 'Sign in with this link' })
  await instead
    .or(page.getByRole('heading', { level: 1 }))
    .first()
    .waitFor()
  await Promise.race([page.waitForURL(/\/app\//), instead.click()])
  await page.waitForURL(/\/app\//)
  await page.getByText(/Sandbox level/).waitFor()
  return page
}

async function casesCalled({ owner }: RunningConsole, title: string): Promise<number> {
  const cases = await owner.perform('case.list', { limit: 200 })
  assert.ok(cases.ok)
  return cases.value.rows.filter((each) => each.title === title).length
}
