import type { Denial } from '@switchboard/api'

/** A refused call after which a run does not go on, whatever the plugin makes of it: a breach of its budgets, or a hold. */
export function endsTheRun({ code }: Denial): boolean {
  return code.startsWith('BudgetExceeded:') || code === 'sandbox_stopped' || code === 'package_quarantined'
}
