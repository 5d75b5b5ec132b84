import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'
import type { Answer, ClientFault, InputOf, OperationByName, OperationName } from '@switchboard/api'
import { useState } from 'react'
import { createAttempts } from './perform-effect.ts'
import type { EffectOptions } from './perform-effect.ts'

/**
 * An effect behind a button. Tried again it is not done twice; once it was answered, what was read before is asked anew.
 * Never optimistic: the screen shows what the server said.
 */
export function useAct<N extends OperationName>(
  operation: N,
  options: EffectOptions = {},
): UseMutationResult<Answer<N>, ClientFault, InputOf<OperationByName<N>>> {
  const queries = useQueryClient()
  const [perform] = useState(createAttempts)
  return useMutation<Answer<N>, ClientFault, InputOf<OperationByName<N>>>({
    mutationKey: [operation],
    retry: false,
    // What was sent may be large, or a secret: it goes with who sent it.
    gcTime: 0,
    mutationFn: (input) => perform(operation, input, options),
    // Not awaited: what became of the effect is said even while a server that fails is asked for the rest.
    onSettled: () => void queries.invalidateQueries(),
  })
}
