import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, everything, manifest, probe, world } from '../../../../tests/support/asking-plugin.ts'

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
