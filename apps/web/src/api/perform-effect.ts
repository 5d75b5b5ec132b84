import { ClientFault } from '@switchboard/api'
import type { Answer, InputOf, OperationByName, OperationName } from '@switchboard/api'
import { client } from './client.ts'
import { sessionEnded } from './session-changes.ts'

export interface EffectOptions {
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
 * Performs effects one after the other. The same one, tried again because no answer came, keeps its idempotency key, so
 * nothing happens twice. A denial is an answer.
 *
 * @throws {ClientFault} when the server could not be reached or failed: nobody here knows then whether it happened.
 */
export function createAttempts() {
  let last: { readonly effect: string; readonly key: string } | undefined
  return async function perform<N extends OperationName>(
    operation: N,
    input: InputOf<OperationByName<N>>,
    { withoutKey = false }: EffectOptions = {},
  ): Promise<Answer<N>> {
    if (!withoutKey) {
      const effect = JSON.stringify([operation, input])
      if (last?.effect !== effect) last = { effect, key: crypto.randomUUID() }
    }
    const key = withoutKey ? undefined : last?.key
    const answer = await client
      .perform(operation, input, key === undefined ? {} : { idempotencyKey: key })
      .catch((fault: unknown) => {
        throw withoutKey ? fault : asUnknown(fault)
      })
    if (!answer.ok && answer.denial.code === 'unauthenticated') sessionEnded()
    if (answer.ok || !undecided.has(answer.denial.code)) last = undefined
    return answer
  }
}

/** A fault of an effect, which says what that means. */
function asUnknown(fault: unknown): unknown {
  if (!(fault instanceof ClientFault)) return fault
  const { code, message, status } = fault
  const more = 'It may have been done all the same: try again, and it is not done a second time.'
  return new ClientFault(code, `${message} ${more}`, {
    ...(status === undefined ? {} : { status }),
    cause: fault,
  })
}
