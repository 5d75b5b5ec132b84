import { allow, caseDenials, deny } from '@switchboard/api'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { holdsOn, holdView } from '../evidence/index.ts'
import type { Graph } from '../graph/index.ts'
import type { Reader, Tx } from '../kernel/db/index.ts'
import { handleRead, handleWrite, operationOf } from '../kernel/handler.ts'
import type { Context, Registration, Resource } from '../kernel/handler.ts'
import { newId } from '../kernel/ids.ts'
import { isWithin, stricterTlp } from '../kernel/tlp.ts'
import { attachEntities } from './attach-entities.ts'
import type { Attachment } from './attach-entities.ts'
import {
  deleteCasesOf,
  detachEntities,
  detachRun,
  entitiesOf,
  findCase,
  heldByOthers,
  casesOfUndo,
  insertCase,
  insertNote,
  listCases,
  notesOf,
  setPap,
  setTlp,
  tlpsOf,
} from './case-store.ts'
import type { CaseRow } from './case-store.ts'

type Case = OutputOf<OperationByName<'case.create'>>

export interface Cases {
  readonly registrations: readonly Registration[]
  find(db: Reader, organisation: string, id: string): Promise<CaseRow | undefined>
  /** TLP by case, of those that exist. */
  tlps(db: Reader, organisation: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  attach(tx: Tx, attachment: Attachment): ReturnType<typeof attachEntities>
  /** Takes what a run attached off every case, and the entities that went with its undo. */
  detach(tx: Tx, organisation: string, run: string, gone: readonly string[]): Promise<number>
  /** Which of the entities people or other runs have attached to a case. */
  heldByOthers(
    tx: Tx,
    organisation: string,
    run: string,
    ids: readonly string[],
  ): Promise<ReadonlySet<string>>
  /** The cases that lose something when a run is taken back: what it attached, or an entity of theirs that it wrote. */
  ofUndo(tx: Tx, organisation: string, run: string, ids: readonly string[]): Promise<readonly string[]>
  removeAll(tx: Tx, organisation: string): Promise<{ cases: number; notes: number }>
}

export function createCases({ graph }: { graph: Graph }): Cases {
  return {
    registrations: [
      create(),
      list(),
      read(graph),
      relations(graph),
      addNote(),
      addEntities(graph),
      changeTlp(),
      changePap(),
    ],
    find: findCase,
    tlps: tlpsOf,
    attach: (tx, attachment) => attachEntities(tx, graph, attachment),
    async detach(tx, organisation, run, gone) {
      const detached = await detachRun(tx, organisation, run)
      await detachEntities(tx, organisation, gone)
      return detached
    },
    heldByOthers,
    ofUndo: casesOfUndo,
    removeAll: deleteCasesOf,
  }
}

/** The case as policy sees it; of another organisation it is simply unknown. */
async function caseResource(ctx: Context, { id }: { id: string }) {
  const row = await findCase(ctx.read, ctx.actor.organisation, id)
  if (row === undefined) return deny(caseDenials, 'case_unknown', { case: id })
  ctx.subject({ case: row.id })
  const resource: Resource = {
    type: 'Case',
    id: row.id,
    organisation: row.organisation,
    tlp: row.tlp,
    attributes: { pap: row.pap },
  }
  return allow(resource)
}

function caseOf(row: CaseRow, counts: { notes: number; entities: number }): Case {
  return {
    id: row.id,
    title: row.title,
    tlp: row.tlp as Case['tlp'],
    pap: row.pap as Case['pap'],
    openedAt: row.opened_at,
    openedBy: row.opened_by_name,
    notes: counts.notes,
    entities: counts.entities,
    demo: row.demo === 1,
  }
}

function create(): Registration {
  return handleWrite(operationOf('case.create'), {
    async run(ctx, { title, tlp = 'GREEN', pap = 'GREEN', note }) {
      const row: CaseRow = {
        id: newId('case'),
        organisation: ctx.actor.organisation,
        title,
        tlp,
        pap,
        opened_at: ctx.at,
        opened_by: ctx.actor.user,
        opened_by_name: ctx.actor.name,
        demo: ctx.actor.demo ? 1 : 0,
      }
      ctx.subject({ case: row.id })
      ctx.place({ tlp })
      await insertCase(ctx.tx, row)
      if (note !== undefined) {
        await insertNote(ctx.tx, {
          id: newId('note'),
          case_id: row.id,
          organisation: row.organisation,
          text: note,
          by: ctx.actor.name,
          at: ctx.at,
        })
      }
      return allow(caseOf(row, { notes: note === undefined ? 0 : 1, entities: 0 }))
    },
  })
}

function list(): Registration {
  return handleRead(operationOf('case.list'), {
    async run(ctx, { entity, limit = 100, cursor }) {
      const rows = await listCases(ctx.read, ctx.actor.organisation, { limit, before: cursor, entity })
      const last = rows.at(-1)
      return allow({
        rows: rows.map((row) => caseOf(row, row)),
        ...(rows.length === limit && last !== undefined ? { next: last.id } : {}),
      })
    },
  })
}

function read(graph: Graph): Registration {
  return handleRead(operationOf('case.read'), {
    resource: caseResource,
    async run(ctx, { id }) {
      const { organisation } = ctx.actor
      const row = await findCase(ctx.read, organisation, id)
      if (row === undefined) return deny(caseDenials, 'case_unknown', { case: id })
      const [notes, attached, holds] = await Promise.all([
        notesOf(ctx.read, organisation, id),
        entitiesOf(ctx.read, organisation, id),
        ctx.actor.via === undefined ? holdsOn(ctx.read, organisation, [id]) : undefined,
      ])
      const entities = await graph.entities(
        ctx.read,
        organisation,
        attached.map((link) => link.entity_id),
      )
      // A plugin may be given the case and yet not each entity of it.
      const shown = attached.flatMap((link) => {
        const entity = entities.get(link.entity_id)
        return entity !== undefined &&
          isWithin(ctx.ceilings, { tlp: entity.tlp, licence: entity.source.licence })
          ? [{ entity, citations: JSON.parse(link.citations) as unknown[], run: link.run }]
          : []
      })
      ctx.count({ rows: notes.length + shown.length })
      ctx.place({ tlp: shown.reduce((tlp, { entity }) => stricterTlp(tlp, entity.tlp), row.tlp) })
      return allow({
        id: row.id,
        title: row.title,
        tlp: row.tlp as Case['tlp'],
        pap: row.pap as Case['pap'],
        openedAt: row.opened_at,
        notes: notes.map(({ id: note, text, by, at }) => ({ id: note, text, by, at })),
        entities: shown,
        // Who opened it and why it is held is for people.
        ...(holds === undefined ? {} : { openedBy: row.opened_by_name, holds: holds.map(holdView) }),
      })
    },
  })
}

/** Entities whose relations are looked for: more than a picture or a list of them could say. */
const mostRelated = 1_000

function relations(graph: Graph): Registration {
  return handleRead(operationOf('case.relations'), {
    resource: caseResource,
    async run(ctx, { id, limit = 100 }) {
      const { organisation } = ctx.actor
      const row = await findCase(ctx.read, organisation, id)
      if (row === undefined) return deny(caseDenials, 'case_unknown', { case: id })
      const attached = await entitiesOf(ctx.read, organisation, id)
      const ids = attached.slice(0, mostRelated).map((link) => link.entity_id)
      const found = await graph.relationsAmong(ctx.read, organisation, ids, limit + 1)
      const shown = found.slice(0, limit)
      ctx.count({ rows: shown.length })
      ctx.place({ tlp: shown.reduce((tlp, relation) => stricterTlp(tlp, relation.tlp), row.tlp) })
      return allow({
        rows: shown.map(({ from_id: from, to_id: to, type: relation, confidence }) => ({
          from,
          to,
          relation,
          confidence,
        })),
        cut: attached.length > mostRelated || found.length > limit,
      })
    },
  })
}

function addNote(): Registration {
  return handleWrite(operationOf('case.add_note'), {
    resource: caseResource,
    async run(ctx, { id, text }) {
      const note = { id: newId('note'), text, by: ctx.actor.name, at: ctx.at }
      await insertNote(ctx.tx, { ...note, case_id: id, organisation: ctx.actor.organisation })
      return allow(note)
    },
  })
}

function addEntities(graph: Graph): Registration {
  return handleWrite(operationOf('case.add_entities'), {
    resource: caseResource,
    async run(ctx, { id, entities, relations = [] }) {
      const { via } = ctx.actor
      const source =
        via === undefined
          ? { name: ctx.actor.name, version: '-', licence: 'proprietary' }
          : { name: via.package, version: via.version, licence: 'proprietary' }
      const attached = await attachEntities(ctx.tx, graph, {
        organisation: ctx.actor.organisation,
        case: id,
        entities,
        relations,
        source,
        at: ctx.at,
        ...(via === undefined ? {} : { run: via.run, marked: via.marked.tlp }),
      })
      if (!attached.ok) return attached
      ctx.count({ rows: entities.length })
      const { created, updated, relations: added } = attached.value
      return allow({ created, updated, relations: added })
    },
  })
}

function changeTlp(): Registration {
  return handleWrite(operationOf('case.set_tlp'), {
    resource: caseResource,
    async run(ctx, { id, tlp }) {
      await setTlp(ctx.tx, ctx.actor.organisation, id, tlp)
      return allow({ id, tlp })
    },
  })
}

function changePap(): Registration {
  return handleWrite(operationOf('case.set_pap'), {
    resource: caseResource,
    async run(ctx, { id, pap }) {
      await setPap(ctx.tx, ctx.actor.organisation, id, pap)
      return allow({ id, pap })
    },
  })
}
