import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'
import type { Answer, ClientFault, InputOf, OperationByName, OperationName } from '@switchboard/api'
import { useRef } from 'react'
import { client } from './client.ts'
import { sessionEnded } from './session-ended.ts'

export interface ActOptions {
  /** The answer holds a secret: the server takes no idempotency key then. */
  readonly withoutKey?: boolean
}

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
    mutationFn: async (input) => {
      const text = JSON.stringify(input)
      if (attempt.current?.input !== text) attempt.current = { input: text, key: crypto.randomUUID() }
      const { key } = attempt.current
      const answer = await client.perform(operation, input, withoutKey ? {} : { idempotencyKey: key })
      if (!answer.ok && answer.denial.code === 'unauthenticated') sessionEnded()
      attempt.current = undefined
      return answer
    },
    onSettled: () => queries.invalidateQueries(),
  })
}
