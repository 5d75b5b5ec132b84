import type { OperationByName, OutputOf } from '@switchboard/api'

type Outside = OutputOf<OperationByName<'system.status'>>['outside']

export interface WhatLeft {
  /** True only where the server knows of no way by which anything could have. */
  readonly nothing: boolean
  /** Why not, a sentence each. */
  readonly reasons: readonly string[]
  /** What could leave from now on, though nothing has. */
  readonly doors: readonly string[]
}

/** What can honestly be said of what has left the server, out of what it knows of itself. */
export function whatLeft({ requests, feeds, witnesses, database, netGrants }: Outside): WhatLeft {
  const reasons = [
    ...(database ? ['The data lies in a database on another machine.'] : []),
    ...(requests ? ['A plugin has asked for something outside; each request left a receipt.'] : []),
    ...(feeds ? ['Receipts are sent to a SIEM, or were.'] : []),
    ...(witnesses > 0
      ? [
          `Checkpoints, which are sizes and hashes of the logs, go to ${witnesses === 1 ? 'a witness' : `${witnesses} witnesses`}.`,
        ]
      : []),
  ]
  const doors =
    netGrants === 0
      ? []
      : [
          `Plugins were granted ${netGrants === 1 ? 'one host' : `${netGrants} hosts`} outside; each request would leave a receipt.`,
        ]
  return { nothing: reasons.length === 0, reasons, doors }
}
