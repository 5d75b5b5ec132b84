import { deny, holdDenials } from '@switchboard/api'
import type { OperationByName, OutputOf } from '@switchboard/api'
import type { LegalHoldRow } from './hold-store.ts'

/** A refusal stays readable, however many holds there are. */
const mostNamed = 10

/** What whoever is refused because of holds is answered: which, on what, by whom, since when, why, and what would change it. */
export function refuseHeld(holds: readonly LegalHoldRow[]) {
  const named = holds.slice(0, mostNamed).map((row) => ({
    hold: row.id,
    case: row.case_id,
    by: row.by_name,
    at: new Date(row.at).toISOString(),
    reason: row.reason,
  }))
  return deny(holdDenials, 'under_hold', { holds: named, more: holds.length - named.length })
}

export function holdView(row: LegalHoldRow): OutputOf<OperationByName<'hold.place'>> {
  const lifted =
    row.lifted_at === null
      ? null
      : { by: row.lifted_by_name ?? '', at: row.lifted_at, reason: row.lifted_reason ?? '' }
  return { id: row.id, case: row.case_id, reason: row.reason, by: row.by_name, at: row.at, lifted }
}
