import type { Locator, Page } from 'playwright-core'
import { startConsole } from './console.ts'
import type { RunningConsole } from './console.ts'
import { temporaryFolder } from './running-server.ts'
import { buildPackage, bundlingFiles, dataPackage } from './test-package.ts'

/** As much as a manifest lets a stranger write: markup, right-to-left letters, an unseen space, no place to break. */
const hostileTitle = `<img src=x onerror=alert(1)> \u05d0\u05d1\u05d2 \u200b${'W'.repeat(60)}`
const hostileSummary = `<b>granted</b> \u0645\u0631\u062d\u0628\u0627 ${'x'.repeat(470)}`
const asking = {
  capabilities: { graph: ['read'], cases: ['read'], network: false },
  optionalCapabilities: { net: ['api.example.org'], secrets: ['api-key'], store: ['kv'] },
  title: 'Finds things',
  summary: 'Looks for what it is asked in the graph.',
  licence: 'Apache-2.0',
}

export interface ShelfConsole extends AsyncDisposable {
  readonly running: RunningConsole
  /** For files that are chosen. */
  readonly folder: string
  go(page: Page, path: string): Promise<unknown>
}

/**
 * A console whose shelf holds `finder`, which asks for much, `bundler`, which brings a library, `stranger`, which is named
 * with malice, and `ports`, which is data. Nothing is installed.
 */
export async function startShelfConsole(): Promise<ShelfConsole> {
  const work = await temporaryFolder()
  const running = await startConsole()
  const packages = await Promise.all([
    buildPackage({ name: 'finder', manifest: asking, code: "return await api.graph.search({ q: 'a' })" }),
    buildPackage({ name: 'bundler', files: bundlingFiles, manifest: { title: 'With a library' } }),
    buildPackage({ name: 'stranger', manifest: { title: hostileTitle, summary: hostileSummary } }),
    dataPackage({
      name: 'ports',
      csv: 'port,service\n22,ssh\n',
      columns: [
        { name: 'port', type: 'integer' },
        { name: 'service', type: 'string' },
      ],
      key: { kind: 'exact', column: 'port' },
    }),
  ])
  await running.shelve(packages)
  return {
    running,
    folder: work.path,
    go: (page, path) => page.goto(`${running.url}/app${path}`),
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]()
      await work[Symbol.asyncDispose]()
    },
  }
}

/** The button of this name and no other. */
export function button(page: Page, name: string): Locator {
  return page.getByRole('button', { name, exact: true })
}
