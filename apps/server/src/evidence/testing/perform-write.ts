import type { Outcome } from '@switchboard/api'
import { digestOf } from '../../kernel/canonical.ts'
import type { Database } from '../../kernel/db/index.ts'
import type { Context, Subject, WriteContext } from '../../kernel/handler.ts'
import { newId } from '../../kernel/ids.ts'
import type { OrganisationId, ReceiptId } from '../../kernel/ids.ts'
import type { OpenedEvidence } from './evidence-fixture.ts'
import { ana, draftOf, organisation as usual } from './evidence-fixture.ts'

/** Rolls a transaction back with an expected no. */
class Refused extends Error {
  readonly outcome: Outcome<unknown>
  constructor(outcome: Outcome<unknown>) {
    super('refused')
    this.outcome = outcome
  }
}

/** Performs a write as the gate does: effect and receipt in one transaction, and what follows once that is durable. */
export async function performWrite(
  database: Database,
  evidence: OpenedEvidence,
  operation: string,
  input: unknown,
  {
    at,
    organisation = usual,
    between,
  }: {
    readonly at: number
    readonly organisation?: string
    /** What others do between the preparation and the transaction. */
    readonly between?: () => Promise<unknown>
  },
): Promise<{ readonly outcome: Outcome<unknown>; readonly receiptId: ReceiptId }> {
  const registration = evidence.registrations.find(({ spec }) => spec.name === operation)
  if (registration?.effect !== 'write') throw new Error(`${operation} is registered as a write`)
  const { handler } = registration
  const receiptId = newId('rct')
  const facts: Subject = {}
  let after: (() => void)[] = []
  const ignore = (): void => undefined
  const ctx: Context = {
    actor: {
      organisation: organisation as OrganisationId,
      user: ana,
      name: 'Ana',
      roles: ['administrator'],
      demo: false,
      kind: 'user',
    },
    at,
    identified: ignore,
    receiptId,
    traceId: draftOf().traceId,
    read: database.read,
    signal: new AbortController().signal,
    subject: (added) => void Object.assign(facts, added),
    count: ignore,
    place: ignore,
    charge: ignore,
    output: ignore,
    level: ignore,
    perform: () => Promise.reject(new Error('a write performs nothing else')),
    afterCommit: (work) => void after.push(work),
  }
  const resource = await handler.resource?.(ctx, input as never)
  if (resource?.ok === false) return { outcome: resource, receiptId }
  const prepared = await handler.prepare?.(ctx, input as never)
  if (prepared?.ok === false) return { outcome: prepared, receiptId }
  await between?.()
  try {
    const outcome = await database.writer.transact({ by: 'gate', operation }, async (tx) => {
      after = []
      const write: WriteContext = { ...ctx, tx }
      const done: Outcome<unknown> = await handler.run(write, input as never, prepared?.value)
      if (!done.ok) throw new Refused(done)
      await evidence.recordIn(
        tx,
        draftOf(
          { id: receiptId, at, organisation },
          { subject: { operation, ...facts }, output: digestOf(done.value) },
        ),
      )
      return done
    })
    evidence.committed()
    for (const work of after) work()
    return { outcome, receiptId }
  } catch (error) {
    if (error instanceof Refused) return { outcome: error.outcome, receiptId }
    throw error
  }
}
