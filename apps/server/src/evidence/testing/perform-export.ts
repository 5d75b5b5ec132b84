import type { OperationByName, OutputOf } from '@switchboard/api'
import type { Database } from '../../kernel/db/index.ts'
import type { Context, Subject } from '../../kernel/handler.ts'
import { newId } from '../../kernel/ids.ts'
import type { OrganisationId, ReceiptId } from '../../kernel/ids.ts'
import type { BundleRequest } from '../bundle/bundle-request.ts'
import type { OpenedEvidence } from './evidence-fixture.ts'
import { ana, at, draftOf, organisation } from './evidence-fixture.ts'

/** Exports are asked for a second after what the fixture records. */
export const exportAt = at + 1_000

interface ExportInput extends BundleRequest {
  readonly since?: number[]
}

/** What a caller of `evidence.export` is answered; `undefined` where it was denied. */
export interface Exported {
  readonly denial: string | undefined
  readonly file: Buffer
  readonly checkpoint: string
  readonly manifestSha256: string
  readonly receipts: number
  readonly withheld: readonly string[]
  readonly tlp: string | undefined
}

/** Performs an export as the gate does: intent, run, outcome, and the rest once that is durable. */
export async function performExport(
  database: Database,
  evidence: OpenedEvidence,
  input: ExportInput,
  asking: OrganisationId = organisation,
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
    asking,
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
    withheld: [],
    tlp: undefined,
  })

  const resource = await handler.resource?.(ctx, input as never)
  if (resource?.ok === false) return denied(resource.denial.code)
  const intent = draftOf(
    { id: intentId, at: exportAt, phase: 'intent', organisation: asking },
    { subject: subject(), output: { pending: true } },
  )
  await evidence.record(intent)
  evidence.committed()
  const { outcome } = await handler.run(ctx, input as never, undefined)
  if (!outcome.ok) return denied(outcome.denial.code)
  const outcomeId: ReceiptId = newId('rct')
  await evidence.record(
    draftOf(
      { id: outcomeId, at: exportAt, phase: 'outcome', parent: intentId, organisation: asking },
      { subject: subject(), output },
    ),
  )
  evidence.committed()
  const value = await handler.complete?.(outcome.value, { receiptId: outcomeId, organisation: asking })
  // The handler's own output type, which a registration forgets.
  const answer = value as {
    bundle: string
    checkpoint: string
    manifestSha256: string
    receipts: number
    withheld: readonly string[]
  }
  return {
    denial: undefined,
    file: Buffer.from(answer.bundle, 'base64'),
    checkpoint: answer.checkpoint,
    manifestSha256: answer.manifestSha256,
    receipts: answer.receipts,
    withheld: answer.withheld,
    tlp: resource?.value.tlp,
  }
}

/** A context of the fixture's person, as the gate gives it to handlers. */
export function contextOf(
  database: Database,
  receiptId: ReceiptId,
  asking: OrganisationId,
  subject: Context['subject'],
  output: Context['output'],
): Context {
  const ignore = (): void => undefined
  return {
    actor: {
      organisation: asking,
      user: ana,
      name: 'Ana',
      roles: ['analyst'],
      demo: false,
      kind: 'user',
    },
    at: exportAt,
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

/** What `evidence.preview` answers, where it is allowed. */
export async function performPreview(database: Database, evidence: OpenedEvidence, input: BundleRequest) {
  const registration = evidence.registrations.find(({ spec }) => spec.name === 'evidence.preview')
  if (registration?.effect !== 'read') throw new Error('evidence.preview is registered as a read')
  const ignore = (): void => undefined
  const ctx = contextOf(database, newId('rct'), organisation, ignore, ignore)
  const outcome = await registration.handler.run(ctx, input as never)
  if (!outcome.ok) throw new Error(`denied: ${outcome.denial.code}`)
  // The handler's own output type, which a registration forgets.
  return outcome.value as OutputOf<OperationByName<'evidence.preview'>>
}
