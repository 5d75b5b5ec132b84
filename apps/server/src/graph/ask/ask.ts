import { allow } from '@switchboard/api'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { handleRead, operationOf } from '../../kernel/handler.ts'
import type { Registration } from '../../kernel/handler.ts'
import { stricterTlp } from '../../kernel/tlp.ts'
import type { EntityRow } from '../entity-store.ts'
import { printCypher } from './cypher.ts'
import { estimateReads, performCypher } from './perform.ts'
import type { Answered } from './perform.ts'
import { translate } from './translate.ts'

type Entity = OutputOf<OperationByName<'graph.entity'>>
type Answer = OutputOf<OperationByName<'graph.ask'>>

/** `graph.ask`: the query with what it would read; with `run` its answer too, made by performing that very text. */
export function ask(entityOf: (row: EntityRow) => Entity): Registration {
  return handleRead(operationOf('graph.ask'), {
    async run(ctx, { question, run = false, limit = 100 }) {
      const place = { db: ctx.read, organisation: ctx.actor.organisation, ceilings: ctx.ceilings }
      const translated = await translate({ ...place, question, limit })
      if (!translated.ok) return translated
      const { query, explanation, named } = translated.value
      const text = printCypher(query)
      const reads = await estimateReads(place, query)
      const known = named.map(({ tlp }) => tlp).reduce(stricterTlp, 'CLEAR')
      const shown = { query: text, explanation, cost: { readsAtMost: reads, rowsAtMost: rowsAtMost(query) } }
      if (!run) {
        ctx.place({ tlp: known, licences: named.map((row) => row.source_licence) })
        return allow({ ...shown, ran: false, rows: [], cut: false })
      }
      const answered = await performCypher(place, text)
      ctx.count({ rows: answered.count === undefined ? answered.entities.length : 1 })
      ctx.place({
        tlp: stricterTlp(known, answered.tlp),
        licences: [...named, ...answered.entities].map((row) => row.source_licence),
      })
      return allow({
        ...shown,
        ran: true,
        rows: rowsOf(answered, query.kind === 'path', entityOf),
        cut: answered.cut,
      })
    },
  })
}

function rowsAtMost(query: Parameters<typeof printCypher>[0]): number {
  if (query.kind === 'node') return 1
  if (query.kind === 'path') return query.hops + 1
  return query.count ? 1 : query.limit
}

/** As columns of the query's RETURN. */
function rowsOf(answered: Answered, isPath: boolean, entityOf: (row: EntityRow) => Entity): Answer['rows'] {
  if (answered.count !== undefined) return [{ count: answered.count }]
  const entities = answered.entities.map(entityOf)
  if (!isPath) return entities.map((entity) => ({ entity }))
  if (entities.length === 0) return []
  const idOf = new Map(answered.entities.map((row) => [row.id, row.key]))
  const relations = answered.relations.map(({ type, from_id: from, to_id: to, confidence }) => ({
    type,
    from: idOf.get(from),
    to: idOf.get(to),
    confidence,
  }))
  return [{ path: { entities, relations } }]
}
