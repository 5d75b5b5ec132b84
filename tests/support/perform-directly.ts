import type { Denial, Outcome } from '@switchboard/api'
import type { Database, Tx } from '../../apps/server/src/kernel/db/index.ts'
import type { Actor, Context, Registration } from '../../apps/server/src/kernel/handler.ts'
import { newId } from '../../apps/server/src/kernel/ids.ts'

interface Asked {
  readonly registrations: readonly Registration[]
  readonly operation: string
  readonly actor: Actor
  readonly input: unknown
  readonly at: number
}

/**
 * Performs a read or a write without a gate: no policy, no receipt, only the handler in its transaction, which a denial
 * rolls back. For tests of what a handler itself answers.
 */
export async function performDirectly(database: Database, asked: Asked): Promise<Outcome<unknown>> {
  const registration = asked.registrations.find(({ spec }) => spec.name === asked.operation)
  if (registration === undefined) throw new Error(`${asked.operation} has no handler here.`)
  const afterCommit: (() => void)[] = []
  const context = contextFor(database, asked, afterCommit)
  if (registration.effect === 'read') return await registration.handler.run(context, asked.input as never)
  if (registration.effect !== 'write') throw new Error(`${asked.operation} is neither a read nor a write.`)
  const { handler } = registration
  const prepared = await handler.prepare?.(context, asked.input as never)
  if (prepared?.ok === false) return prepared
  try {
    const value = await database.writer.transact(
      { by: 'gate', operation: asked.operation },
      async (tx: Tx) => {
        const outcome = await handler.run({ ...context, tx }, asked.input as never, prepared?.value)
        if (!outcome.ok) throw new RolledBack(outcome.denial)
        return outcome.value
      },
    )
    for (const work of afterCommit) work()
    return { ok: true, value }
  } catch (error) {
    if (error instanceof RolledBack) return { ok: false, denial: error.denial }
    throw error
  }
}

class RolledBack extends Error {
  readonly denial: Denial
  constructor(denial: Denial) {
    super(denial.code)
    this.denial = denial
  }
}

function contextFor(database: Database, { actor, at }: Asked, afterCommit: (() => void)[]): Context {
  const ignore = (): void => undefined
  return {
    actor,
    at,
    receiptId: newId('rct'),
    traceId: '0'.repeat(32),
    read: database.read,
    signal: new AbortController().signal,
    subject: ignore,
    count: ignore,
    place: ignore,
    charge: ignore,
    output: ignore,
    level: ignore,
    identified: () => {},
    perform: () => Promise.reject(new Error('There is no gate here.')),
    afterCommit: (work) => void afterCommit.push(work),
  }
}
