import { Type } from 'typebox'
import { operation } from '../operation.ts'
import { closed, Id, Json, Limit, Tlp } from '../schema.ts'
import { graphDenials as d } from './denials.ts'

const Key = Type.String({
  minLength: 1,
  maxLength: 500,
  description: 'Natural key within the organisation, such as ip:192.0.2.1 or as:64500.',
})
const TypeName = Type.String({
  pattern: '^[a-z][a-z0-9_-]{0,62}$',
  description: 'Entity or relation type, such as autonomous-system or operated_by.',
})
const Properties = Type.Record(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]{0,62}$' }), Json, {
  maxProperties: 64,
})
const Confidence = Type.Number({ minimum: 0, maximum: 1 })
const Source = closed(
  {
    name: Type.String({ maxLength: 200 }),
    version: Type.String({ maxLength: 100 }),
    licence: Type.String({ maxLength: 200 }),
  },
  { title: 'Source' },
)

export const Entity = closed(
  {
    id: Id('ent', 'An entity.'),
    key: Key,
    type: TypeName,
    name: Type.String(),
    properties: Properties,
    tlp: Tlp,
    confidence: Confidence,
    source: Source,
    citations: Type.Optional(
      Type.Array(Json, { description: 'Where it was found, of what plugins wrote with citations.' }),
    ),
  },
  { title: 'Entity' },
)
export const ProposedEntity = closed(
  {
    key: Key,
    type: TypeName,
    name: Type.String({ minLength: 1, maxLength: 500 }),
    properties: Type.Optional(Properties),
    confidence: Type.Optional(Confidence),
    tlp: Type.Optional(Tlp),
    citations: Type.Optional(Type.Array(Json, { maxItems: 200 })),
  },
  { title: 'ProposedEntity' },
)
export const ProposedRelation = closed(
  {
    from: Key,
    to: Key,
    type: TypeName,
    confidence: Type.Optional(Confidence),
    citations: Type.Optional(Type.Array(Json, { maxItems: 200 })),
  },
  { title: 'ProposedRelation' },
)
export const graphSearch = operation({
  name: 'graph.search',
  summary: 'Search entities',
  description:
    'Entities whose name or key contains the words of `q`, best match first. A plugin receives the rows as a bare array.',
  effect: 'read',
  capability: 'read:graph',
  input: closed({
    q: Type.String({ minLength: 1, maxLength: 500 }),
    type: Type.Optional(TypeName),
    limit: Limit,
  }),
  output: closed({ rows: Type.Array(Entity) }),
  denials: {},
  rest: { method: 'GET', path: '/graph/entities' },
  graphql: { kind: 'query', field: 'graphSearch' },
  cli: { command: 'graph search', positional: ['q'] },
})
export const graphEntity = operation({
  name: 'graph.entity',
  summary: 'Show an entity',
  description: 'One entity by id or natural key.',
  effect: 'read',
  capability: 'read:graph',
  input: closed({ id: Type.String({ minLength: 1, maxLength: 500 }) }),
  output: Entity,
  denials: { entity_unknown: d.entity_unknown },
  rest: { method: 'GET', path: '/graph/entities/{id}' },
  graphql: { kind: 'query', field: 'entity' },
  cli: { command: 'graph entity', positional: ['id'] },
})
export const graphNeighbours = operation({
  name: 'graph.neighbours',
  summary: 'Neighbours of an entity',
  description: 'Entities one relation away, with the relation and its direction.',
  effect: 'read',
  capability: 'read:graph',
  input: closed({
    id: Type.String({ minLength: 1, maxLength: 500 }),
    type: Type.Optional(TypeName),
    limit: Limit,
  }),
  output: closed({
    rows: Type.Array(
      closed({
        entity: Entity,
        relation: TypeName,
        direction: Type.Union([Type.Literal('out'), Type.Literal('in')]),
        confidence: Confidence,
      }),
    ),
  }),
  denials: { entity_unknown: d.entity_unknown },
  rest: { method: 'GET', path: '/graph/entities/{id}/neighbours' },
  graphql: { kind: 'query', field: 'neighbours' },
  cli: { command: 'graph neighbours', positional: ['id'] },
})
export const graphAsk = operation({
  name: 'graph.ask',
  summary: 'Ask the graph in plain English',
  description:
    'Turns a question into a read-only Cypher query over what the graph holds, and shows it with what it would read; `run` performs it as well. What it does not understand it says, with questions that it does.',
  effect: 'read',
  capability: () => ['use:nl2cypher', 'read:graph'],
  input: closed({
    question: Type.String({ minLength: 1, maxLength: 500 }),
    run: Type.Optional(Type.Boolean()),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, description: 'At most so many rows; 100 unless told.' }),
    ),
  }),
  output: closed({
    query: Type.String({ description: 'Cypher.' }),
    explanation: Type.String({ description: 'The query in words.' }),
    cost: closed({ readsAtMost: Type.Integer(), rowsAtMost: Type.Integer() }),
    ran: Type.Boolean(),
    rows: Type.Array(Json, { description: 'As the query returns them: entity, count or path.' }),
    cut: Type.Boolean({ description: 'There is more than was looked at.' }),
  }),
  denials: {
    question_not_understood: d.question_not_understood,
    question_ambiguous: d.question_ambiguous,
  },
  rest: { method: 'GET', path: '/graph/answers' },
  cli: { command: 'graph ask', positional: ['question'] },
})
export const graphUpsert = operation({
  name: 'graph.upsert',
  summary: 'Write entities and relations',
  description:
    'Creates or updates entities by natural key, all of it or nothing. What a run wrote bears the run and its marking, and can be undone.',
  effect: 'write',
  capability: 'write:graph',
  input: closed({
    entities: Type.Array(ProposedEntity, { minItems: 1, maxItems: 1000 }),
    relations: Type.Optional(Type.Array(ProposedRelation, { maxItems: 5000 })),
  }),
  output: closed({ created: Type.Integer(), updated: Type.Integer(), relations: Type.Integer() }),
  denials: { relation_dangling: d.relation_dangling },
  rest: { method: 'POST', path: '/graph/entities' },
  cli: { command: 'graph upsert' },
})
export const graphImport = operation({
  name: 'graph.import',
  summary: 'Import entities and relations',
  description:
    'Creates or updates entities by natural key from one named, licensed source; all of it or nothing.',
  effect: 'write',
  input: closed({
    source: Source,
    tlp: Type.Optional(Tlp),
    entities: Type.Array(ProposedEntity, { maxItems: 25_000 }),
    relations: Type.Optional(Type.Array(ProposedRelation, { maxItems: 50_000 })),
  }),
  output: closed({ created: Type.Integer(), updated: Type.Integer(), relations: Type.Integer() }),
  denials: { relation_dangling: d.relation_dangling },
  rest: { method: 'POST', path: '/graph/imports' },
  cli: { command: 'graph import' },
})
