import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import assert from 'node:assert/strict'
import type { Locator, Page } from 'playwright-core'
import { createClient } from '@switchboard/api'
import type { Client, InputOf, OperationByName, OperationName, OutputOf } from '@switchboard/api'
import { ensureConsole } from '../../scripts/bootstrap/console.mjs'
import { startBrowser } from './browser.ts'
import type { Browser } from './browser.ts'
import { ownerToken, startServer } from './running-server.ts'
import type { RunningServer, ServerOptions } from './running-server.ts'
import { testPublisher } from './test-package.ts'

type Role = InputOf<OperationByName<'user.invite'>>['roles'][number]

export interface RunningConsole extends AsyncDisposable {
  readonly url: string
  readonly server: RunningServer
  readonly browser: Browser
  /** The owner's, by the token that the server wrote for the command. */
  readonly owner: Client
  /** What the owner is answered; anything but a value fails the test. */
  value<N extends OperationName>(
    name: N,
    input: InputOf<OperationByName<N>>,
  ): Promise<OutputOf<OperationByName<N>>>
  /** Pins the publisher of the tests' packages, under a name, and puts these on the shelf. */
  shelve(packages: readonly Uint8Array[], publisher?: string): Promise<void>
  /** A page of somebody new with these roles, signed in by a link and in a browser of their own. */
  signIn(name: string, roles: readonly Role[]): Promise<Page>
  /** In nobody's browser was anything asked for elsewhere, did a page do what its policy forbids, or throw. */
  assertContained(): void
}

/** The console as people have it: built, served by a real server, opened in Chromium. */
export async function startConsole(options: ServerOptions = {}): Promise<RunningConsole> {
  ensureConsole()
  const server = await startServer(options)
  const url = await server.ready
  const owner = createClient({ baseUrl: url, token: await ownerToken(server.folder), fetch })
  const browser = await startBrowser({ network: true })
  const others: Browser[] = []
  let isFirst = true
  async function value<N extends OperationName>(
    name: N,
    input: InputOf<OperationByName<N>>,
  ): Promise<OutputOf<OperationByName<N>>> {
    const answer = await owner.perform(name, input)
    assert.ok(answer.ok, answer.ok ? '' : `${name}: ${answer.denial.message}`)
    return answer.value
  }
  return {
    url,
    server,
    browser,
    owner,
    value,
    async shelve(packages, publisher = 'Test publisher') {
      await value('publisher.trust', { publisher, key: testPublisher.publicKeyPem })
      for (const bytes of packages)
        await value('package.add', { content: Buffer.from(bytes).toString('base64') })
    },
    async signIn(name, roles) {
      const { secret } = await value('user.invite', { name, roles: [...roles] })
      // Cookies are the browser's: each person has their own.
      const own = isFirst ? browser : await startBrowser({ network: true })
      if (!isFirst) others.push(own)
      isFirst = false
      const page = await own.open()
      await page.goto(`${url}/sign-in#secret=${secret}`)
      await page.waitForURL(/\/app\//)
      return page
    },
    assertContained() {
      for (const { requests, complaints } of [browser, ...others]) {
        assert.deepEqual(
          requests.filter((each) => !/^(data|blob):/.test(each) && !each.startsWith(url)),
          [],
        )
        assert.deepEqual(
          complaints.filter((each) =>
            /Content Security Policy|Trusted|Uncaught|TypeError|Minified React|unique "key"/.test(each),
          ),
          [],
        )
      }
    },
    async [Symbol.asyncDispose]() {
      for (const each of [browser, ...others]) await each[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
/** Pictures of every screen, for people to look at; git ignores them. */
const pictures = fileURLToPath(new URL('../../.screens', import.meta.url))

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string }[]
}

/**
 * Holds the screen as it stands against axe in both themes, 1280 and 390 pixels wide, and takes a picture of each. Nothing
 * serious or critical is let through, and nothing that scrolls sideways.
 *
 * @param name of the pictures, such as `plugins-detail`.
 */
export async function inspectScreen(page: Page, name: string): Promise<void> {
  await mkdir(pictures, { recursive: true })
  const before = page.viewportSize() ?? { width: 1280, height: 900 }
  const script = await readFile(axe, 'utf8')
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1280, 390]) {
      const where = `${name}-${colorScheme}-${width}`
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize({ width, height: 900 })
      await page.locator(`html[data-${colorScheme}]`).waitFor({ state: 'attached' })
      await atRest(page)
      // Evaluated from outside, not as a script of the page: its policy would refuse one.
      await page.evaluate(script)
      const violations = (await page.evaluate(
        '(async () => (await axe.run({ resultTypes: ["violations"] })).violations.filter(({ impact }) => impact === "serious" || impact === "critical"))()',
      )) as readonly Violation[]
      found.push(
        ...violations.map(({ id, nodes }) => `${where}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`),
      )
      const sideways = (await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      )) as number
      if (sideways > 0) found.push(`${where}: ${sideways} pixels wider than the screen`)
      // Nobody looks at pictures in CI.
      if (process.env['CI'] !== undefined) continue
      // What is fixed to the window would otherwise stand in the middle of a long picture.
      const scrolled = await page.evaluate('scrollY')
      await page.evaluate('scrollTo(0, 0)')
      await writeFile(join(pictures, `${where}.png`), await page.screenshot({ fullPage: true }))
      await page.evaluate(`scrollTo(0, ${Number(scrolled)})`)
    }
  await page.setViewportSize(before)
  await page.emulateMedia({ colorScheme: 'light' })
  await page.locator('html[data-light]').waitFor({ state: 'attached' })
  await atRest(page)
  assert.deepEqual(found, [])
}

/** A colour on its way to another has no contrast that means anything. What waits may pulse for ever. */
async function atRest(page: Page): Promise<void> {
  await page.evaluate(`Promise.all(
    document.getAnimations()
      .filter((each) => each.effect.getComputedTiming().iterations !== Infinity)
      .map((each) => each.finished.catch(() => undefined)),
  )`)
}

/** Resolves when the page has drawn what it knows and listens to keys: it does so after it is seen. */
export async function settled(page: Page): Promise<void> {
  for (let frame = 0; frame < 2; frame += 1)
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done)))')
}

/** Ends the session. Until the page asks for something to be done nothing else of it asks, or that would notice before. */
export async function endSession(page: Page): Promise<void> {
  const acted = Promise.withResolvers<void>()
  const everything = '**/*'
  await page.route(everything, async function hold(route) {
    if (route.request().method() === 'GET') await acted.promise
    else {
      await page.unroute(everything, hold)
      acted.resolve()
    }
    await route.fallback()
  })
  await page.context().clearCookies()
}

/** A picture of the window, with a part of the page at its top: what the README shows. */
export async function takePicture(page: Page, top: Locator, name: string): Promise<void> {
  await mkdir(pictures, { recursive: true })
  const before = page.viewportSize() ?? { width: 1280, height: 900 }
  await page.setViewportSize({ width: 1280, height: 1000 })
  await top.evaluate((element) => {
    const bar = 80
    scrollTo(0, element.getBoundingClientRect().top + scrollY - bar)
  })
  await writeFile(join(pictures, `${name}.png`), await page.screenshot())
  await page.setViewportSize(before)
}
