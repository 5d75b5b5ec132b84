import type { OperationByName, OutputOf } from '@switchboard/api'

export type Receipt = OutputOf<OperationByName<'receipt.list'>>['rows'][number]

/** What of the case's receipts somebody wants to see. */
export const timelineKinds = [
  { value: 'notes', label: 'Notes' },
  { value: 'runs', label: 'Runs' },
  { value: 'accepted', label: 'Accepted and undone' },
  { value: 'exports', label: 'Exports' },
  { value: 'reviews', label: 'Reviews' },
  { value: 'holds', label: 'Legal holds' },
  { value: 'markings', label: 'Opening and markings' },
  { value: 'refused', label: 'Refused' },
  { value: 'calls', label: 'Calls by plugins' },
] as const
type Kind = (typeof timelineKinds)[number]['value'] | 'other'

const kinds: Readonly<Record<string, Kind>> = {
  'case.add_note': 'notes',
  'plugin.run': 'runs',
  'run.submit': 'runs',
  'run.cancel': 'runs',
  'run.replay': 'runs',
  'run.accept': 'accepted',
  'run.undo': 'accepted',
  'plugin.undo': 'accepted',
  'case.add_entities': 'accepted',
  'evidence.export': 'exports',
  'hold.place': 'holds',
  'hold.lift': 'holds',
  'case.create': 'markings',
  'case.set_tlp': 'markings',
  'case.set_pap': 'markings',
}

/** What a receipt tells of. People run, accept and undo; whatever else names a package is a call that its code made. */
export function kindOf({ operation, package: by }: Pick<Receipt, 'operation' | 'package'>): Kind {
  if (operation.startsWith('review.')) return 'reviews'
  const isByCode = by !== null && !/^(run|plugin|evidence)\./.test(operation)
  return isByCode ? 'calls' : (kinds[operation] ?? 'other')
}

/**
 * The receipts of a kind. Without one: all that people did, each once, so an intent goes where its outcome is there too.
 */
export function timelineOf(receipts: readonly Receipt[], kind: string): readonly Receipt[] {
  const ended = new Set(receipts.flatMap(({ phase, parent }) => (phase === 'outcome' ? [parent] : [])))
  return receipts.filter((receipt) => {
    if (receipt.phase === 'intent' && ended.has(receipt.id)) return false
    if (kind === 'refused') return receipt.decision === 'denied'
    const is = kindOf(receipt)
    return kind === '' ? is !== 'calls' : is === kind
  })
}
