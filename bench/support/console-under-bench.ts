import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@switchboard/api'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContext } from 'playwright-core'
import { ensureConsole } from '../../scripts/bootstrap/console.mjs'
import { startServer } from './server-process.ts'

export interface Network {
  readonly bitsPerSecond: number
  readonly roundTripMs: number
  /** How many times slower the processor is than it is. */
  readonly slowdown: number
}

/** One load of a page, ms since it was asked for. */
export interface PageLoad {
  readonly loadedMs: number
  /** Something of it was seen. */
  readonly paintedMs: number
  /** The last answer that it waited for was there. */
  readonly answeredMs: number
  /** The screen shows what was answered, and takes what somebody types or clicks. */
  readonly usableMs: number
  readonly requests: number
  readonly encodedBytes: number
  readonly decodedBytes: number
}

export interface ConsoleUnderBench extends AsyncDisposable {
  readonly browserVersion: string
  /** Loads a page signed in: with what a visit before has left in the cache, or in a browser that knows nothing. */
  load(
    path: string,
    options: { readonly network: Network | undefined; readonly cached: boolean },
  ): Promise<PageLoad>
}

/** The product with its console, in the real Chromium. */
export async function openConsoleUnderBench(): Promise<ConsoleUnderBench> {
  ensureConsole()
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-bench-'))
  const server = await startServer(folder)
  const session = await signIn(server)
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  return {
    browserVersion: browser.version(),
    load: async (path, { network, cached }) => {
      const context = await openContext(browser, { url: server.url, session })
      try {
        if (cached) await loadOnce(context, `${server.url}${path}`, undefined)
        return await loadOnce(context, `${server.url}${path}`, network)
      } finally {
        await context.close()
      }
    },
    async [Symbol.asyncDispose]() {
      await browser.close()
      await server.stop()
      await rm(folder, { recursive: true })
    },
  }
}

async function signIn({ url, token }: { readonly url: string; readonly token: string }): Promise<string> {
  const owner = createClient({ baseUrl: url, token, fetch })
  const invited = await owner.perform('user.invite', { name: 'bench', roles: ['administrator', 'analyst'] })
  if (!invited.ok) throw new Error(invited.denial.message)
  const response = await fetch(`${url}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ secret: invited.value.secret }),
  })
  const session = /switchboard_session=([^;]+)/.exec(response.headers.get('set-cookie') ?? '')?.[1]
  if (session === undefined) throw new Error(`Signing in answered ${response.status}.`)
  return session
}

async function openContext(
  browser: Browser,
  { url, session }: { readonly url: string; readonly session: string },
): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  await context.addCookies([{ name: 'switchboard_session', value: session, url }])
  await context.addInitScript(watch)
  return context
}

async function loadOnce(
  context: BrowserContext,
  address: string,
  network: Network | undefined,
): Promise<PageLoad> {
  const page = await context.newPage()
  if (network !== undefined) {
    const devtools = await context.newCDPSession(page)
    await devtools.send('Network.enable')
    await devtools.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: network.roundTripMs,
      downloadThroughput: network.bitsPerSecond / 8,
      uploadThroughput: network.bitsPerSecond / 8,
    })
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: network.slowdown })
  }
  await page.goto(address)
  const load = (await page.evaluate(read)) as PageLoad
  await page.close()
  return load
}

/**
 * Runs before the page: looks at each frame whether the screen is there, then waits until the thread is free for whoever
 * clicks. A page without the console's frame is usable when it is loaded.
 */
const watch = `globalThis.usable = new Promise((resolve) => {
  const look = () => {
    const isThere = document.readyState === 'complete' && (document.getElementById('root') === null ||
      (document.querySelector('nav') !== null && document.querySelector('main h1') !== null &&
        document.querySelector('[aria-busy="true"]') === null))
    if (isThere) setTimeout(() => resolve(performance.now()), 0)
    else requestAnimationFrame(look)
  }
  look()
})`

const read = `(async () => {
  const usableMs = await globalThis.usable
  const [page] = performance.getEntriesByType('navigation')
  const files = performance.getEntriesByType('resource').filter((each) => each.responseEnd <= usableMs)
  const all = [page, ...files]
  const sum = (name) => all.reduce((total, each) => total + each[name], 0)
  const painted = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? usableMs
  return {
    loadedMs: page.loadEventEnd || usableMs,
    paintedMs: painted,
    answeredMs: Math.max(...all.map((each) => each.responseEnd)),
    usableMs,
    requests: all.length,
    encodedBytes: sum('encodedBodySize'),
    decodedBytes: sum('decodedBodySize'),
  }
})()`
