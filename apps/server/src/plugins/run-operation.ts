import type { DenialsOf, OperationByName } from '@switchboard/api'

export type RunOperation = OperationByName<'plugin.run'>
export type RunDenial = DenialsOf<RunOperation>
