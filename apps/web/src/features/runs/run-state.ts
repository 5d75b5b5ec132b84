import type { OperationByName, OutputOf } from '@switchboard/api'

export type Run = OutputOf<OperationByName<'run.list'>>['rows'][number]
export type RunState = Run['state']
export type RunDetail = OutputOf<OperationByName<'run.detail'>>
export type Span = RunDetail['spans'][number]

export const runStates = [
  'queued',
  'running',
  'succeeded',
  'denied',
  'failed',
  'cancelled',
  'unknown',
] as const satisfies readonly RunState[]

/** Whether more will be written about it. */
export function isActive(state: RunState): boolean {
  return state === 'queued' || state === 'running'
}

/** What ended never changes; what is refused now is asked again when somebody comes again. */
export function isFinalDetail(answer: { readonly ok: boolean; readonly value?: unknown }): boolean {
  return answer.ok && !isActive((answer.value as RunDetail).run.state)
}
