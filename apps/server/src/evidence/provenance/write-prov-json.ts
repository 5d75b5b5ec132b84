import type { ProvenanceGraph, ProvenanceNode, RelationType } from './provenance-graph.ts'

/** The names that PROV-JSON gives to the ends of a relation, later thing first. */
const ends: Readonly<Record<RelationType, readonly [from: string, to: string]>> = {
  used: ['prov:activity', 'prov:entity'],
  wasGeneratedBy: ['prov:entity', 'prov:activity'],
  wasAssociatedWith: ['prov:activity', 'prov:agent'],
  actedOnBehalfOf: ['prov:delegate', 'prov:responsible'],
  wasAttributedTo: ['prov:entity', 'prov:agent'],
  wasInformedBy: ['prov:informed', 'prov:informant'],
  wasDerivedFrom: ['prov:generatedEntity', 'prov:usedEntity'],
  hadMember: ['prov:collection', 'prov:entity'],
}
const agentTypes: Readonly<Record<string, string>> = {
  person: 'prov:Person',
  plugin: 'prov:SoftwareAgent',
  publisher: 'prov:Organization',
}

/** The graph as W3C PROV-JSON (member submission of 24 April 2013). Names are qualified as `sb:`; `sb:receipt` names the proof. */
export function writeProvJson(graph: ProvenanceGraph): string {
  const nodes = (kind: ProvenanceNode['kind']) =>
    Object.fromEntries(
      graph.nodes.filter((node) => node.kind === kind).map((node) => [nameOf(node.id), attributesOf(node)]),
    )
  const relations = (type: RelationType) =>
    Object.fromEntries(
      graph.edges
        .filter((edge) => edge.type === type)
        .map((edge, at) => {
          const [from, to] = ends[type]
          return [
            `_:${type}${at + 1}`,
            { [from]: nameOf(edge.from), [to]: nameOf(edge.to), 'sb:receipt': edge.receipt },
          ]
        }),
    )
  const document: Record<string, unknown> = {
    prefix: { sb: 'urn:switchboard:', prov: 'http://www.w3.org/ns/prov#' },
    activity: nodes('activity'),
    agent: nodes('agent'),
    entity: nodes('entity'),
  }
  for (const type of Object.keys(ends) as RelationType[]) {
    const all = relations(type)
    if (Object.keys(all).length > 0) document[type] = all
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function attributesOf(node: ProvenanceNode): Record<string, unknown> {
  const { startedAt, endedAt, ...rest } = node.attributes
  return {
    'prov:label': node.label,
    'prov:type': [agentTypes[node.type], `sb:${node.type}`].filter((type) => type !== undefined),
    ...(typeof startedAt === 'number' ? { 'prov:startTime': new Date(startedAt).toISOString() } : {}),
    ...(typeof endedAt === 'number' ? { 'prov:endTime': new Date(endedAt).toISOString() } : {}),
    ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [`sb:${name}`, value])),
  }
}

/** A qualified name: what is no part of one is escaped, so that two ids never become one name. */
function nameOf(id: string): string {
  return `sb:${encodeURIComponent(id)}`
}
