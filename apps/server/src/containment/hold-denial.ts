import { deny, gateDenials } from '@switchboard/api'
import type { Denial } from '@switchboard/api'
import { everything } from './hold-store.ts'
import type { HoldRow } from './hold-store.ts'

/** What everybody is answered whom a hold refuses: who holds it, since when, why, and who could lift it. */
export function holdDenial(row: HoldRow): Denial {
  return row.package === everything
    ? deny(gateDenials, 'sandbox_stopped', toldOf(row)).denial
    : refuseQuarantined(row).denial
}

export function refuseQuarantined(row: HoldRow) {
  return deny(gateDenials, 'package_quarantined', { package: row.package, ...toldOf(row) })
}

function toldOf(row: HoldRow) {
  return { by: row.by_name, at: new Date(row.at).toISOString(), reason: row.reason }
}

export function holdView(row: HoldRow) {
  return {
    package: row.package === everything ? null : row.package,
    by: row.by_name,
    at: row.at,
    reason: row.reason,
  }
}
