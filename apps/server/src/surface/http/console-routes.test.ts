import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { allow } from '@switchboard/api'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
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
  // What the start page is about outlives a reload.
  assert.equal(
    (await at('/app?case=case_1&run=run_1')).headers.get('location'),
    '/app/?case=case_1&run=run_1',
  )
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

test('a file goes out as small as the browser can read it, made beforehand, and a browser that holds it is told so', async (t) => {
  const folder = built(t)
  const script = `export const words = '${'the same again, '.repeat(500)}'`
  const file = join(folder, 'assets', 'index-2.js')
  writeFileSync(file, script)
  writeFileSync(`${file}.br`, brotliCompressSync(script))
  writeFileSync(`${file}.gz`, gzipSync(script))
  // Larger than what it stands for: never sent.
  writeFileSync(join(folder, 'index.html.br'), 'x'.repeat(1000))
  await using server = await startSurface(gate, { config: { consoleFolder: folder } })
  const at = (path: string, headers: Record<string, string>, method = 'GET') =>
    request(`${server.baseUrl}${path}`, { method, headers })

  const tags = new Set<string>()
  for (const [accepted, coding, read] of [
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['gzip, deflate', 'gzip', gunzipSync],
    ['identity', undefined, (bytes: Buffer) => bytes],
  ] as const) {
    const { status, headers, bytes } = await at('/app/assets/index-2.js', { 'accept-encoding': accepted })
    assert.equal(status, 200)
    assert.equal(headers['content-encoding'], coding)
    assert.equal(read(bytes).toString(), script)
    assert.equal(headers['content-length'], String(bytes.length))
    assert.equal(headers['vary'], 'accept-encoding')
    assert.equal(headers['content-type'], 'text/javascript; charset=utf-8')
    const etag = headers['etag'] ?? ''
    tags.add(etag)

    const head = await at('/app/assets/index-2.js', { 'accept-encoding': accepted }, 'HEAD')
    assert.deepEqual([head.status, head.bytes.length], [200, 0])
    assert.equal(head.headers['content-length'], String(bytes.length))
    assert.equal(head.headers['content-encoding'], coding)

    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await at('/app/assets/index-2.js', {
        'accept-encoding': accepted,
        'if-none-match': known,
      })
      assert.deepEqual([again.status, again.bytes.length], [304, 0], known)
      assert.equal(again.headers['etag'], etag)
      assert.equal(again.headers['vary'], 'accept-encoding')
      assert.equal(again.headers['cache-control'], 'public, max-age=31536000, immutable')
    }
  }
  // One tag for two forms would let a cache hand out bytes that its asker cannot read.
  assert.equal(tags.size, 3)

  const page = await at('/app/cases', { 'accept-encoding': 'br' })
  assert.equal(page.headers['content-encoding'], undefined)
  assert.match(page.bytes.toString(), /<title>console/)
  const unchanged = await at('/app/', { 'if-none-match': page.headers['etag'] ?? '' })
  assert.equal(unchanged.status, 304)
  assert.match(String(unchanged.headers['content-security-policy']), /require-trusted-types-for/)
  assert.equal((await at('/app/', { 'if-none-match': '"other"' })).status, 200)
})

/** As the bytes came: `fetch` would decompress them. */
async function request(url: string, options: { method: string; headers: Record<string, string> }) {
  const sent = http.request(url, options).end()
  const [response] = (await once(sent, 'response')) as [http.IncomingMessage]
  return { status: response.statusCode, headers: response.headers, bytes: await buffer(response) }
}

test('no script of the console comes from elsewhere or stands in a page, no style does, and nobody frames or opens it', async (t) => {
  await using server = await startSurface(gate, { config: { consoleFolder: built(t) } })
  const emptyStyle = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
  for (const path of ['/app/', '/app/cases/any?tab=notes', '/app/assets/index-1.js']) {
    const { headers } = await fetch(`${server.baseUrl}${path}`)
    // Word for word: a source more than these has to be argued for here.
    assert.deepEqual((headers.get('content-security-policy') ?? '').split('; '), [
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "worker-src 'self'",
      `style-src 'self' ${emptyStyle}`,
      "img-src 'self' data:",
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      // Lets the verifier's worker start.
      'trusted-types verifier-worker',
    ])
    const rest = {
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=()',
      'access-control-allow-origin': null,
      'set-cookie': null,
    }
    for (const [name, value] of Object.entries(rest))
      assert.equal(headers.get(name), value, `${path} ${name}`)
  }
})

test('a server whose console was not built sends people to what it can do', async () => {
  await using server = await startSurface(gate, { config: { consoleFolder: '/nowhere' } })
  const home = await fetch(`${server.baseUrl}/`, { redirect: 'manual' })
  assert.equal(home.headers.get('location'), '/docs')
  assert.equal(server.surface.home, '/docs')
  assert.equal((await fetch(`${server.baseUrl}/app/`)).status, 404)
})
