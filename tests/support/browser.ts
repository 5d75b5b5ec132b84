import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Page } from 'playwright-core'

const executablePath = '/usr/bin/chromium'

/** Why tests in a browser cannot run here, or `false`. */
export const noBrowser: string | false = existsSync(executablePath)
  ? false
  : `no Chromium at ${executablePath} (apt-get install chromium)`

export interface Browser extends AsyncDisposable {
  open(options?: { readonly width?: number; readonly dark?: boolean }): Promise<Page>
  /** Every request of every page, whether it was answered or not. */
  readonly requests: readonly string[]
  /** What pages wrote to their consoles, and exceptions that nobody caught. */
  readonly complaints: readonly string[]
}

/** A Chromium with a profile of its own that knows nothing; without a network unless it is asked for. */
export async function startBrowser({
  network = false,
}: { readonly network?: boolean } = {}): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'switchboard-browser-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    acceptDownloads: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  await context.setOffline(!network)
  const requests: string[] = []
  const complaints: string[] = []
  context.on('request', (request) => requests.push(request.url()))
  return {
    requests,
    complaints,
    async open({ width = 1280, dark = false } = {}) {
      const page = await context.newPage()
      page.on('console', (message) => complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(error.message))
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' })
      return page
    },
    async [Symbol.asyncDispose]() {
      await context.close()
      // Its children may still be writing there when it says that it has ended.
      await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    },
  }
}
