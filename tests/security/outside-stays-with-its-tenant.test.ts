import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outsideWorld } from '../support/outside-world.ts'
import { createTestServer } from '../support/test-server.ts'

const host = 'api.outside.example'
const manifest = { capabilities: { network: false, net: [host], secrets: ['api-key'] } }
const caps = [`net:${host}`, 'secret:api-key']
/** Asks as its input says, and answers the bodies, or why not. */
const code = `
  const asked = args.requests.map((request) => api.net.fetch(request).then((answer) => answer.body, (error) => error.code))
  return { told: await Promise.all(asked) }
`

test('two organisations with the same package share no secret, no kept answer and no pause', async (t) => {
  const outside = outsideWorld(t)
  const seen: string[] = []
  const port = await outside.serve([host], (request, response) => {
    const whose = request.headers['authorization'] ?? 'nobody'
    seen.push(`${request.url} ${whose}`)
    if (request.url === '/busy' && whose.includes('of-a')) return void response.writeHead(429).end()
    response.setHeader('cache-control', 'max-age=600').end(`${request.url} for ${whose}`)
  })
  const at = `https://${host}:${port}`
  const s = await createTestServer(t, {
    resolve: outside.resolve,
    config: { netCa: outside.caFile, netOpen: at },
  })
  const auth = { secret: 'api-key', as: 'bearer' }
  const ask = async (who: typeof s.a, paths: readonly string[], more: object = { auth }) => {
    const input = { requests: paths.map((path) => ({ url: at + path, ...more })) }
    const { result } = await s.value(who.analyst, 'plugin.run', { id: 'probe', input })
    return (result as { told: string[] }).told
  }
  await s.install(s.a, { code, manifest }, caps)
  await s.install(s.b, { code, manifest }, caps)
  await s.value(s.a.admin, 'secret.set', {
    package: 'probe',
    name: 'api-key',
    hosts: [host],
    value: 'the-key-of-a',
  })

  assert.deepEqual(await ask(s.a, ['/x']), ['/x for Bearer [secret api-key]'])
  assert.deepEqual(await ask(s.b, ['/x']), ['secret_unknown'], 'what A set is not there for B')
  await s.value(s.b.admin, 'secret.set', {
    package: 'probe',
    name: 'api-key',
    hosts: [host],
    value: 'the-key-of-b',
  })
  const [ofA, ofB] = await Promise.all([ask(s.a, ['/x', '/y', '/z']), ask(s.b, ['/x', '/y', '/z'])])
  for (const told of [...ofA, ...ofB]) assert.match(told, /^\/[xyz] for Bearer \[secret api-key\]$/)
  assert.deepEqual(seen.toSorted(), [
    '/x Bearer the-key-of-a',
    '/x Bearer the-key-of-b',
    '/y Bearer the-key-of-a',
    '/y Bearer the-key-of-b',
    '/z Bearer the-key-of-a',
    '/z Bearer the-key-of-b',
  ])

  assert.deepEqual(await ask(s.a, ['/busy']), ['net_rate_limited'])
  assert.deepEqual(await ask(s.b, ['/busy']), ['/busy for Bearer [secret api-key]'])
  await s.value(s.b.admin, 'plugin.uninstall', { id: 'probe' })
  assert.deepEqual(
    await ask(s.a, ['/x']),
    ['/x for Bearer [secret api-key]'],
    'what B took away is still there for A',
  )
  assert.equal((await s.value(s.a.admin, 'secret.list', {})).rows.length, 1)
})
