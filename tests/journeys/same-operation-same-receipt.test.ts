import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atRest, clientOf } from '../support/http-client.ts'
import type { Ask } from '../support/http-client.ts'
import { startServer } from '../support/running-server.ts'
import { samplePackage, testPublisher } from '../support/test-package.ts'

test(
  'GraphQL in the very words of the spec, REST by the document, session or token: the same operations, the same receipts',
  { timeout: 120_000 },
  async () => {
    await using server = await startServer()
    const token = await clientOf(server)
    const enricher = await samplePackage('sample-enricher', { budgets: { ms: 60_000 } })
    const source = { name: 'test', version: '1', licence: 'CC0-1.0' }
    await allowed(token, 'POST', '/publishers', {
      publisher: 'Sample publisher',
      key: testPublisher.publicKeyPem,
    })
    await allowed(token, 'POST', '/packages', { content: enricher.toString('base64') })
    await allowed(token, 'POST', '/plugins/sample-enricher/reviews', { note: 'read' })
    await allowed(token, 'POST', '/graph/imports', {
      source,
      entities: [{ key: 'organisation:acme', type: 'organisation', name: 'Acme' }],
    })
    const session = await clientOf(server, await signIn(server.said(), await server.ready))

    const byToken = await receiptsOf(token, () => inTheWordsOfTheSpec(token))
    const bySession = await receiptsOf(token, () => inTheWordsOfTheSpec(session))
    const byDocument = await receiptsOf(token, () => byTheDocument(token))
    const words = byToken.map(({ operation, phase, decision }) => `${operation} ${phase} ${decision}`)
    assert.deepEqual(words, [
      'plugin.install effect allowed',
      'plugin.grant effect allowed',
      'plugin.run intent allowed',
      'graph.search effect allowed',
      'plugin.run outcome allowed',
      'plugin.revoke effect allowed',
      'plugin.run intent allowed',
      'graph.search effect denied',
      'plugin.run outcome denied',
      'plugin.uninstall intent allowed',
      'plugin.uninstall outcome allowed',
    ])
    assert.deepEqual(bySession, byToken)
    assert.deepEqual(byDocument, byToken)
  },
)

/** Install, grant and run as the guide writes them; then the capability is taken back and the plugin goes. */
async function inTheWordsOfTheSpec(ask: Ask): Promise<void> {
  const mutation = async (text: string) =>
    (await ask('POST', '/graphql', { query: `mutation { ${text} }` })).body
  assert.deepEqual(await mutation('pluginInstall(id:"sample-enricher"){ id, capabilities }'), {
    data: {
      pluginInstall: {
        id: 'sample-enricher',
        capabilities: ['read:graph', 'read:case', 'write:case', 'use:nl2cypher'],
      },
    },
  })
  assert.deepEqual(await mutation('pluginGrant(id:"sample-enricher", caps:["read:graph"])'), {
    data: { pluginGrant: true },
  })
  assert.deepEqual(await mutation('pluginRun(id:"sample-enricher", input:{ q:"acme" }){ ok }'), {
    data: { pluginRun: { ok: true } },
  })
  assert.deepEqual(await mutation('pluginRevoke(id:"sample-enricher", caps:["read:graph"])'), {
    data: { pluginRevoke: true },
  })
  const { errors } = await mutation('pluginRun(id:"sample-enricher", input:{ q:"acme" }){ ok }')
  assert.equal(errors[0].extensions.code, 'CapabilityDenied')
  assert.match(errors[0].extensions.change, /switchboard plugin grant sample-enricher read:graph/)
  assert.deepEqual(await mutation('pluginUninstall(id:"sample-enricher"){ id }'), {
    data: { pluginUninstall: { id: 'sample-enricher' } },
  })
}

/** The same, by a client that knows nothing but /openapi.json and the names of the operations. */
async function byTheDocument(ask: Ask): Promise<void> {
  const { body: document } = await ask('GET', '/openapi.json')
  async function perform(operation: string, input: Readonly<Record<string, unknown>>) {
    for (const [path, methods] of Object.entries<
      Record<string, { operationId?: string; parameters?: { name: string; in: string }[] }>
    >(document.paths)) {
      for (const [method, { operationId, parameters = [] }] of Object.entries(methods)) {
        if (operationId !== operation) continue
        const left = { ...input }
        const take = (name: string): string => {
          const value = String(left[name])
          delete left[name]
          return encodeURIComponent(value)
        }
        const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => take(name))
        const query = parameters
          .filter((parameter) => parameter.in === 'query' && parameter.name in left)
          .map(({ name }) => `${name}=${take(name)}`)
        const body = Object.keys(left).length === 0 ? undefined : left
        return await ask(
          method.toUpperCase(),
          query.length === 0 ? address : `${address}?${query.join('&')}`,
          body,
        )
      }
    }
    return assert.fail(`the document has no ${operation}`)
  }
  const id = 'sample-enricher'
  assert.equal((await perform('plugin.list', { q: 'enricher' })).body.rows[0].name, id)
  assert.deepEqual((await perform('plugin.install', { id })).body.granted, [])
  assert.deepEqual((await perform('plugin.grant', { id, caps: ['read:graph'] })).body.granted, true)
  const run = await perform('plugin.run', { id, input: { q: 'acme' } })
  assert.equal(run.body.ok, true)
  assert.equal((await perform('run.detail', { id: run.body.runId })).body.run.state, 'succeeded')
  assert.deepEqual((await perform('plugin.revoke', { id, caps: ['read:graph'] })).body.revoked, true)
  const refused = await perform('plugin.run', { id, input: { q: 'acme' } })
  assert.equal(refused.status, 403)
  assert.equal(refused.body.code, 'CapabilityDenied')
  assert.equal((await perform('plugin.uninstall', { id })).body.id, id)
}

interface Comparable {
  readonly operation: string
  readonly phase: string
  readonly decision: string
  readonly [part: string]: unknown
}

/** What `work` left in the log, without ids, instants and measured time: what is left must not depend on the way in. */
async function receiptsOf(ask: Ask, work: () => Promise<void>): Promise<readonly Comparable[]> {
  await atRest(ask)
  const { body: before } = await ask('GET', '/receipts?limit=1')
  await work()
  await atRest(ask)
  const { body: page } = await ask('GET', '/receipts?limit=50')
  const rows: {
    id: string
    operation: string
    phase: string
    decision: string
    parent: string | null
    index: number
    rows: number
    calls: number
  }[] = page.rows
  const known = rows.findIndex(({ id }) => id === before.rows[0]?.id)
  // By their place in the log: an outcome has its id from the beginning of its operation.
  const mine = rows.slice(0, known === -1 ? rows.length : known).toSorted((a, b) => a.index - b.index)
  const place = new Map(mine.map(({ id }, index) => [id, index]))
  return await Promise.all(
    mine.map(async ({ id, operation, phase, decision, parent, rows: delivered, calls }) => {
      const { parts } = (await ask('GET', `/receipts/${id}`)).body
      const part = (name: string) => parts[name].value ?? parts[name]
      const { run: _run, recording: _recording, ...subject } = part('subject')
      const { session: _session, token: _token, via, ...actor } = part('actor')
      const output = part('output')
      return {
        operation,
        phase,
        decision,
        parent: parent === null ? null : (place.get(parent) ?? 'outside'),
        subject,
        actor: { ...actor, ...(via === undefined ? {} : { via: via.package }) },
        policy: part('policy'),
        place: part('place'),
        input: part('input'),
        denial: output.denial?.code ?? null,
        delivered,
        calls,
      }
    }),
  )
}

async function signIn(said: string, url: string): Promise<Record<string, string>> {
  const secret = /#secret=(\S+)/.exec(said)?.[1] ?? assert.fail('the first start prints a sign-in link')
  const response = await fetch(`${url}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ secret }),
  })
  const cookie =
    /^[^;]+/.exec(response.headers.get('set-cookie') ?? '')?.[0] ?? assert.fail('signing in sets a cookie')
  return { cookie, origin: url }
}

async function allowed(ask: Ask, method: string, path: string, body: unknown): Promise<void> {
  const answer = await ask(method, path, body)
  assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`)
}
