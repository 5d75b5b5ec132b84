import assert from 'node:assert/strict'
import { test } from 'node:test'
import { api, ask, everything, manifest, probe, world } from '../../../../tests/support/asking-plugin.ts'

test('names that nobody answers for hold one look-up of their organisation, and none of another', async (t) => {
  let held = 0
  let most = 0
  const { s, outside, at } = await world(t, (_, response) => response.end('hello'), {
    outboundLimits: { connectMs: 1_000 },
    resolve: async (host) => {
      if (!host.endsWith('silent.example')) return await outside.resolve(host)
      held += 1
      most = Math.max(most, held)
      // As the system's resolver: it goes on for as long as it likes, whoever still waits.
      await new Promise((resolve) => setTimeout(resolve, 3_000))
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
      }, 500)
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
