import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyBundle } from '@switchboard/verifier'
import { nodeCrypto } from '@switchboard/verifier/node'
import { brokenInvariants } from '../../../../tests/support/evidence-invariants.ts'
import {
  api,
  ask,
  everything,
  manifest,
  other,
  probe,
  value,
  world,
} from '../../../../tests/support/asking-plugin.ts'

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
  const id = await s.install(s.a, { code: probe, manifest, budgets: { ms: 30_000 } }, everything)
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
