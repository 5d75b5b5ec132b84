import type { Answer, InputOf, OperationByName, OperationName } from '@switchboard/api'
import { client } from './client.ts'
import { sessionEnded } from './session-changes.ts'

/**
 * Performs an effect as one step of several; a screen with one button has `useAct`. A denial is an answer.
 *
 * @param key the same for the same step tried again, so that nothing happens twice.
 * @throws {ClientFault} when the server could not be reached or failed.
 */
export async function performEffect<N extends OperationName>(
  operation: N,
  input: InputOf<OperationByName<N>>,
  key?: string,
): Promise<Answer<N>> {
  const answer = await client.perform(operation, input, key === undefined ? {} : { idempotencyKey: key })
  if (!answer.ok && answer.denial.code === 'unauthenticated') sessionEnded()
  return answer
}
