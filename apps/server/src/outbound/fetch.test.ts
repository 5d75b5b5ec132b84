import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { verifyBundle } from '@switchboard/verifier'
import { nodeCrypto } from '@switchboard/verifier/node'
import { outsideWorld } from '../../../../tests/support/outside-world.ts'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import type { People, TestServer, TestServerOptions } from '../../../../tests/support/test-server.ts'
import { brokenInvariants } from '../../../../tests/support/evidence-invariants.ts'

const api = 'api.outside.example'
const other = 'other.outside.example'
const value = 'sk-live-0123456789abcdef'

/** A plugin that does with `api.net.fetch` what its input says, and answers what it was given or refused. */
const probe = `
  const told = []
  for (const request of args.requests) {
    try {
      told.push(await api.net.fetch(request))
    } catch (error) {
      told.push({ code: error.code, params: error.params, change: error.change, message: error.message })
    }
  }
  console.log(JSON.stringify(told))
  return { told }
`
const manifest = {
  capabilities: { network: false, net: [api, other], secrets: ['api-key'] },
}
const everything = [`net:${api}`, `net:${other}`, 'secret:api-key']

type Told = Readonly<Record<string, unknown>> & {
  readonly code?: string
  readonly params: Readonly<Record<string, unknown>>
  readonly change: string
  readonly body: string
  readonly status?: number
}

async function world(t: TestContext, answer: RequestListener, options: TestServerOptions = {}) {
  const outside = outsideWorld(t)
  const port = await outside.serve([api, other], answer)
  const s = await createTestServer(t, {
    resolve: outside.resolve,
    ...options,
    config: {
      netCa: outside.caFile,
      netOpen: [api, other].map((name) => `https://${name}:${port}`).join(','),
      ...options.config,
    },
  })
  return { s, outside, port, at: `https://${api}:${port}`, there: `https://${other}:${port}` }
}

async function ask(s: TestServer, who: People, id: string, requests: readonly object[], more: object = {}) {
  const { result, runId } = await s.value(who.analyst, 'plugin.run', { id, input: { requests }, ...more })
  return { told: (result as { told: Told[] }).told, runId }
}

test('a grant lets a plugin ask a host, each request with its intent and its outcome; without one it is told what to grant', async (t) => {
  const { s, at } = await world(t, (_, response) => response.end('hello'))
  const id = await s.install(s.a, { code: probe, manifest })
  const refused = await ask(s, s.a, id, [{ url: `${at}/x` }])
  assert.equal(refused.told[0]?.code, 'CapabilityDenied')
  assert.deepEqual(refused.told[0]?.params, { capability: `net:${api}`, package: id, declared: true })
  assert.match(refused.told[0]?.change ?? '', /plugin grant probe net:api\.outside\.example/)

  await s.value(s.a.admin, 'plugin.grant', { id, caps: [`net:${api}`] })
  const { told, runId } = await ask(s, s.a, id, [{ url: `${at}/x` }])
  assert.deepEqual(
    [told[0]?.status, told[0]?.body, told[0]?.['encoding'], told[0]?.['cached']],
    [200, 'hello', 'utf8', false],
  )
  const receipts = (await s.receipts({ operation: 'net.fetch' })).filter(({ run }) => run === runId)
  assert.deepEqual(
    receipts.map(({ phase, decision }) => [phase, decision]),
    [
      ['intent', 'allowed'],
      ['outcome', 'allowed'],
    ],
  )
  assert.equal(receipts[1]?.parent, receipts[0]?.id)
  assert.equal(receipts[1]?.parts['subject']?.['target'], api)

  await s.value(s.a.admin, 'plugin.revoke', { id, caps: [`net:${api}`] })
  assert.equal((await ask(s, s.a, id, [{ url: `${at}/x` }])).told[0]?.code, 'CapabilityDenied')
  assert.deepEqual(await brokenInvariants(s.database.read, s.server.evidence.logKey), [])
})

test('names that nobody answers for hold one look-up of their organisation, and none of another', async (t) => {
  let held = 0
  let most = 0
  const { s, outside, at } = await world(t, (_, response) => response.end('hello'), {
    outboundLimits: { connectMs: 400 },
    resolve: async (host) => {
      if (!host.endsWith('silent.example')) return await outside.resolve(host)
      held += 1
      most = Math.max(most, held)
      // As the system's resolver: it goes on for as long as it likes, whoever still waits.
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      held -= 1
      return []
    },
  })
  const silent = ['a', 'b', 'c'].map((name) => `${name}.silent.example`)
  const scopes = silent.map((host) => `net:${host}`)
  const code =
    'return await Promise.all(args.urls.map((url) => api.net.fetch({ url }).catch((error) => error.params.reason)))'
  const id = await s.install(
    s.a,
    { code, manifest: { capabilities: { network: false, net: silent } } },
    scopes,
  )
  const theirs = await s.install(s.b, { code: probe, manifest }, [`net:${api}`])
  const urls = silent.flatMap((host) => [`https://${host}/1`, `https://${host}/2`])
  const stalled = s.value(s.a.analyst, 'plugin.run', { id, input: { urls } })
  while (held === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal((await ask(s, s.b, theirs, [{ url: at }])).told[0]?.status, 200)
  assert.deepEqual(
    (await stalled).result,
    urls.map(() => 'connect_timeout'),
  )
  assert.equal(most, 1)
})

test('requests, redirects and refusals are in the evidence of their case, and it verifies', async (t) => {
  const { s, at } = await world(t, (request, response) => {
    if (request.url === '/moved') return void response.writeHead(302, { location: '/end' }).end()
    response.end('hello')
  })
  const id = await s.install(s.a, { code: probe, manifest }, [`net:${api}`])
  const incident = await s.value(s.a.analyst, 'case.create', { title: 'Case', tlp: 'GREEN' })
  const requests = [
    { url: `${at}/moved` },
    { url: 'https://elsewhere.example/' },
    { url: 'https://127.0.0.1/' },
  ]
  await s.value(s.a.analyst, 'plugin.run', { id, case: incident.id, input: { requests } })
  while ((await s.server.evidence.pendingCount()) > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  const { bundle } = await s.value(s.a.analyst, 'evidence.export', { case: incident.id })
  const trust = { logKeys: [s.server.evidence.logKey] }
  const report = await verifyBundle(Buffer.from(bundle, 'base64'), trust, nodeCrypto)
  assert.deepEqual(report.findings, [])
  const { operations } = report.summary
  assert.ok(JSON.stringify(operations).includes('net.fetch'), JSON.stringify(operations))
})

test('what a plugin may not ask at all is refused by name, and nothing is sent', async (t) => {
  let reached = 0
  const { s, at, outside } = await world(t, (_, response) => {
    reached += 1
    response.end()
  })
  const id = await s.install(s.a, { code: probe, manifest }, everything)
  outside.names.set('api.outside.example', ['127.0.0.1'])
  const wrong: readonly [object, string][] = [
    [{ url: 'https://127.0.0.1/' }, 'net_url_refused'],
    [{ url: 'https://user:pass@api.outside.example/' }, 'net_url_refused'],
    [{ url: 'file:///etc/passwd' }, 'net_url_refused'],
    [{ url: 'https://elsewhere.example/' }, 'CapabilityDenied'],
    [{ url: `http://${api}/` }, 'net_destination_closed'],
    [{ url: `https://${api}:8443/` }, 'net_destination_closed'],
    [{ url: `https://${api}/` }, 'net_address_refused'],
    [{ url: at, headers: { Host: 'evil.example' } }, 'net_header_refused'],
    [{ url: at, headers: { 'Proxy-Authorization': 'x' } }, 'net_header_refused'],
    [{ url: at, headers: { 'transfer-encoding': 'chunked' } }, 'net_header_refused'],
    [{ url: at, headers: { 'content-length': '0' } }, 'net_header_refused'],
    [{ url: at, headers: { 'x-split': 'a\r\nX-Other: b' } }, 'net_header_refused'],
    [{ url: at, headers: { 'x-split\r\n': 'a' } }, 'net_header_refused'],
    [{ url: at, headers: { 'X-Twice': 'a', 'x-twice': 'b' } }, 'net_header_refused'],
    [{ url: at, method: 'CONNECT' }, 'input_invalid'],
    [{ url: at, method: 'TRACE' }, 'input_invalid'],
    [{ url: at, redirects: 50 }, 'input_invalid'],
    [{ url: at, socketPath: '/run/docker.sock' }, 'input_invalid'],
    [{ url: at, body: 'x'.repeat(262_145) }, 'input_invalid'],
    [{ url: at, auth: { secret: 'api-key', as: 'bearer' } }, 'secret_unknown'],
    [{ url: at, auth: { secret: 'other-key', as: 'bearer' } }, 'CapabilityDenied'],
  ]
  const { told } = await ask(
    s,
    s.a,
    id,
    wrong.map(([request]) => request),
  )
  assert.deepEqual(
    told.map(({ code }) => code),
    wrong.map(([, code]) => code),
  )
  assert.equal(reached, 0)
  assert.match(told[5]?.change ?? '', /SWITCHBOARD_NET_OPEN=https:\/\/api\.outside\.example:8443/)
})

test('nobody but a plugin sends anything out', async (t) => {
  const { s, at } = await world(t, (_, response) => response.end())
  for (const who of [s.a.analyst, s.a.admin, s.a.auditor]) {
    const denial = await s.denial(who, 'net.fetch', { url: at })
    assert.equal(denial.code, 'policy_denied')
  }
  assert.ok((await s.denial(s.a.analyst, 'net.fetch', { url: at })).message.includes('under a grant'))
})

test('a redirect is followed to a granted host alone, each hop with its own receipt; to another origin goes nothing that was meant for the first', async (t) => {
  const seen: [string | undefined, string | undefined, string | undefined, string | undefined][] = []
  const hop: { port: number } = { port: 0 }
  const { s, at, port, there } = await world(t, (request, response) => {
    seen.push([
      request.method,
      request.headers.host,
      request.headers['authorization'],
      request.headers['x-mine'] as string,
    ])
    const path = request.url ?? ''
    if (path === '/away')
      return void response.writeHead(302, { location: `https://${other}:${hop.port}/end` }).end()
    if (path === '/ungranted')
      return void response.writeHead(302, { location: 'https://elsewhere.example/' }).end()
    if (path === '/inside')
      return void response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end()
    if (path === '/down')
      return void response.writeHead(302, { location: `http://${api}:${hop.port}/` }).end()
    if (path === '/loop') return void response.writeHead(302, { location: '/loop' }).end()
    if (path === '/see-other') return void response.writeHead(303, { location: '/end' }).end()
    if (path === '/again')
      return void response.writeHead(307, { location: `https://${other}:${hop.port}/end` }).end()
    response.end(`ended at ${path}`)
  })
  hop.port = port
  const id = await s.install(s.a, { code: probe, manifest }, everything)
  await s.value(s.a.admin, 'secret.set', { package: id, name: 'api-key', hosts: [api, other], value })
  const auth = { secret: 'api-key', as: 'bearer' }
  const headers = { 'x-mine': 'mine' }
  const { told, runId } = await ask(s, s.a, id, [{ url: `${at}/away`, auth, headers }])
  assert.deepEqual([told[0]?.body, told[0]?.['url']], ['ended at /end', `${there}/end`])
  assert.deepEqual(seen, [
    ['GET', `${api}:${port}`, `Bearer ${value}`, 'mine'],
    ['GET', `${other}:${port}`, undefined, undefined],
  ])
  const targets = (await s.receipts({ operation: 'net.fetch' }))
    .filter(({ run, phase }) => run === runId && phase === 'intent')
    .map(({ parts }) => parts['subject']?.['target'])
  assert.deepEqual(targets, [api, other])

  const more = await ask(s, s.a, id, [
    { url: `${at}/ungranted` },
    { url: `${at}/inside` },
    { url: `${at}/down` },
    { url: `${at}/loop` },
    { url: `${at}/loop`, redirects: 0 },
    { url: `${at}/see-other`, method: 'POST', body: 'x', auth },
    { url: `${at}/again`, method: 'POST', body: 'x' },
  ])
  assert.deepEqual(
    more.told.map(({ code, status }) => code ?? status),
    [
      'CapabilityDenied',
      'net_redirect_refused',
      'net_destination_closed',
      'net_redirect_refused',
      302,
      200,
      'net_redirect_refused',
    ],
  )
  assert.equal(seen.filter(([method]) => method === 'POST').length, 2, 'no body was carried on')
  await s.value(s.a.admin, 'plugin.revoke', { id, caps: [`net:${other}`] })
  assert.equal((await ask(s, s.a, id, [{ url: `${at}/away` }])).told[0]?.code, 'CapabilityDenied')
  assert.deepEqual(await brokenInvariants(s.database.read, s.server.evidence.logKey), [])
})

test('a secret goes to the hosts it is bound to, in each way, and comes back to nobody', async (t) => {
  const { s, at, there } = await world(t, (request, response) => {
    const echo = JSON.stringify({
      url: request.url,
      headers: request.headers,
      hex: Buffer.from(value).toString('hex'),
    })
    response.setHeader('x-echo', request.headers['authorization'] ?? '').setHeader('content-encoding', 'gzip')
    response.end(gzipSync(echo))
  })
  const id = await s.install(s.a, { code: probe, manifest }, everything)
  const set = await s.value(s.a.admin, 'secret.set', { package: id, name: 'api-key', hosts: [api], value })
  assert.deepEqual(Object.keys(set).toSorted(), ['hosts', 'name', 'package', 'setAt', 'setBy'])
  const auths = [
    { secret: 'api-key', as: 'bearer' },
    { secret: 'api-key', as: 'header', name: 'X-Api-Key' },
    { secret: 'api-key', as: 'basic', user: 'me' },
    { secret: 'api-key', as: 'query', name: 'key' },
  ]
  const { told } = await ask(s, s.a, id, [
    ...auths.map((auth) => ({ url: `${at}/?a=1`, auth })),
    { url: `${there}/`, auth: auths[0] },
    { url: at, headers: { authorization: 'x' }, auth: auths[0] },
    { url: `${at}/?key=1`, auth: auths[3] },
    { url: at, auth: { secret: 'api-key', as: 'header', name: 'Host' } },
    { url: at, auth: { secret: 'api-key', as: 'header', name: 'x\r\ny' } },
    { url: at, auth: { secret: 'api-key', as: 'basic', user: 'a:b' } },
  ])
  for (const answer of told.slice(0, 4)) assert.match(answer.body, /\[secret api-key\]/)
  assert.match(told[1]?.body ?? '', /"x-api-key":"\[secret api-key\]"/)
  assert.equal(told[3]?.['url'], `${at}/?a=1`)
  assert.deepEqual(
    told.slice(4).map(({ code }) => code),
    [
      'net_secret_refused',
      'net_header_refused',
      'net_secret_refused',
      'net_header_refused',
      'net_header_refused',
      'net_secret_refused',
    ],
  )
  const encoded = [value, Buffer.from(`me:${value}`).toString('base64'), Buffer.from(value).toString('hex')]
  for (const spelling of encoded) assert.ok(!JSON.stringify(told).includes(spelling), spelling)
  await everythingKept(s, encoded)
})

/** Neither the data folder nor any row holds one of these. */
async function everythingKept(s: TestServer, words: readonly string[]): Promise<void> {
  await s.database.scrub()
  const files = readdirSync(s.folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  assert.ok(files.length > 3)
  for (const entry of files) {
    const bytes = readFileSync(join(entry.parentPath, entry.name))
    for (const word of words) assert.ok(!bytes.includes(word), `${entry.name} holds ${word}`)
  }
}

test('a secret needs its own grant besides the host, and its removal holds on the next call', async (t) => {
  const { s, at } = await world(t, (request, response) =>
    response.end(String(request.headers['authorization'] !== undefined)),
  )
  const id = await s.install(s.a, { code: probe, manifest }, [`net:${api}`])
  await s.value(s.a.admin, 'secret.set', { package: id, name: 'api-key', hosts: [api], value })
  const requests = [{ url: at, auth: { secret: 'api-key', as: 'bearer' } }]
  const refused = (await ask(s, s.a, id, requests)).told[0]
  assert.deepEqual([refused?.code, refused?.params['capability']], ['CapabilityDenied', 'secret:api-key'])
  await s.value(s.a.admin, 'plugin.grant', { id, caps: ['secret:api-key'] })
  assert.equal((await ask(s, s.a, id, requests)).told[0]?.body, 'true')
  await s.value(s.a.admin, 'secret.remove', { package: id, name: 'api-key' })
  assert.equal((await ask(s, s.a, id, requests)).told[0]?.code, 'secret_unknown')
})

test('a redirect never takes a secret along in its address', async (t) => {
  const hop = { port: 0 }
  const { s, at, port } = await world(t, (request, response) => {
    const url = new URL(request.url ?? '', at)
    if (url.pathname === '/leak')
      return void response.writeHead(302, { location: `https://${other}:${hop.port}/?k=${value}` }).end()
    if (url.pathname === '/slash')
      return void response.writeHead(301, { location: `/slash/${url.search}` }).end()
    response.end(`${url.pathname} ${url.searchParams.getAll('key').length}`)
  })
  hop.port = port
  const id = await s.install(s.a, { code: probe, manifest }, everything)
  await s.value(s.a.admin, 'secret.set', { package: id, name: 'api-key', hosts: [api], value })
  const auth = { secret: 'api-key', as: 'query', name: 'key' }
  const { told } = await ask(s, s.a, id, [{ url: `${at}/leak` }, { url: `${at}/slash`, auth }])
  assert.deepEqual([told[0]?.code, told[1]?.body], ['net_redirect_refused', '/slash/ 1'])
})

test('a host that asks for a pause gets it from the whole organisation, and from no other', async (t) => {
  let reached = 0
  const { s, at, there } = await world(t, (_, response) => {
    reached += 1
    response.writeHead(429, { 'retry-after': '60' }).end()
  })
  const [first, second] = [
    await s.install(s.a, { name: 'first', code: probe, manifest }, everything),
    await s.install(s.a, { name: 'second', code: probe, manifest }, everything),
  ]
  const elsewhere = await s.install(s.b, { name: 'first', code: probe, manifest }, everything)
  const told = [
    ...(await ask(s, s.a, first, [{ url: at }, { url: at }])).told,
    ...(await ask(s, s.a, second, [{ url: at }])).told,
  ]
  assert.deepEqual(
    told.map(({ code }) => code),
    ['net_rate_limited', 'net_rate_limited', 'net_rate_limited'],
  )
  assert.equal(told[0]?.params['status'], 429)
  assert.equal(reached, 1)
  assert.equal((await ask(s, s.a, first, [{ url: there }])).told[0]?.code, 'net_rate_limited')
  assert.equal((await ask(s, s.b, elsewhere, [{ url: at }])).told[0]?.code, 'net_rate_limited')
  assert.equal(reached, 3, 'another host, and another organisation, were asked')
  s.advance(61_000)
  await ask(s, s.a, first, [{ url: at }])
  assert.equal(reached, 4)
})

test('an answer is kept for one package of one organisation, as its host allows, until the package goes', async (t) => {
  let reached = 0
  const { s, at } = await world(t, (_, response) => {
    reached += 1
    response.setHeader('cache-control', 'max-age=600').end(`answer ${reached}`)
  })
  const [first, second] = [
    await s.install(s.a, { name: 'first', code: probe, manifest }, everything),
    await s.install(s.a, { name: 'second', code: probe, manifest }, everything),
  ]
  const elsewhere = await s.install(s.b, { name: 'first', code: probe, manifest }, everything)
  const told = (await ask(s, s.a, first, [{ url: at }, { url: at }, { url: at, method: 'POST' }])).told
  assert.deepEqual(
    told.map(({ body, cached }) => [body, cached]),
    [
      ['answer 1', false],
      ['answer 1', true],
      ['answer 2', false],
    ],
  )
  assert.equal((await ask(s, s.a, second, [{ url: at }])).told[0]?.body, 'answer 3')
  assert.equal((await ask(s, s.b, elsewhere, [{ url: at }])).told[0]?.body, 'answer 4')
  await s.value(s.a.admin, 'plugin.revoke', { id: first, caps: [`net:${api}`] })
  assert.equal(
    (await ask(s, s.a, first, [{ url: at }])).told[0]?.code,
    'CapabilityDenied',
    'an answer kept is no way around a grant',
  )
  const { removed } = await s.value(s.a.admin, 'plugin.uninstall', { id: first })
  assert.deepEqual(
    removed.find(({ what }) => what === 'answers of hosts'),
    { what: 'answers of hosts', count: 1 },
  )
  assert.equal((await ask(s, s.b, elsewhere, [{ url: at }])).told[0]?.['cached'], true)
})

test('too many requests to one host wait their turn, and the rest are told so', async (t) => {
  let now = 0
  let most = 0
  const { s, at } = await world(
    t,
    (_, response) => {
      most = Math.max(most, ++now)
      setTimeout(() => {
        now -= 1
        response.end()
      }, 50)
    },
    { outboundLimits: { concurrentPerHost: 2, waitingPerHost: 3 } },
  )
  const code = `
    const asked = Array.from({ length: 8 }, (_, i) => api.net.fetch({ url: args.at + '/' + i }).then(() => 'ok', (error) => error.code))
    return { told: await Promise.all(asked) }
  `
  const id = await s.install(s.a, { code, manifest }, everything)
  const { result } = await s.value(s.a.analyst, 'plugin.run', { id, input: { at } })
  const { told } = result as { told: string[] }
  assert.deepEqual(told.toSorted(), ['net_busy', 'net_busy', 'net_busy', 'ok', 'ok', 'ok', 'ok', 'ok'])
  assert.equal(most, 2)
})

test('what is too large or never comes is refused by name, and the run goes on', async (t) => {
  const { s, at } = await world(
    t,
    (request, response) => {
      if (request.url === '/long') return void response.end('x'.repeat(20_000))
      if (request.url === '/binary') return void response.end(Buffer.from([0, 1, 254, 255]))
      if (request.url === '/gone') request.socket.destroy()
    },
    { outboundLimits: { bodyBytes: 10_000, headersMs: 300 } },
  )
  const id = await s.install(s.a, { code: probe, manifest }, everything)
  const { told } = await ask(
    s,
    s.a,
    id,
    ['/long', '/binary', '/gone', '/silent'].map((path) => ({ url: at + path })),
  )
  assert.deepEqual(
    told.map(({ code, params, body, encoding }) =>
      code === undefined ? [encoding, body] : [code, params['reason'] ?? params['what']],
    ),
    [
      ['net_response_too_large', 'body'],
      ['base64', 'AAH+/w=='],
      ['net_unreachable', 'broken'],
      ['net_unreachable', 'headers_timeout'],
    ],
  )
})

test('a run that is cancelled stops asking', async (t) => {
  const asked: (() => void)[] = []
  const arrived = new Promise<void>((resolve) => asked.push(resolve))
  const { s, at } = await world(t, () => asked[0]?.())
  const id = await s.install(s.a, { code: probe, manifest }, everything)
  const { runId } = await s.value(s.a.analyst, 'run.submit', { id, input: { requests: [{ url: at }] } })
  await arrived
  await s.value(s.a.analyst, 'run.cancel', { id: runId })
  for (;;) {
    const { run } = await s.value(s.a.analyst, 'run.detail', { id: runId })
    if (run.state === 'cancelled') break
    assert.notEqual(run.state, 'succeeded')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
})

test('what a case is marked decides whether anything is asked outside, whatever was granted', async (t) => {
  let reached = 0
  const { s, at } = await world(t, (_, response) => {
    reached += 1
    response.end()
  })
  const id = await s.install(s.a, { code: probe, manifest }, everything)
  const asked = async (marks: { tlp?: 'RED' | 'AMBER' | 'AMBER+STRICT'; pap?: 'RED' | 'AMBER' }) => {
    const { id: incident } = await s.value(s.a.analyst, 'case.create', { title: 'Case', ...marks })
    return (await ask(s, s.a, id, [{ url: at }], { case: incident })).told[0]
  }
  assert.equal(
    (await asked({ tlp: 'AMBER' }))?.code,
    'ceiling_exceeded',
    'a package that names hosts starts at GREEN',
  )
  await s.value(s.a.admin, 'plugin.set_ceilings', { id, tlp: 'RED', pap: 'RED' })
  assert.equal((await asked({ tlp: 'AMBER', pap: 'AMBER' }))?.status, 200)
  for (const marks of [{ tlp: 'RED' }, { tlp: 'AMBER+STRICT' }, { pap: 'RED' }] as const) {
    const told = await asked(marks)
    assert.equal(told?.code, 'policy_denied', JSON.stringify(marks))
    assert.match(told?.change ?? '', /outside-up-to-/)
  }
  assert.equal(reached, 1)
})
