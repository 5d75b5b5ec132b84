import type { Answer, InputOf, OperationByName, OperationName } from '@switchboard/api'
import { createAttempts } from '../../api/perform-effect.ts'

const attempts = new Map<OperationName, ReturnType<typeof createAttempts>>()

/** One step of an act. When its answer is lost and the button is pressed again, it is not done a second time. */
export function performStep<N extends OperationName>(
  operation: N,
  input: InputOf<OperationByName<N>>,
): Promise<Answer<N>> {
  const perform = attempts.get(operation) ?? createAttempts()
  attempts.set(operation, perform)
  return perform(operation, input)
}
