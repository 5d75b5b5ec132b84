import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { readDestination } from '@switchboard/api'
import type { Destination } from '@switchboard/api'
import { makeAuthority } from '../../../../tests/support/certificates.ts'
import { bodyOf, outsideWorld } from '../../../../tests/support/outside-world.ts'
import type { OutsideWorld } from '../../../../tests/support/outside-world.ts'
import { outboundLimits } from './limits.ts'
import type { OutboundLimits } from './limits.ts'
import { originOf, readOpenDestinations } from './open-destinations.ts'
import { createReach } from './reach.ts'
import type { ReachDeps } from './reach.ts'
import { sendRequest } from './send-request.ts'
import type { OutboundRequest } from './send-request.ts'

function destination(url: string): Destination {
  const read = readDestination(url)
  assert.ok(!('rule' in read), url)
  return read
}

/** Sends to `url` in a world where its origin is open, unless told otherwise. */
async function send(
  world: OutsideWorld,
  url: string,
  change: Partial<OutboundRequest> & {
    readonly reach?: Partial<ReachDeps>
    readonly limits?: Partial<OutboundLimits>
    readonly signal?: AbortSignal
  } = {},
) {
  const to = destination(url)
  const limits = { ...outboundLimits, ...change.limits }
  const reach = createReach({
    resolve: world.resolve,
    open: readOpenDestinations(originOf(to)),
    ca: world.authority.pem,
    limits,
    ...change.reach,
  })
  const { reach: _reach, limits: _limits, signal, ...request } = change
  return await sendRequest(
    { reach, limits },
    { organisation: 'org_a', destination: to, method: 'GET', headers: {}, ...request },
    signal ?? new AbortController().signal,
  )
}

async function refusal(sent: ReturnType<typeof send>) {
  const outcome = await sent
  assert.ok(!outcome.ok, JSON.stringify(outcome))
  const { reason, what, range } = outcome.denial.params as Record<string, string>
  return [outcome.denial.code, reason ?? what ?? range]
}

const name = 'api.outside.example'

test('a request arrives as it was asked, over TLS, at the name that the certificate is for', async (t) => {
  const world = outsideWorld(t)
  const seen: unknown[] = []
  const port = await world.serve([name], (request, response) => {
    void bodyOf(request).then((body) => {
      seen.push([request.method, request.url, request.headers['host'], request.headers['x-key'], body])
      response.setHeader('set-cookie', 'a=b').setHeader('x-told', ['1', '2']).end('{"ok":true}')
    })
  })
  const outcome = await send(world, `https://${name}:${port}/a%20b?q=1#part`, {
    method: 'POST',
    headers: { 'x-key': 'k', 'content-type': 'text/plain' },
    body: 'Grüße',
  })
  assert.deepEqual(seen, [['POST', '/a%20b?q=1', `${name}:${port}`, 'k', 'Grüße']])
  assert.ok(outcome.ok)
  assert.equal(outcome.value.status, 200)
  assert.equal(outcome.value.body.toString(), '{"ok":true}')
  assert.equal(outcome.value.headers['x-told'], '1, 2')
  assert.equal(outcome.value.headers['set-cookie'], undefined)
})

test('a body is unpacked in each way that we accept; one in another way is left as it came', async (t) => {
  const world = outsideWorld(t)
  const packed = {
    gzip: gzipSync('text'),
    br: brotliCompressSync('text'),
    deflate: deflateSync('text'),
    odd: Buffer.from('text'),
  }
  const port = await world.serve([name], (request, response) => {
    const encoding = (request.url ?? '').slice(1) as keyof typeof packed
    response.setHeader('content-encoding', encoding).end(packed[encoding])
  })
  for (const encoding of Object.keys(packed)) {
    const outcome = await send(world, `https://${name}:${port}/${encoding}`)
    assert.ok(outcome.ok, encoding)
    assert.equal(outcome.value.body.toString(), 'text', encoding)
    assert.equal(outcome.value.headers['content-encoding'], encoding === 'odd' ? 'odd' : undefined)
    const head = await send(world, `https://${name}:${port}/${encoding}`, { method: 'HEAD' })
    assert.ok(head.ok && head.value.body.byteLength === 0, encoding)
  }
})

test('whatever a host does to be too much stops at the limit', async (t) => {
  const world = outsideWorld(t)
  const limits = { bodyBytes: 100_000, headerBytes: 8_192 }
  const bomb = gzipSync(Buffer.alloc(20_000_000))
  assert.ok(bomb.byteLength < limits.bodyBytes)
  let written = 0
  const port = await world.serve([name], (request, response) => {
    if (request.url === '/bomb') return void response.setHeader('content-encoding', 'gzip').end(bomb)
    if (request.url === '/brotli')
      return void response
        .setHeader('content-encoding', 'br')
        .end(brotliCompressSync(Buffer.alloc(5_000_000)))
    if (request.url === '/headers') return void response.setHeader('x-long', 'x'.repeat(10_000)).end()
    if (request.url === '/long') return void response.end(Buffer.alloc(limits.bodyBytes + 1))
    if (request.url === '/broken') return void response.setHeader('content-encoding', 'gzip').end('no gzip')
    const more = (): void => {
      written += 1
      if (!response.destroyed && response.write(Buffer.alloc(10_000))) setImmediate(more)
    }
    response.on('drain', more)
    return more()
  })
  const at = `https://${name}:${port}`
  assert.deepEqual(await refusal(send(world, `${at}/bomb`, { limits })), [
    'net_response_too_large',
    'unpacked body',
  ])
  assert.deepEqual(await refusal(send(world, `${at}/brotli`, { limits })), [
    'net_response_too_large',
    'unpacked body',
  ])
  assert.deepEqual(await refusal(send(world, `${at}/headers`, { limits })), [
    'net_response_too_large',
    'headers',
  ])
  assert.deepEqual(await refusal(send(world, `${at}/long`, { limits })), ['net_response_too_large', 'body'])
  assert.deepEqual(await refusal(send(world, `${at}/endless`, { limits })), [
    'net_response_too_large',
    'body',
  ])
  assert.ok(written < 10_000, 'the endless body was cut')
  assert.deepEqual(await refusal(send(world, `${at}/broken`, { limits })), ['net_unreachable', 'broken'])
})

test('each way to be too slow has its own limit', async (t) => {
  const world = outsideWorld(t)
  const port = await world.serve([name], (request, response) => {
    if (request.url === '/silent') return
    response.writeHead(200)
    response.write('x')
    if (request.url === '/stops') return
    const drip = setInterval(() => response.write('x'), 20)
    response.on('close', () => clearInterval(drip))
  })
  const at = `https://${name}:${port}`
  const limits = { headersMs: 200 }
  assert.deepEqual(await refusal(send(world, `${at}/silent`, { limits })), [
    'net_unreachable',
    'headers_timeout',
  ])
  assert.deepEqual(await refusal(send(world, `${at}/stops`, { limits: { bodyIdleMs: 200 } })), [
    'net_unreachable',
    'body_timeout',
  ])
  // Slow, but never idle: only the time for all of it ends this one.
  assert.deepEqual(await refusal(send(world, `${at}/drips`, { limits: { totalMs: 500 } })), [
    'net_unreachable',
    'total_timeout',
  ])
  const never = () => new Promise<readonly string[]>(() => undefined)
  assert.deepEqual(
    await refusal(send(world, `${at}/x`, { reach: { resolve: never }, limits: { connectMs: 200 } })),
    ['net_unreachable', 'connect_timeout'],
  )
})

test('who asked can stop it at any moment', async (t) => {
  const world = outsideWorld(t)
  const stopping = new AbortController()
  const port = await world.serve([name], () => stopping.abort(new Error('stopped by the person')))
  await assert.rejects(
    send(world, `https://${name}:${port}/`, { signal: stopping.signal }),
    /stopped by the person/,
  )
})

test('a certificate that is not for the name, of nobody known, or none at all is not talked to', async (t) => {
  const world = outsideWorld(t)
  let reached = 0
  const answer = (_: unknown, response: { end(): unknown }): void => {
    reached += 1
    response.end()
  }
  const other = await world.serve(['other.outside.example'], answer)
  world.names.set(name, ['127.0.0.1'])
  assert.deepEqual(await refusal(send(world, `https://${name}:${other}/`)), [
    'net_unreachable',
    'certificate',
  ])
  const port = await world.serve([name], answer)
  const stranger = makeAuthority('Another CA').pem
  assert.deepEqual(await refusal(send(world, `https://${name}:${port}/`, { reach: { ca: stranger } })), [
    'net_unreachable',
    'certificate',
  ])
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  try {
    const outcome = await refusal(send(world, `https://${name}:${port}/`, { reach: { ca: stranger } }))
    assert.deepEqual(
      outcome,
      ['net_unreachable', 'certificate'],
      'an environment variable does not switch it off',
    )
  } finally {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before
  }
  const plain = await world.servePlain([name], answer)
  assert.deepEqual(await refusal(send(world, `https://${name}:${plain}/`)), ['net_unreachable', 'broken'])
  assert.equal(reached, 0)
})

test('a name is resolved once, and the connection goes to the address that was checked', async (t) => {
  const world = outsideWorld(t)
  const port = await world.serve([name], (_, response) => response.end('here'))
  // The second answer would be the one that rebinding wants to be used.
  let times = 0
  world.names.set(name, () => (++times === 1 ? ['127.0.0.1'] : ['169.254.169.254']))
  const outcome = await send(world, `https://${name}:${port}/`)
  assert.ok(outcome.ok)
  assert.equal(times, 1)
})

test('one address that must not be reached spoils the name, wherever it stands in the list', async (t) => {
  const world = outsideWorld(t)
  const nothingOpen = { open: readOpenDestinations('') }
  for (const [addresses, range] of [
    [['10.0.0.1'], 'private'],
    [['127.0.0.1'], 'loopback'],
    [['203.0.114.1', '192.168.1.1'], 'private'],
    [['2606:4700::1', 'fd00::1'], 'private'],
    [['169.254.169.254'], 'link-local'],
    [['::ffff:169.254.169.254'], 'link-local'],
    [['64:ff9b::a00:1'], 'private'],
    [['0.0.0.0'], 'unspecified'],
    [['100.64.0.1'], 'shared (CGNAT)'],
    [['2002:a00:1::'], 'reserved'],
    [['::'], 'unspecified'],
    [['fe80::1%eth0'], 'link-local'],
    [['no address'], 'reserved'],
  ] as const) {
    world.names.set(name, addresses)
    assert.deepEqual(await refusal(send(world, `https://${name}/`, { reach: nothingOpen })), [
      'net_address_refused',
      range,
    ])
  }
  world.names.set(name, [])
  assert.deepEqual(await refusal(send(world, `https://${name}/`, { reach: nothingOpen })), [
    'net_unreachable',
    'name_unknown',
  ])
})

test('what the operator opens is that destination alone, and never the metadata service', async (t) => {
  const world = outsideWorld(t)
  const port = await world.serve([name], (_, response) => response.end())
  const open = readOpenDestinations(`https://${name}:${port}`)
  assert.ok((await send(world, `https://${name}:${port}/`, { reach: { open } })).ok)
  assert.deepEqual(await refusal(send(world, `https://${name}:${port + 1}/`, { reach: { open } })), [
    'net_address_refused',
    'loopback',
  ])
  for (const [address, range] of [
    ['169.254.169.254', 'link-local'],
    ['0.0.0.0', 'unspecified'],
    ['224.0.0.1', 'multicast'],
  ] as const) {
    world.names.set(name, [address])
    assert.deepEqual(await refusal(send(world, `https://${name}:${port}/`, { reach: { open } })), [
      'net_address_refused',
      range,
    ])
  }
})

test('an address that does not answer is passed over for the next', async (t) => {
  const world = outsideWorld(t)
  const port = await world.serve([name], (_, response) => response.end())
  // The server is not there: it listens on the second.
  world.names.set(name, ['::1', '127.0.0.1'])
  assert.ok((await send(world, `https://${name}:${port}/`)).ok)
  assert.deepEqual(await refusal(send(world, `https://${name}:1/`)), ['net_unreachable', 'refused'])
})

/** A proxy's world: nothing is open, so a public address is asked of the proxy, which leads to our server instead. */
async function behindProxy(t: TestContext, authorization?: string) {
  const world = outsideWorld(t)
  const port = await world.serve([name], (request, response) => response.end(JSON.stringify(request.headers)))
  world.names.set(name, ['198.20.1.1'])
  const proxy = await world.proxy({
    leadTo: () => port,
    ...(authorization === undefined ? {} : { authorization }),
  })
  return {
    world,
    connects: proxy.connects,
    origin: `http://127.0.0.1:${proxy.port}`,
    open: readOpenDestinations(''),
  }
}

test('through a proxy TLS still ends at the host, and the proxy is asked for the checked address', async (t) => {
  const { world, connects, origin, open } = await behindProxy(t, 'Basic dTpw')
  const proxy = { origin, authorization: 'Basic dTpw', resolves: false }
  const outcome = await send(world, `https://${name}/`, { reach: { open, proxy } })
  assert.ok(outcome.ok, JSON.stringify(outcome))
  assert.deepEqual(connects, ['198.20.1.1:443'])
  assert.doesNotMatch(outcome.value.body.toString(), /proxy-authorization/i)
  assert.deepEqual(
    await refusal(
      send(world, `https://${name}/`, { reach: { open, proxy: { ...proxy, authorization: 'wrong' } } }),
    ),
    ['net_unreachable', 'proxy'],
  )
  world.names.set(name, ['10.0.0.1'])
  assert.deepEqual(await refusal(send(world, `https://${name}/`, { reach: { open, proxy } })), [
    'net_address_refused',
    'private',
  ])
})

test('a proxy that refuses is asked once, however many addresses a name has', async (t) => {
  const { world, connects, origin, open } = await behindProxy(t, 'Basic dTpw')
  world.names.set(name, ['198.20.1.1', '198.20.1.2', '198.20.1.3'])
  const proxy = { origin, authorization: 'Basic wrong', resolves: false }
  assert.deepEqual(await refusal(send(world, `https://${name}/`, { reach: { open, proxy } })), [
    'net_unreachable',
    'proxy',
  ])
  assert.equal(connects.length, 1)
})

test('a proxy that resolves is given the name; a proxy that is not there is named as the reason', async (t) => {
  const { world, connects, origin, open } = await behindProxy(t)
  assert.ok(
    (await send(world, `https://${name}/`, { reach: { open, proxy: { origin, resolves: true } } })).ok,
  )
  assert.deepEqual([connects, world.asked], [[`${name}:443`], []])
  const gone = { origin: 'http://127.0.0.1:9', resolves: true }
  assert.deepEqual(await refusal(send(world, `https://${name}/`, { reach: { open, proxy: gone } })), [
    'net_unreachable',
    'proxy',
  ])
})
