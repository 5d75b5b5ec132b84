import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { allow, deny, logDenials, openApiDocument } from '@switchboard/api'
import { buildVerifierPage } from '@switchboard/verifier/page'
import { createFakeGate, startSurface } from '../testing/surface-under-test.ts'

const gate = createFakeGate(() => allow({}))

test('each log is served in the paths of C2SP tlog-tiles: full tiles for ever, the checkpoint never from a cache', async () => {
  const asked: string[] = []
  await using server = await startSurface(gate, {
    deps: {
      tiles: {
        checkpoint: async (log) => `${log} origin\n1\nAAAA\n\n— origin sig\n`,
        tile: async (log, path) => {
          asked.push(`${log} ${path}`)
          return path.startsWith('tile/0/x001/234') ? Buffer.alloc(32, 7) : undefined
        },
        rotations: async () => ['first\n', 'second\n'],
      },
    },
  })
  const get = (path: string) => fetch(`${server.baseUrl}${path}`)
  const cached = (answer: Response) => answer.headers.get('cache-control')
  for (const [at, log] of [
    ['', ''],
    ['/logs/5f3e9a01/short', 'logs/5f3e9a01/short'],
  ]) {
    asked.length = 0
    const checkpoint = await get(`${at}/checkpoint`)
    const note = `${log} origin\n1\nAAAA\n\n— origin sig\n`
    assert.deepEqual([await checkpoint.text(), cached(checkpoint)], [note, 'no-cache'])
    const partial = await get(`${at}/tile/0/x001/234.p/17`)
    assert.equal((await partial.bytes()).byteLength, 32)
    assert.equal(cached(partial), 'public, max-age=5')
    assert.match(cached(await get(`${at}/tile/0/x001/234`)) ?? '', /immutable/)
    assert.deepEqual(asked, [`${log} tile/0/x001/234.p/17`, `${log} tile/0/x001/234`])
    // Anybody may see how the key came to be the one it is.
    assert.deepEqual(await (await get('/logs/rotations')).json(), { rotations: ['first\n', 'second\n'] })
    for (const path of ['/tile/0/005', '/tile/0/..%2f..%2fkeys', '/tile/'])
      assert.equal((await get(`${at}${path}`)).status, 404, path)
  }
})

test("the verifier's page is the one that the command writes, and its policy allows nothing but itself", async () => {
  await using server = await startSurface(gate)
  const answer = await fetch(`${server.baseUrl}/verify`)
  const { html, policy } = await buildVerifierPage()
  assert.equal(await answer.text(), html)
  assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
  assert.equal(answer.headers.get('content-security-policy'), `${policy}; frame-ancestors 'none'`)
  assert.match(
    policy,
    /^default-src 'none'; script-src 'sha256-[^']+' 'wasm-unsafe-eval'; style-src 'sha256-[^']+';/,
  )
  assert.doesNotMatch(policy, /unsafe-inline|https?:|\*/)
})

test('entries of a log are asked for at the gate, as whoever asks, and kept by no cache', async () => {
  const entries = Buffer.from('entry bundle')
  const gated = createFakeGate(({ caller }) =>
    caller.kind === 'none'
      ? deny(logDenials, 'log_unknown', { log: '5f3e9a01/short' })
      : allow({ entries: entries.toString('base64') }),
  )
  await using server = await startSurface(gated)
  const address = `${server.baseUrl}/logs/5f3e9a01/short/tile/entries/x001/234.p/5`
  const answer = await fetch(address, { headers: { authorization: 'Bearer secret' } })
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), entries)
  assert.equal(answer.headers.get('cache-control'), 'private, no-store')
  assert.equal(answer.headers.get('content-type'), 'application/octet-stream')
  assert.equal((await fetch(address)).status, 404)
  await fetch(`${server.baseUrl}/tile/entries/000`)
  assert.deepEqual(
    gated.asked.map(({ operation, input, caller }) => [operation, input, caller.kind]),
    [
      ['log.entries', { log: '5f3e9a01/short', tile: 'tile/entries/x001/234.p/5' }, 'token'],
      ['log.entries', { log: '5f3e9a01/short', tile: 'tile/entries/x001/234.p/5' }, 'none'],
      ['log.entries', { log: '', tile: 'tile/entries/000' }, 'none'],
    ],
  )
})

test('health, readiness and numbers are there from the start', async () => {
  let storeWorks = true
  await using server = await startSurface(gate, {
    deps: {
      health: { ready: async () => ({ store: storeWorks }), facts: () => ({ witnessed: 'refused' }) },
    },
  })
  assert.equal((await fetch(`${server.baseUrl}/healthz`)).status, 200)
  assert.deepEqual(await (await fetch(`${server.baseUrl}/readyz`)).json(), {
    ready: true,
    checks: { store: true, accepting: true },
    witnessed: 'refused',
  })
  storeWorks = false
  assert.equal((await fetch(`${server.baseUrl}/readyz`)).status, 503)

  server.metrics.pluginExec({ plugin: 'ioc-triage', outcome: 'succeeded', ms: 7 })
  server.metrics.pluginRowsRead({ plugin: 'ioc-triage', org: 'org_1', rows: 12 })
  server.metrics.receiptsPending(() => 3)
  const text = await (await fetch(`${server.baseUrl}/metrics`)).text()
  assert.match(text, /^marketplace_signature_fail_total 0$/m)
  for (const bucket of [50, 100, 200, 400, 800, 1600])
    assert.match(text, new RegExp(`^plugin_exec_ms_bucket\\{le="${bucket}",`, 'm'))
  assert.match(text, /^plugin_rows_total\{plugin="ioc-triage",org="org_1"\} 12$/m)
  assert.match(text, /^receipts_pending 3$/m)
  assert.match(text, /^graph_3hop_ms_count 0$/m)
  assert.match(text, /^http_request_ms_count\{method="GET",route="\/readyz",status="503"\} 1$/m)
})

test('a stopping server finishes what is under way, says that it is not ready, and then is gone', async () => {
  let finish: () => void = () => undefined
  const slow = createFakeGate(() => new Promise((resolve) => (finish = () => resolve(allow({ done: true })))))
  const server = await startSurface(slow)
  const underWay = fetch(`${server.baseUrl}/me`)
  while (slow.asked.length === 0) await sleep(2)
  const closed = server.surface.close()
  finish()
  assert.deepEqual(await (await underWay).json(), { done: true })
  await closed
  await assert.rejects(fetch(`${server.baseUrl}/healthz`))
})

test('what never finishes is cut at the deadline', async () => {
  const never = createFakeGate(() => new Promise(() => undefined))
  const server = await startSurface(never, { config: { shutdownSeconds: 0.05 } })
  const underWay = fetch(`${server.baseUrl}/me`)
  while (never.asked.length === 0) await sleep(2)
  const [answer] = await Promise.allSettled([underWay, server.surface.close()])
  assert.equal(answer.status, 'rejected')
})

test('the documents are served as they are generated, and the pages run nothing from elsewhere', async () => {
  await using server = await startSurface(gate)
  assert.deepEqual(
    await (await fetch(`${server.baseUrl}/openapi.json`)).json(),
    JSON.parse(JSON.stringify(openApiDocument('0.0.0'))),
  )
  const docs = await fetch(`${server.baseUrl}/docs`)
  const html = await docs.text()
  assert.match(html, /id="plugin\.install"/)
  assert.match(html, /id="denial-BudgetExceeded-time"/)
  assert.doesNotMatch(html, /<script|<img|(?:src|href)="(?!\/|#)/)
  assert.match(docs.headers.get('content-security-policy') ?? '', /script-src 'none'/)
  const signIn = await fetch(`${server.baseUrl}/sign-in`)
  const page = await signIn.text()
  const [, hash] =
    /script-src '(sha256-[^']+)'/.exec(signIn.headers.get('content-security-policy') ?? '') ?? []
  const [, script = ''] = /<script>([\s\S]*)<\/script>/.exec(page) ?? []
  const { createHash } = await import('node:crypto')
  assert.equal(hash, `sha256-${createHash('sha256').update(script).digest('base64')}`)
})
