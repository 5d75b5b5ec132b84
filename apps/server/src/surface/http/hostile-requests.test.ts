import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { allow } from '@switchboard/api'
import { createFakeGate, post, startSurface } from '../testing/surface-under-test.ts'

async function problemOf(response: Response) {
  assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/)
  const body = (await response.json()) as { code: string; params: Record<string, unknown>; status: number }
  assert.equal(body.status, response.status)
  return { status: response.status, code: body.code, params: body.params }
}

/** Bytes as they are, since fetch would correct them. */
function raw(baseUrl: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(baseUrl)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.end(bytes))
    let answer = ''
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => (answer += text))
    socket.on('end', () => resolve(answer))
    socket.on('error', reject)
  })
}

const nested = (depth: number) => `{"title":${'['.repeat(depth)}${']'.repeat(depth)}}`
const bodies: readonly [what: string, body: string, status: number, code: string, rule?: RegExp][] = [
  ['cut off', '{"title":"x"', 400, 'input_invalid', /must be JSON/],
  ['not JSON', 'title=x', 400, 'input_invalid', /must be JSON/],
  ['trailing text', '{"title":"x"} {}', 400, 'input_invalid', /must be JSON/],
  ['an array', '[1]', 400, 'input_invalid', /must be a JSON object/],
  ['null', 'null', 400, 'input_invalid', /must be a JSON object/],
  ['a duplicate key', '{"title":"x","title":"y"}', 400, 'input_invalid', /given twice/],
  [
    'a duplicate key spelled with an escape',
    '{"title":"x","t\\u0069tle":"y"}',
    400,
    'input_invalid',
    /given twice/,
  ],
  ['a duplicate key deep inside', '{"title":[{"a":{"b":1,"b":2}}]}', 400, 'input_invalid', /given twice/],
  ['a prototype key', '{"__proto__":{"admin":true}}', 400, 'input_invalid', /not allowed/],
  ['a prototype key in disguise', '{"\\u005f_proto__":1}', 400, 'input_invalid', /not allowed/],
  ['a constructor key', '{"title":{"constructor":1}}', 400, 'input_invalid', /not allowed/],
  ['64 levels too many', nested(64), 400, 'input_invalid', /deeper than 64/],
  ['a hundred thousand levels', nested(100_000), 400, 'input_invalid', /deeper than 64/],
]
for (const [what, body, status, code, rule] of bodies) {
  test(`a body that is ${what} is answered ${status} ${code}`, async () => {
    const gate = createFakeGate(() => allow({}))
    await using server = await startSurface(gate)
    const response = await post(`${server.baseUrl}/cases`, body)
    assert.equal(response.status, status)
    assert.equal(gate.asked.length, 0)
    const problem = await problemOf(response)
    assert.equal(problem.code, code)
    if (rule !== undefined) assert.match(String(problem.params['rule']), rule)
  })
}

test('bytes that are not UTF-8 are refused', async () => {
  await using server = await startSurface(createFakeGate(() => allow({})))
  const response = await fetch(`${server.baseUrl}/cases`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d),
  })
  assert.equal((await problemOf(response)).code, 'input_invalid')
})

test('a body over the limit is refused without being read to its end, and a package may be larger than a note', async () => {
  const gate = createFakeGate(() => allow({}))
  await using server = await startSurface(gate)
  const twoMiB = 'a'.repeat(2 * 1024 * 1024)
  const tooLarge = await problemOf(await post(`${server.baseUrl}/cases`, { title: twoMiB }))
  assert.deepEqual([tooLarge.status, tooLarge.code], [413, 'body_too_large'])
  assert.equal((await post(`${server.baseUrl}/packages`, { content: twoMiB })).status, 200)
})

test('only JSON in UTF-8, not compressed, is read', async () => {
  const gate = createFakeGate(() => allow({}))
  await using server = await startSurface(gate)
  for (const headers of [
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'application/json; charset=utf-16' },
    { 'content-encoding': 'gzip' },
  ] as readonly Record<string, string>[]) {
    const problem = await problemOf(await post(`${server.baseUrl}/cases`, '{"title":"x"}', headers))
    assert.deepEqual([problem.status, problem.code], [415, 'media_type_unsupported'], JSON.stringify(headers))
  }
  assert.equal(gate.asked.length, 0)
})

test('a field said twice, in the path and elsewhere, is refused', async () => {
  const gate = createFakeGate(() => allow({}))
  await using server = await startSurface(gate)
  const inBody = await problemOf(await post(`${server.baseUrl}/plugins/a/install`, { id: 'b' }))
  assert.match(String(inBody.params['rule']), /given in the path/)
  const inQuery = await problemOf(await fetch(`${server.baseUrl}/plugins/a?id=b`))
  assert.match(String(inQuery.params['rule']), /given in the path/)
  const besideBody = await problemOf(await post(`${server.baseUrl}/plugins/a/install?minimal=true`, {}))
  assert.match(String(besideBody.params['rule']), /belongs into the body/)
  assert.equal(gate.asked.length, 0)
})

test('a repeated parameter of a single value reaches the gate as what it is: a list', async () => {
  const gate = createFakeGate(() => allow({}))
  await using server = await startSurface(gate)
  await fetch(`${server.baseUrl}/plugins?limit=1&limit=2`)
  assert.deepEqual(gate.asked[0]?.input, { limit: ['1', '2'] })
})

test('a prototype key in the query is refused', async () => {
  await using server = await startSurface(createFakeGate(() => allow({})))
  assert.equal((await problemOf(await fetch(`${server.baseUrl}/plugins?__proto__=1`))).code, 'input_invalid')
})

test('unknown paths, other methods and questions about methods are answered plainly', async () => {
  await using server = await startSurface(createFakeGate(() => allow({})))
  assert.deepEqual(await problemOf(await fetch(`${server.baseUrl}/nothing/here`)), {
    status: 404,
    code: 'route_unknown',
    params: { method: 'GET', path: '/nothing/here' },
  })
  const patch = await fetch(`${server.baseUrl}/cases`, { method: 'PATCH' })
  assert.equal(patch.headers.get('allow'), 'POST, GET, HEAD')
  assert.equal((await problemOf(patch)).status, 405)
  const options = await fetch(`${server.baseUrl}/plugins/x/install`, { method: 'OPTIONS' })
  assert.deepEqual([options.status, options.headers.get('allow')], [204, 'POST, OPTIONS'])
  const head = await fetch(`${server.baseUrl}/cases`, { method: 'HEAD' })
  assert.deepEqual([head.status, await head.text()], [200, ''])
})

test('addresses that cannot be read, or are too long, are refused', async () => {
  const gate = createFakeGate(() => allow({}))
  await using server = await startSurface(gate)
  assert.match(
    await raw(server.baseUrl, 'GET /plugins/%ff%fe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1.1 400 [\s\S]*input_invalid/,
  )
  const long = await problemOf(await fetch(`${server.baseUrl}/plugins?q=${'a'.repeat(9000)}`))
  assert.deepEqual([long.status, long.code], [414, 'address_too_long'])
  assert.equal(gate.asked.length, 0)
})

test('a page of another name that resolves to this machine is not answered', async () => {
  const gate = createFakeGate(() => allow({}))
  await using server = await startSurface(gate)
  for (const host of ['rebound.example', 'localhost.evil.example', '127.0.0.1.evil.example:4000', '']) {
    const answer = await raw(server.baseUrl, `GET /me HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    assert.match(answer, /^HTTP\/1.1 421 [\s\S]*host_refused/, host)
  }
  for (const host of ['localhost', '127.0.0.1:9', '[::1]:4000']) {
    assert.match(
      await raw(server.baseUrl, `GET /me HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
      /^HTTP\/1.1 200 /,
      host,
    )
  }
  assert.equal(gate.asked.length, 3)
})

test('with a cookie, only our own page may change something', async () => {
  const gate = createFakeGate(() => allow({}))
  await using server = await startSurface(gate)
  const cookie = 'switchboard_session=s'
  const refused: readonly Record<string, string>[] = [
    { cookie, origin: 'https://elsewhere.example' },
    { cookie, origin: 'null' },
    { cookie, 'sec-fetch-site': 'same-site' },
    { cookie, 'sec-fetch-site': 'none' },
    { cookie },
    { origin: 'https://elsewhere.example' },
  ]
  for (const headers of refused) {
    const text = Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')
    const answer = await raw(
      server.baseUrl,
      `POST /cases HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n${text}\r\n{}`,
    )
    assert.match(answer, /^HTTP\/1.1 403 [\s\S]*origin_refused/, JSON.stringify(headers))
  }
  assert.equal(gate.asked.length, 0)
  assert.equal((await post(`${server.baseUrl}/cases`, {}, { cookie, origin: server.baseUrl })).status, 200)
  assert.equal((await post(`${server.baseUrl}/cases`, {}, { cookie, authorization: 'Bearer t' })).status, 200)
})

test('headers that decide something must come once, and none may be endless', async () => {
  const gate = createFakeGate(() => allow({}))
  await using server = await startSurface(gate)
  const twice = await raw(
    server.baseUrl,
    'GET /me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\nConnection: close\r\n\r\n',
  )
  assert.match(twice, /^HTTP\/1.1 400 [\s\S]*must be sent once/)
  const endless = await raw(
    server.baseUrl,
    `GET /me HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`,
  )
  assert.match(endless, /^HTTP\/1.1 431 [\s\S]*input_invalid/)
  assert.match(await raw(server.baseUrl, 'not http at all\r\n\r\n'), /^HTTP\/1.1 400 [\s\S]*well-formed HTTP/)
  const key = await problemOf(
    await post(`${server.baseUrl}/cases`, {}, { 'idempotency-key': 'k'.repeat(201) }),
  )
  assert.equal(key.params['field'], 'Idempotency-Key')
  assert.equal(gate.asked.length, 0)
})

test('another authorization scheme is a wrong credential, and a cookie beside it does not help', async () => {
  const gate = createFakeGate(() => allow({}))
  await using server = await startSurface(gate)
  await fetch(`${server.baseUrl}/me`, {
    headers: { authorization: 'Basic YTpi', cookie: 'switchboard_session=s' },
  })
  assert.deepEqual(gate.asked[0]?.caller, { kind: 'token', secret: '' })
})

test('every answer forbids framing, sniffing, caching and referring, errors included', async () => {
  await using server = await startSurface(createFakeGate(() => allow({})))
  for (const path of ['/cases', '/nothing', '/docs', '/sign-in', '/openapi.json', '/healthz']) {
    const { headers } = await fetch(`${server.baseUrl}${path}`)
    assert.match(
      headers.get('content-security-policy') ?? '',
      /default-src 'none'.*frame-ancestors 'none'/,
      path,
    )
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
    assert.equal(headers.get('referrer-policy'), 'no-referrer', path)
    assert.ok(headers.has('cache-control'), path)
    assert.equal(headers.get('access-control-allow-origin'), null, path)
  }
})
