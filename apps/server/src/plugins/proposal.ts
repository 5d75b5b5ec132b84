import { catalogue } from '@switchboard/api'
import type { InputOf, OperationByName } from '@switchboard/api'
import { Compile } from 'typebox/compile'

type Attach = InputOf<OperationByName<'case.add_entities'>>
export type ProposedEntity = Attach['entities'][number]
export type ProposedRelation = NonNullable<Attach['relations']>[number]

/** What a run's result would change: its `entities` and `relations`, if it has any. */
export interface Proposal {
  readonly entities: readonly ProposedEntity[]
  readonly relations: readonly ProposedRelation[]
}

const attach = catalogue.find(
  (spec) => spec.name === 'case.add_entities',
) as OperationByName<'case.add_entities'>
const entity = Compile(attach.input.properties.entities.items)
const relation = Compile(attach.input.properties.relations.items)
const mostRows = 10_000

/** Reads the proposal out of a result that nobody has checked; a row that breaks its schema is named. */
export function readProposal(
  result: unknown,
): { ok: true; proposal: Proposal } | { ok: false; detail: string } {
  const { entities = [], relations = [] } = (
    typeof result === 'object' && result !== null ? result : {}
  ) as Record<string, unknown>
  for (const [name, rows, schema] of [
    ['entities', entities, entity],
    ['relations', relations, relation],
  ] as const) {
    if (!Array.isArray(rows)) return { ok: false, detail: `/${name} must be an array` }
    if (rows.length > mostRows)
      return { ok: false, detail: `/${name} holds ${rows.length} rows; ${mostRows} are allowed` }
    const wrong = rows.findIndex((row) => !schema.Check(row))
    if (wrong >= 0) {
      const error = schema.Errors(rows[wrong])[0]
      return {
        ok: false,
        detail: `/${name}/${wrong}${error?.instancePath ?? ''} ${error?.message ?? 'does not fit'}`,
      }
    }
  }
  return {
    ok: true,
    proposal: { entities: entities as ProposedEntity[], relations: relations as ProposedRelation[] },
  }
}
