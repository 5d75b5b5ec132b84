import type { OperationByName, OutputOf } from '@switchboard/api'

/** A case as it was read. */
export type FoundCase = OutputOf<OperationByName<'case.read'>>
