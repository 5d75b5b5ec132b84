import { Type } from 'typebox'
import { operation } from '../operation.ts'
import { CaseId, closed, Cursor, Id, Instant, Json, Limit, Page, Pap, Tlp } from '../schema.ts'
import { LegalHold } from '../holds/operations.ts'
import { Entity, ProposedEntity, ProposedRelation } from '../graph/operations.ts'
import { caseDenials as d } from './denials.ts'

const Case = closed(
  {
    id: CaseId,
    title: Type.String(),
    tlp: Tlp,
    pap: Pap,
    openedAt: Instant,
    openedBy: Type.String(),
    notes: Type.Integer(),
    entities: Type.Integer(),
    demo: Type.Boolean(),
  },
  { title: 'Case' },
)
const Note = closed(
  { id: Id('note', 'A note of a case.'), text: Type.String(), by: Type.String(), at: Instant },
  { title: 'Note' },
)
const NoteText = Type.String({ minLength: 1, maxLength: 200_000 })

export const caseCreate = operation({
  name: 'case.create',
  summary: 'Open a case',
  description:
    'A case holds notes, attached entities and their citations; its TLP bounds what may leave it, its PAP what may be asked outside about it (GREEN unless told).',
  effect: 'write',
  input: closed({
    title: Type.String({ minLength: 1, maxLength: 300 }),
    tlp: Type.Optional(Tlp),
    pap: Type.Optional(Pap),
    note: Type.Optional(NoteText),
  }),
  output: Case,
  denials: {},
  rest: { method: 'POST', path: '/cases' },
  graphql: { kind: 'mutation', field: 'caseCreate' },
  cli: { command: 'case create', positional: ['title'] },
})
export const caseList = operation({
  name: 'case.list',
  summary: 'List cases',
  description: 'The cases of your organisation, newest first; with `entity` those that it is attached to.',
  effect: 'read',
  input: closed({ entity: Type.Optional(Id('ent', 'An entity.')), limit: Limit, cursor: Cursor }),
  output: Page(Case),
  denials: {},
  rest: { method: 'GET', path: '/cases' },
  graphql: { kind: 'query', field: 'cases' },
  cli: { command: 'case list' },
})
export const caseRead = operation({
  name: 'case.read',
  summary: 'Read a case',
  description:
    'A case with its notes, its attached entities, each with the citations that led to it, and its legal holds.',
  effect: 'read',
  capability: 'read:case',
  input: closed({ id: CaseId }),
  output: closed({
    id: CaseId,
    title: Type.String(),
    tlp: Tlp,
    pap: Pap,
    openedAt: Instant,
    openedBy: Type.Optional(Type.String({ description: 'Who opened it; plugins are not told.' })),
    notes: Type.Array(Note),
    entities: Type.Array(
      closed({ entity: Entity, citations: Type.Array(Json), run: Type.Union([Type.String(), Type.Null()]) }),
    ),
    holds: Type.Optional(
      Type.Array(LegalHold, { description: 'Legal holds that stand; plugins are told none.' }),
    ),
  }),
  denials: { case_unknown: d.case_unknown },
  rest: { method: 'GET', path: '/cases/{id}' },
  graphql: { kind: 'query', field: 'case' },
  cli: { command: 'case read', positional: ['id'] },
})
export const caseRelations = operation({
  name: 'case.relations',
  summary: "Relations of a case's entities",
  description:
    'How the entities attached to a case hang together: relations with both ends among them. Of a case with more entities those attached first; `cut` says that there is more.',
  effect: 'read',
  input: closed({ id: CaseId, limit: Limit }),
  output: closed({
    rows: Type.Array(
      closed(
        {
          from: Id('ent', 'An entity.'),
          to: Id('ent', 'An entity.'),
          relation: Type.String({ description: 'Type of the relation, such as operated_by.' }),
          confidence: Type.Number({ minimum: 0, maximum: 1 }),
        },
        { title: 'CaseRelation' },
      ),
    ),
    cut: Type.Boolean({ description: 'There is more than was looked at.' }),
  }),
  denials: { case_unknown: d.case_unknown },
  rest: { method: 'GET', path: '/cases/{id}/relations' },
  graphql: { kind: 'query', field: 'caseRelations' },
  cli: { command: 'case relations', positional: ['id'] },
})
export const caseAddNote = operation({
  name: 'case.add_note',
  summary: 'Add a note to a case',
  description: 'Notes are never changed: offsets in citations stay true.',
  effect: 'write',
  input: closed({ id: CaseId, text: NoteText }),
  output: Note,
  denials: { case_unknown: d.case_unknown },
  rest: { method: 'POST', path: '/cases/{id}/notes' },
  graphql: { kind: 'mutation', field: 'caseAddNote' },
  cli: { command: 'case note', positional: ['id', 'text'] },
})
export const caseAddEntities = operation({
  name: 'case.add_entities',
  summary: 'Attach entities to a case',
  description:
    'Writes entities into the graph and attaches them to the case; a plugin needs write:case for it.',
  effect: 'write',
  capability: 'write:case',
  input: closed({
    id: CaseId,
    entities: Type.Array(ProposedEntity, { minItems: 1, maxItems: 1000 }),
    relations: Type.Optional(Type.Array(ProposedRelation, { maxItems: 5000 })),
  }),
  output: closed({ created: Type.Integer(), updated: Type.Integer(), relations: Type.Integer() }),
  denials: { case_unknown: d.case_unknown },
  rest: { method: 'POST', path: '/cases/{id}/entities' },
  cli: { command: 'case attach', positional: ['id'] },
})
export const caseSetTlp = operation({
  name: 'case.set_tlp',
  summary: "Change a case's TLP",
  description: 'Raising or lowering the marking decides what an export needs.',
  effect: 'write',
  input: closed({ id: CaseId, tlp: Tlp }),
  output: closed({ id: CaseId, tlp: Tlp }),
  denials: { case_unknown: d.case_unknown },
  rest: { method: 'PUT', path: '/cases/{id}/tlp' },
  cli: { command: 'case tlp', positional: ['id', 'tlp'] },
})
export const caseSetPap = operation({
  name: 'case.set_pap',
  summary: "Change a case's PAP",
  description: 'Raising or lowering the marking decides which plugins may be used on the case.',
  effect: 'write',
  input: closed({ id: CaseId, pap: Pap }),
  output: closed({ id: CaseId, pap: Pap }),
  denials: { case_unknown: d.case_unknown },
  rest: { method: 'PUT', path: '/cases/{id}/pap' },
  cli: { command: 'case pap', positional: ['id', 'pap'] },
})
