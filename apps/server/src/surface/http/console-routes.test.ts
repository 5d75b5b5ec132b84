import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { allow } from '@switchboard/api'
import { createFakeGate, startSurface } from '../testing/surface-under-test.ts'

const gate = createFakeGate(() => allow({}))

function built(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-console-'))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>console</title>')
  writeFileSync(join(folder, 'assets', 'index-1.js'), 'run()')
  writeFileSync(join(folder, 'notes.txt'), 'not for the browser')
  return folder
}

test('the console answers its files, its page for every address below it, and nothing for a file that is gone', async (t) => {
  await using server = await startSurface(gate, { config: { consoleFolder: built(t) } })
  const at = (path: string) => fetch(`${server.baseUrl}${path}`, { redirect: 'manual' })
  assert.equal((await at('/')).headers.get('location'), '/app/')
  for (const path of ['/app/', '/app/plugins/ioc-triage', '/app/evidence/receipts/rct_1']) {
    const page = await at(path)
    assert.match(await page.text(), /<title>console/, path)
    assert.equal(page.headers.get('cache-control'), 'no-cache', path)
  }
  const script = await at('/app/assets/index-1.js')
  assert.deepEqual(
    [await script.text(), script.headers.get('content-type'), script.headers.get('cache-control')],
    ['run()', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
  )
  for (const path of ['/app/assets/index-0.js', '/app/assets/nothing', '/app/gone.js'])
    assert.equal((await at(path)).status, 404, path)
  // What was not built for browsers is no file of the console, wherever it lies.
  for (const path of ['/app/do/case.create', '/app/notes.txt', '/app/..%2f..%2fpackage.json'])
    assert.match(await (await at(path)).text(), /<title>console/, path)
})

test('no script of the console comes from elsewhere or stands in a page, and no style does', async (t) => {
  await using server = await startSurface(gate, { config: { consoleFolder: built(t) } })
  const policy = (await fetch(`${server.baseUrl}/app/`)).headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'/)
  assert.match(policy, /script-src 'self' 'wasm-unsafe-eval';/)
  assert.match(policy, /require-trusted-types-for 'script'/)
  assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|https?:|\*/)
})

test('a server whose console was not built sends people to what it can do', async () => {
  await using server = await startSurface(gate, { config: { consoleFolder: '/nowhere' } })
  const home = await fetch(`${server.baseUrl}/`, { redirect: 'manual' })
  assert.equal(home.headers.get('location'), '/docs')
  assert.equal((await fetch(`${server.baseUrl}/app/`)).status, 404)
})
