import assert from 'node:assert/strict'
import type { Database, Reader } from '../kernel/db/index.ts'
import type { Actor, Context, Performed, Via } from '../kernel/handler.ts'
import type { Passage } from './passage.ts'

export interface ContextDeps {
  readonly database: { readonly read: Reader } & Pick<Database, 'dialect'>
  /** Performs an operation inside `parent`; the pipeline itself, tied in when the gate is made. */
  readonly nested: (
    parent: Passage,
    operation: string,
    input: unknown,
    options: { via?: Via; signal?: AbortSignal },
  ) => Promise<Performed>
}

/** What a handler sees of its passage: facts to read, and facts it may add. */
export function contextOf(passage: Passage, deps: ContextDeps): Context {
  return {
    actor: passage.actor as Actor,
    at: passage.at,
    receiptId: passage.receiptId,
    traceId: passage.traceId,
    ...(passage.resource === undefined ? {} : { resource: passage.resource }),
    ...(passage.ceilings === undefined ? {} : { ceilings: passage.ceilings }),
    read: deps.database.read,
    signal: passage.signal,
    subject: (facts) => void Object.assign(passage.subject, facts),
    count(counts) {
      for (const [name, value] of Object.entries(counts))
        passage.counts[name as keyof typeof passage.counts] += value
    },
    place({ tlp, pap, licences }) {
      if (tlp !== undefined) passage.placed.tlp = tlp
      if (pap !== undefined) passage.placed.pap = pap
      if (licences !== undefined) passage.placed.licences.push(...licences)
    },
    charge(micros) {
      passage.chargedMicros += micros
    },
    output(digest) {
      passage.outputDigest = digest
    },
    level(level) {
      passage.level = level
    },
    identified(actor) {
      assert(
        passage.spec.anonymous === true && passage.actor?.kind === 'nobody',
        'only an anonymous caller is identified',
      )
      passage.actor = actor
    },
    perform: (operation, input, options = {}) => deps.nested(passage, operation, input, options),
    afterCommit: (work) => void passage.afterCommit.push(work),
  }
}
