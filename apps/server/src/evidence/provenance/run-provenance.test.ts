import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dataPackage } from '../../../../../tests/support/test-package.ts'
import { createTestServer } from '../../../../../tests/support/test-server.ts'
import type { TestServer } from '../../../../../tests/support/test-server.ts'
import type { ProvenanceEdge, ProvenanceGraph, ProvenanceNode } from './provenance-graph.ts'
import { writeDot } from './write-dot.ts'
import { writeMermaid } from './write-mermaid.ts'
import { writeProvJson } from './write-prov-json.ts'

const code = `
  const row = await api.data.lookup({ table: 'ports', key: 22 })
  let refused
  try { await api.graph.search({ q: 'x' }) } catch (error) { refused = error.code }
  return { text: refused, entities: [{ key: 'service:ssh', type: 'service', name: row.row?.service ?? 'ssh' }] }`
const manifest = { capabilities: { data: ['ports'], graph: ['read'], network: false } }

/** A run that asked a table, was refused the graph, and whose result was accepted. */
async function acceptedRun(s: TestServer): Promise<{ runId: string; caseId: string }> {
  const columns = [
    { name: 'port', type: 'integer' },
    { name: 'service', type: 'string' },
  ] as const
  const key = { kind: 'exact', column: 'port' }
  await s.install(s.a, await dataPackage({ name: 'ports', csv: 'port,service\n22,ssh\n', columns, key }))
  const id = await s.install(s.a, { name: 'triage', code, manifest }, ['read:data:ports'])
  const { id: caseId } = await s.value(s.a.analyst, 'case.create', { title: 'T', tlp: 'GREEN' })
  const run = await s.value(s.a.analyst, 'plugin.run', { id, case: caseId })
  await s.value(s.a.colleague, 'run.accept', { id: run.runId, case: caseId })
  return { runId: run.runId, caseId }
}

/** What leads from where to where, by type and label. */
function drawn(graph: { nodes: readonly ProvenanceNode[]; edges: readonly ProvenanceEdge[] }): string[] {
  const by = new Map(graph.nodes.map((node) => [node.id, node]))
  const said = (id: string): string => {
    const node = by.get(id)
    assert.ok(node !== undefined, `${id} is a node`)
    return ['input', 'answer', 'result', 'written', 'run', 'case', 'entity'].includes(node.type)
      ? node.type
      : node.label
  }
  return graph.edges.map(({ type, from, to }) => `${said(from)} ${type} ${said(to)}`)
}

test('the graph of a run tells people, plugin, publisher, sources, refused calls and what was accepted, each edge with its receipt', async (t) => {
  const s = await createTestServer(t)
  const { runId } = await acceptedRun(s)
  // As the operation answers it.
  const graph = (await s.value(s.a.auditor, 'run.provenance', { id: runId })) as ProvenanceGraph
  assert.deepEqual(drawn(graph).toSorted(), [
    'answer wasGeneratedBy data.lookup ports 1.0.0',
    'data.lookup ports 1.0.0 used ports 1.0.0',
    'data.lookup ports 1.0.0 wasAssociatedWith triage 1.0.0',
    'data.lookup ports 1.0.0 wasInformedBy run',
    'graph.search wasAssociatedWith triage 1.0.0',
    'graph.search wasInformedBy run',
    'package.add wasAssociatedWith admin',
    'plugin.install used triage 1.0.0',
    'plugin.install wasAssociatedWith admin',
    'plugin.review used triage 1.0.0',
    'plugin.review wasAssociatedWith reviewer',
    'result wasGeneratedBy run',
    'run used answer',
    'run used case',
    'run used input',
    'run used triage 1.0.0',
    'run wasAssociatedWith analyst',
    'run wasAssociatedWith triage 1.0.0',
    'run wasInformedBy plugin.install',
    'run wasInformedBy plugin.review',
    'run.accept used case',
    'run.accept used result',
    'run.accept wasAssociatedWith colleague',
    'run.accept wasInformedBy run',
    'triage 1.0.0 actedOnBehalfOf analyst',
    'triage 1.0.0 wasAttributedTo Test publisher',
    'triage 1.0.0 wasGeneratedBy package.add',
    'written hadMember entity',
    'written wasDerivedFrom result',
    'written wasGeneratedBy run.accept',
  ])
  const receipts = new Set((await s.receipts()).map(({ id }) => id))
  assert.ok(graph.edges.every(({ receipt }) => receipts.has(receipt)))
  const refused = graph.nodes.find((node) => node.label === 'graph.search')
  assert.deepEqual(
    [refused?.attributes['decision'], refused?.attributes['reason']],
    ['denied', 'CapabilityDenied'],
  )
  const table = graph.nodes.find((node) => node.type === 'table')
  assert.deepEqual(table?.attributes['licence'], ['CC0-1.0'])
})

test('what a run did stays traceable when its package is gone, and is nothing to another organisation', async (t) => {
  const s = await createTestServer(t)
  const { runId } = await acceptedRun(s)
  await s.value(s.a.admin, 'plugin.uninstall', { id: 'triage' })
  assert.equal((await s.denial(s.a.analyst, 'run.detail', { id: runId })).code, 'run_unknown')
  const { nodes, document = '' } = await s.value(s.a.analyst, 'run.provenance', {
    id: runId,
    format: 'prov-json',
  })
  assert.ok(nodes.some((node) => node.type === 'result'))
  const written = JSON.parse(document) as Record<string, Record<string, Record<string, unknown>>>
  assert.equal(
    Object.keys(written['activity'] ?? {}).length,
    nodes.filter((n) => n.kind === 'activity').length,
  )
  assert.ok(
    Object.values(written['used'] ?? {}).every((edge) => String(edge['sb:receipt']).startsWith('rct_')),
  )
  assert.equal((await s.denial(s.b.analyst, 'run.provenance', { id: runId })).code, 'run_unknown')
  assert.equal((await s.denial(s.a.finops, 'run.provenance', { id: runId })).code, 'policy_denied')
})

test('a label ends no string of the forms, whatever people and hosts are called', () => {
  const evil = 'a"]\\"; x -> y\n\u202e%%{init}%% <b>&'
  const graph: ProvenanceGraph = {
    run: 'run_1',
    nodes: [
      { id: 'a', kind: 'activity', type: 'call', label: evil, attributes: { decision: 'denied' } },
      { id: evil, kind: 'entity', type: 'host', label: evil, attributes: {} },
    ],
    edges: [{ type: 'used', from: 'a', to: evil, receipt: 'rct_1' }],
  }
  // Two nodes, one edge, and the frame around them: a line more would be somebody else's.
  const dot = writeDot(graph)
  assert.equal(dot.trim().split('\n').length, 6)
  for (const line of dot.split('\n'))
    assert.equal((line.replaceAll(/\\./g, '').match(/"/g) ?? []).length % 2, 0)
  const mermaid = writeMermaid(graph)
  assert.equal(mermaid.trim().split('\n').length, 6)
  assert.ok(!/[<>&%](?!\|)/.test(mermaid.split('\n')[1] ?? ''))
  const json = JSON.parse(writeProvJson(graph)) as { entity: object }
  assert.deepEqual(Object.keys(json.entity), [`sb:${encodeURIComponent(evil)}`])
})
