import { ClientFault } from '@switchboard/api'
import type { Answer, InputOf, OperationByName, OperationName } from '@switchboard/api'
import { client } from './client.ts'
import { sessionEnded } from './session-changes.ts'

/**
 * Asks for something to show. A denial is an answer like any other, but for two that say nothing about what was asked:
 * those are thrown, so that what was read before stays on the screen, and with it what was typed there.
 *
 * @throws {ClientFault} also when the session has ended, or the server is about to stop.
 */
export async function ask<N extends OperationName>(
  operation: N,
  input: InputOf<OperationByName<N>>,
  signal: AbortSignal,
): Promise<Answer<N>> {
  const answer = await client.perform(operation, input, { signal })
  if (answer.ok) return answer
  const { code, message } = answer.denial
  if (code === 'unauthenticated') {
    sessionEnded()
    throw new ClientFault(code, message, { status: 401 })
  }
  if (code === 'shutting_down') throw new ClientFault(code, message, { status: 503 })
  return answer
}
