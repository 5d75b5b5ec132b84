import assert from 'node:assert/strict'
import { allow, caseDenials, deny } from '@switchboard/api'
import type { Graph, RelationDraft, Source } from '../graph/index.ts'
import type { EntityDraft } from '../graph/index.ts'
import type { Tx } from '../kernel/db/index.ts'
import { stricterTlp } from '../kernel/tlp.ts'
import { attachEntity, findCase } from './case-store.ts'

export interface CitedEntity extends EntityDraft {
  readonly citations?: readonly unknown[]
}
export interface Attachment {
  readonly organisation: string
  readonly case: string
  readonly entities: readonly CitedEntity[]
  readonly relations: readonly RelationDraft[]
  readonly source: Source
  readonly run?: string
  /** How what the run knows is marked; nothing it writes is marked less. */
  readonly marked?: string
  readonly at: number
}

/**
 * Writes entities and relations into the graph and attaches the entities to the case. Relations to unknown ends are left
 * out: a proposal may be accepted row by row, and its other rows may not have been chosen.
 */
export async function attachEntities(tx: Tx, graph: Graph, attachment: Attachment) {
  const row = await findCase(tx, attachment.organisation, attachment.case)
  if (row === undefined) return deny(caseDenials, 'case_unknown', { case: attachment.case })
  const write = {
    organisation: attachment.organisation,
    entities: attachment.entities,
    source: attachment.source,
    tlp: row.tlp,
    at: attachment.at,
    ...(attachment.run === undefined
      ? {}
      : { run: attachment.run, atLeast: stricterTlp(row.tlp, attachment.marked ?? row.tlp) }),
  }
  const written = await graph.write(tx, { ...write, relations: attachment.relations, dangling: 'leave_out' })
  assert(!('dangling' in written), 'relations to unknown ends were to be left out')
  for (const entity of attachment.entities) {
    await attachEntity(tx, {
      case_id: row.id,
      organisation: row.organisation,
      entity_id: written.ids.get(entity.key) as string,
      citations: JSON.stringify(entity.citations ?? []),
      run: attachment.run ?? null,
      at: attachment.at,
    })
  }
  return allow({
    created: written.created,
    updated: written.updated,
    relations: written.relations,
    tlp: row.tlp,
  })
}
