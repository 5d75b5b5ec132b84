import { createTestLogs } from '@switchboard/bundle/testing'
import type { TestBundle, TestBundleOptions, TestLogs } from '@switchboard/bundle/testing'
import type { Trust } from '../index.ts'

export interface EveryFeature {
  readonly logs: TestLogs
  readonly bundle: TestBundle
  readonly trust: Trust
  /** A checkpoint of each log from before most of what is in it. */
  readonly saved: readonly string[]
}

/**
 * A small bundle that uses every feature: three logs, runs with nested calls, an approval with its decision, a pruned and
 * a folded range, an erased and a redacted receipt, a document, a rotated key, witnesses and history.
 */
export function everyFeature(options: TestBundleOptions = {}): EveryFeature {
  const logs = createTestLogs()
  const witnessKeys = [logs.addWitness('witness.one'), logs.addWitness('witness.two')]
  logs.recordRun()
  for (let i = 0; i < 5; i++) logs.record({ class: 'short', operation: 'graph.search' })
  logs.record({ class: 'long', operation: 'retention.set', user: 'usr_eva' })
  const saved = (['standard', 'short', 'long'] as const).map((each) => logs.checkpoint(each))
  const [oldest] = logs.logKeys
  logs.rotate()
  for (let i = 0; i < 6; i++) logs.record({ class: 'short', operation: 'graph.search', user: 'usr_bob' })
  logs.record({
    operation: 'case.export',
    parts: { policy: { approvals: [{ task: 'tsk_1', by: ['usr_rita'] }] }, subject: { case: 'case-1' } },
  })
  logs.record({ operation: 'review.approve', user: 'usr_rita', parts: { subject: { target: 'tsk_1' } } })
  logs.recordRun({ user: 'usr_gone' })
  const failed = logs.record({ operation: 'case.close', decision: 'failed' })
  logs.prune('short', [{ from: 0, to: 3 }])
  logs.fold('short', [{ from: 5, to: 9 }])
  logs.erase(({ values }) => values.actor['user'] === 'usr_gone')
  const bundle = logs.bundle({
    history: { standard: [4], short: [5], long: [1] },
    documents: [{ name: 'notes.txt', bytes: Buffer.from('notes '.repeat(40)) }],
    redact: (receipt, part) => receipt.id === failed.id && part === 'actor',
    ...options,
  })
  const trust = { logKeys: [oldest ?? ''], witnessKeys, witnessesNeeded: 2, now: 1_767_300_000_000 }
  return { logs, bundle, trust, saved }
}
