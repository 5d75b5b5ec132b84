import assert from 'node:assert/strict'
import { dataPackage } from './test-package.ts'
import type { TestServer } from './test-server.ts'

/** Everything that people do, once: so that whatever the product writes has been written. */
export async function performFullJourney(s: TestServer): Promise<void> {
  const { a, value, ask, denial } = s
  await credentials(s)

  const columns = [
    { name: 'port', type: 'integer' },
    { name: 'service', type: 'string' },
  ] as const
  const csv = 'port,service\n22,ssh\n443,https\n'
  await s.install(
    a,
    await dataPackage({ name: 'ports', csv, columns, key: { kind: 'exact', column: 'port' } }),
  )
  const id = await s.install(a, { name: 'triage', code: triage, manifest: triageManifest })
  await value(a.admin, 'plugin.grant', {
    id,
    caps: ['read:case', 'write:case', 'read:graph', 'read:data:ports'],
  })

  await value(a.admin, 'secret.set', {
    package: id,
    name: 'api-key',
    hosts: ['api.example.org'],
    value: 'never-sent',
  })
  await value(a.admin, 'secret.set', {
    package: id,
    name: 'old-key',
    hosts: ['api.example.org'],
    value: 'never-sent',
  })
  await value(a.admin, 'secret.remove', { package: id, name: 'old-key' })

  const source = { name: 'registry', version: '1', licence: 'CC0-1.0' }
  const entities = [
    { key: 'as:64500', type: 'asn', name: 'Example' },
    { key: 'host:h', type: 'host', name: 'Host' },
  ]
  await value(a.admin, 'graph.import', {
    source,
    entities,
    relations: [{ from: 'host:h', to: 'as:64500', type: 'in' }],
  })
  const incident = await value(
    a.analyst,
    'case.create',
    { title: 'Mail', tlp: 'GREEN', note: 'from 192.0.2.1' },
    { idempotencyKey: 'case-1' },
  )
  await value(a.analyst, 'case.add_note', { id: incident.id, text: 'more' })
  await value(a.analyst, 'case.add_entities', {
    id: incident.id,
    entities: [{ key: 'host:h', type: 'host', name: 'Renamed host' }],
  })

  const { runId } = await value(
    a.analyst,
    'plugin.run',
    { id, case: incident.id },
    { idempotencyKey: 'run-1' },
  )
  await value(a.analyst, 'run.diff', { id: runId })
  await value(a.analyst, 'run.accept', { id: runId, case: incident.id })
  await value(a.analyst, 'run.undo', { id: runId })
  await jobs(s, id, incident.id)

  await value(a.admin, 'plugin.revoke', { id, caps: ['read:data:ports'] })
  assert.equal((await denial(a.analyst, 'plugin.run', { id, case: incident.id })).code, 'CapabilityDenied')
  await value(a.finops, 'budget.set', { limitMicros: '1' })
  assert.equal((await denial(a.analyst, 'plugin.run', { id, case: incident.id })).code, 'budget_exceeded')
  await value(a.finops, 'budget.set', { limitMicros: '900000000' })

  await feeds(s)
  await reviews(s, incident.id)
  await incidents(s, id)
  await value(a.admin, 'plugin.uninstall', { id })
  await value(a.admin, 'user.deactivate', { id: a.colleague.user })
  await ask(a.analyst, 'case.create', { title: 'kept answer' }, { idempotencyKey: 'case-2' })
  await settled(s)
  await value(a.admin, 'demo.remove', {})
  await settled(s)
  await s.reopen()
}

/** Only where the test opened somewhere to send to. */
async function feeds(s: TestServer): Promise<void> {
  const { a, value } = s
  if (s.server.config.feedDestinations === '') return
  const reason = 'The SIEM keeps receipts.'
  for (const name of ['siem', 'second']) {
    const to = 'https://siem.corp.example/in'
    await value(a.admin, 'feed.create', { name, kind: 'webhook', to, begin: 'start', reason })
  }
  for (;;) {
    const { rows } = await value(a.auditor, 'feed.list', {})
    if (rows.every((feed) => feed.failures > 0)) break
    await pause()
  }
  await value(a.admin, 'feed.pause', { name: 'siem', reason })
  await value(a.admin, 'feed.remove', { name: 'second', reason })
}

async function credentials(s: TestServer): Promise<void> {
  const { a, value, denial } = s
  const invited = await value(a.admin, 'user.invite', { name: 'newcomer', roles: ['analyst'] })
  const { session } = await value({ kind: 'none' }, 'session.create', { secret: invited.secret })
  const caller = { kind: 'session', secret: session } as const
  const token = await value(caller, 'token.create', { name: 'script', scopes: ['case.list'], hours: 1 })
  await value({ kind: 'token', secret: token.secret }, 'case.list', {})
  await value(caller, 'token.revoke', { id: token.id })
  await value(caller, 'session.end', {})
  assert.equal((await denial(caller, 'case.list', {})).code, 'unauthenticated')
}

async function jobs(s: TestServer, id: string, caseId: string): Promise<void> {
  const { a, value } = s
  const queued = await value(a.analyst, 'run.submit', { id, case: caseId })
  for (;;) {
    const { run } = await value(a.analyst, 'run.detail', { id: queued.runId })
    if (run.state !== 'queued' && run.state !== 'running') break
    await pause()
  }
}

async function reviews(s: TestServer, caseId: string): Promise<void> {
  const { a, value, denial } = s
  await value(a.analyst, 'case.set_tlp', { id: caseId, tlp: 'AMBER' })
  const refused = await denial(a.analyst, 'evidence.export', { case: caseId })
  await value(a.reviewer, 'review.deny', { id: refused.params['taskId'] as string, reason: 'not yet' })
  const approved = (await denial(a.analyst, 'evidence.export', { case: caseId })).params['taskId'] as string
  await value(a.reviewer, 'review.approve', { id: approved })
  while ((await value(a.reviewer, 'review.detail', { id: approved })).status !== 'performed') await pause()
  const rotation = await denial(a.admin, 'log.rotate_key', { reason: 'a year has passed' })
  const task = rotation.params['taskId'] as string
  await value(a.reviewer, 'review.approve', { id: task })
  while ((await value(a.reviewer, 'review.detail', { id: task })).status !== 'performed') await pause()
}

async function incidents(s: TestServer, id: string): Promise<void> {
  const { a, value, denial } = s
  await value(a.admin, 'sandbox.stop', { reason: 'a drill' })
  assert.equal((await denial(a.analyst, 'plugin.run', { id })).code, 'sandbox_stopped')
  await value(a.reviewer, 'sandbox.resume', { reason: 'the drill is over' })
  await value(a.reviewer, 'plugin.quarantine', { id, reason: 'a drill' })
  assert.equal((await denial(a.admin, 'plugin.uninstall', { id })).code, 'package_quarantined')
  await value(a.admin, 'plugin.release', { id, reason: 'the drill is over' })
  await value(a.reviewer, 'plugin.unreview', { id, note: 'to be read again' })
  await value(a.reviewer, 'plugin.review', { id, note: 'read again' })
  await value(a.admin, 'publisher.verify', { publisher: 'Test publisher', note: 'met in person' })
}

async function settled(s: TestServer): Promise<void> {
  while ((await s.server.evidence.pendingCount()) > 0) await pause()
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5))
}

const triageManifest = {
  capabilities: {
    graph: ['read'],
    cases: ['read', 'write'],
    network: false,
    net: ['api.example.org'],
    secrets: ['api-key', 'old-key'],
  },
  data: ['ports'],
}
const triage = `
  console.log('looking at', args.case)
  const incident = await api.cases.read({ id: args.case })
  const port = await api.data.lookup({ table: 'ports', key: 22 })
  await api.graph.search({ q: 'Example', limit: 5 })
  await api.cases.addEntities({ id: args.case, entities: [{ key: 'note:1', type: 'note', name: incident.notes[0].text }] })
  return {
    ok: true,
    entities: [
      { key: 'ip:192.0.2.1', type: 'ip', name: '192.0.2.1', citations: [port.citation] },
      { key: 'as:64500', type: 'asn', name: 'Example, seen again' },
    ],
    relations: [{ from: 'ip:192.0.2.1', to: 'as:64500', type: 'announced_by' }],
  }
`
