import type { OperationByName, OutputOf } from '@switchboard/api'
import { count } from '../../parts/format.ts'

export type Change = OutputOf<OperationByName<'run.diff'>>['rows'][number]

/** What a proposed row says, whichever kind it is; a plugin wrote it, so each part may be anything. */
export interface ProposedRow {
  readonly kind: 'entity' | 'relation'
  readonly title: string
  readonly type: string
  readonly key: string
  readonly citations: unknown
  readonly fields: Readonly<Record<string, unknown>>
}

export function readProposed({ row, what }: Pick<Change, 'row' | 'what'>): ProposedRow {
  const fields = (typeof what === 'object' && what !== null ? what : {}) as Readonly<Record<string, unknown>>
  const text = (name: string): string => (typeof fields[name] === 'string' ? fields[name] : '')
  const isEntity = row.startsWith('e')
  return {
    kind: isEntity ? 'entity' : 'relation',
    title: isEntity ? text('name') || text('key') : `${text('from')} → ${text('to')}`,
    type: text('type'),
    key: isEntity ? text('key') : '',
    citations: fields['citations'],
    fields,
  }
}

export interface FieldChange {
  readonly field: string
  readonly before: string
  readonly after: string
}

/**
 * Where a proposal differs from the entity as it is now. What a proposal does not name stays as it is, and properties are
 * merged one by one.
 */
export function changedFields(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly FieldChange[] {
  const changes: FieldChange[] = []
  const compare = (field: string, old: unknown, proposed: unknown): void => {
    if (proposed === undefined) return
    const [was, willBe] = [written(old), written(proposed)]
    if (was !== willBe) changes.push({ field, before: was, after: willBe })
  }
  for (const field of ['name', 'type', 'confidence', 'tlp']) compare(field, before[field], after[field])
  const old = recordOf(before['properties'])
  for (const [name, value] of Object.entries(recordOf(after['properties']))) compare(name, old[name], value)
  return changes
}

/** `12 to create, 3 to change, 40 the same already; 2 accepted`. */
export function changeSummary(rows: readonly Change[]): string {
  const of = (change: Change['change']): number => rows.filter((row) => row.change === change).length
  const accepted = rows.filter((row) => row.accepted).length
  const parts = [
    [of('create'), 'to create'],
    [of('update'), 'to change'],
    [of('same'), 'the same already'],
  ] as const
  const said = parts.filter(([n]) => n > 0).map(([n, what]) => `${n.toLocaleString('en')} ${what}`)
  return `${said.join(', ')}${accepted === 0 ? '' : `; ${count(accepted, 'row')} accepted`}.`
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

function written(value: unknown): string {
  return value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value)
}
