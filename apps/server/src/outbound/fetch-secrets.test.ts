import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { TestServer } from '../../../../tests/support/test-server.ts'
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
