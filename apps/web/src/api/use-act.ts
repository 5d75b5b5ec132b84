import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'
import { ClientFault } from '@switchboard/api'
import type { Answer, InputOf, OperationByName, OperationName } from '@switchboard/api'
import { useRef } from 'react'
import { client } from './client.ts'
import { sessionEnded } from './session-changes.ts'

export interface ActOptions {
  /** Input or answer hold a secret: the server takes no idempotency key then, and nothing of the input is kept here. */
  readonly withoutKey?: boolean
}

/** Refusals that leave open what becomes of the effect: whoever asks again must ask with the same key. */
const undecided: ReadonlySet<string> = new Set([
  'idempotency_in_progress',
  'unauthenticated',
  'shutting_down',
])

/**
 * Performs an effect. The same input, sent again because no answer came, keeps its idempotency key, so nothing happens
 * twice; once it was answered, what was read before is asked anew. Never optimistic: the screen shows what the server said.
 */
export function useAct<N extends OperationName>(
  operation: N,
  { withoutKey = false }: ActOptions = {},
): UseMutationResult<Answer<N>, ClientFault, InputOf<OperationByName<N>>> {
  const queries = useQueryClient()
  const attempt = useRef<{ readonly input: string; readonly key: string } | undefined>(undefined)
  return useMutation<Answer<N>, ClientFault, InputOf<OperationByName<N>>>({
    mutationKey: [operation],
    retry: false,
    // What was sent may be large, or a secret: it goes with who sent it.
    gcTime: 0,
    mutationFn: async (input) => {
      if (!withoutKey) {
        const text = JSON.stringify(input)
        if (attempt.current?.input !== text) attempt.current = { input: text, key: crypto.randomUUID() }
      }
      const key = attempt.current?.key
      const answer = await client
        .perform(operation, input, key === undefined ? {} : { idempotencyKey: key })
        .catch((fault: unknown) => {
          throw withoutKey ? fault : asUnknown(fault)
        })
      if (!answer.ok && answer.denial.code === 'unauthenticated') sessionEnded()
      if (answer.ok || !undecided.has(answer.denial.code)) attempt.current = undefined
      return answer
    },
    // Not awaited: what became of the effect is said even while a server that fails is asked for the rest.
    onSettled: () => void queries.invalidateQueries(),
  })
}

/** A fault of an effect, which says what that means: nobody here knows whether it happened. */
function asUnknown(fault: unknown): unknown {
  if (!(fault instanceof ClientFault)) return fault
  const { code, message, status } = fault
  const more = 'It may have been done all the same: try again, and it is not done a second time.'
  return new ClientFault(code, `${message} ${more}`, {
    ...(status === undefined ? {} : { status }),
    cause: fault,
  })
}
