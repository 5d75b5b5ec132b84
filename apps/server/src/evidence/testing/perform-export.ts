import type { Database } from '../../kernel/db/index.ts'
import type { Context, Subject } from '../../kernel/handler.ts'
import { newId } from '../../kernel/ids.ts'
import type { ReceiptId } from '../../kernel/ids.ts'
import type { OpenedEvidence } from './evidence-fixture.ts'
import { ana, at, draftOf, organisation } from './evidence-fixture.ts'

interface ExportInput {
  readonly case?: string
  readonly from?: number
  readonly to?: number
  readonly since?: number[]
}

/** What a caller of `evidence.export` is answered; `undefined` where it was denied. */
export interface Exported {
  readonly denial: string | undefined
  readonly file: Buffer
  readonly checkpoint: string
  readonly manifestSha256: string
  readonly receipts: number
  readonly tlp: string | undefined
}

/** Performs an export as the gate does: intent, run, outcome, and the rest once that is durable. */
export async function performExport(
  database: Database,
  evidence: OpenedEvidence,
  input: ExportInput,
): Promise<Exported> {
  const registration = evidence.registrations.find(({ spec }) => spec.name === 'evidence.export')
  if (registration?.effect !== 'external')
    throw new Error('evidence.export is registered as an external operation')
  const { handler } = registration
  const facts: Subject = {}
  let output: { readonly sha256: string; readonly bytes: number } = { sha256: '', bytes: 0 }
  const intentId = newId('rct')
  const ctx = contextOf(
    database,
    intentId,
    (added) => Object.assign(facts, added),
    (digest) => (output = digest),
  )
  const subject = () => ({ operation: 'evidence.export', ...facts })
  const denied = (denial: string): Exported => ({
    denial,
    file: Buffer.alloc(0),
    checkpoint: '',
    manifestSha256: '',
    receipts: 0,
    tlp: undefined,
  })

  const resource = await handler.resource?.(ctx, input as never)
  if (resource?.ok === false) return denied(resource.denial.code)
  const intent = draftOf({ id: intentId, phase: 'intent' }, { subject: subject(), output: { pending: true } })
  await evidence.record(intent)
  evidence.committed()
  const { outcome } = await handler.run(ctx, input as never, undefined)
  if (!outcome.ok) return denied(outcome.denial.code)
  const outcomeId: ReceiptId = newId('rct')
  await evidence.record(
    draftOf({ id: outcomeId, phase: 'outcome', parent: intentId }, { subject: subject(), output }),
  )
  evidence.committed()
  const value = await handler.complete?.(outcome.value, { receiptId: outcomeId, organisation })
  // The handler's own output type, which a registration forgets.
  const answer = value as {
    bundle: string
    checkpoint: string
    manifestSha256: string
    receipts: number
  }
  return {
    denial: undefined,
    file: Buffer.from(answer.bundle, 'base64'),
    checkpoint: answer.checkpoint,
    manifestSha256: answer.manifestSha256,
    receipts: answer.receipts,
    tlp: resource?.value.tlp,
  }
}

function contextOf(
  database: Database,
  receiptId: ReceiptId,
  subject: Context['subject'],
  output: Context['output'],
): Context {
  const ignore = (): void => undefined
  return {
    actor: {
      organisation,
      user: ana,
      name: 'Ana',
      roles: ['analyst'],
      demo: false,
      kind: 'user',
    },
    at,
    identified: ignore,
    receiptId,
    traceId: draftOf().traceId,
    read: database.read,
    signal: new AbortController().signal,
    subject,
    count: ignore,
    place: ignore,
    charge: ignore,
    output,
    level: ignore,
    perform: () => Promise.reject(new Error('an export performs nothing else')),
    afterCommit: ignore,
  }
}
