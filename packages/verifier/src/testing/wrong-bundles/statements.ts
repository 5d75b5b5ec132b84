import { createHash } from 'node:crypto'
import { createTestLogs } from '@switchboard/bundle/testing'
import type { TestLogs } from '@switchboard/bundle/testing'
import type { Trust } from '../../index.ts'
import { made, root, section, small } from './wrong.ts'
import type { Wrong } from './wrong.ts'

/** A document, and the receipt of the operation that made it. */
function statement(logs: TestLogs, operation: string, value: object) {
  const bytes = Buffer.from(JSON.stringify(value))
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  logs.record({ class: 'long', operation, parts: { output: { bytes: bytes.length, sha256 } } })
  return { name: `statement/${operation}.json`, bytes }
}

function withStatement(operation: string, value: (origin: string) => object) {
  return (): readonly [Uint8Array, Trust] => {
    const logs = createTestLogs()
    for (let i = 0; i < 4; i++) logs.record({ class: 'short' })
    const document = statement(logs, operation, value(logs.originOf('short')))
    const { bytes } = logs.bundle({ documents: [document] })
    return [bytes, { logKeys: logs.logKeys }]
  }
}

const pruneOf = (log: string, range: object, more: object = {}) => ({
  class: 'short',
  held: [],
  kind: 'prune',
  log,
  policy: '0f'.repeat(32),
  ranges: [{ from: 0, newestAt: 9, oldestAt: 1, subtrees: [{ from: 0, root, to: 2 }], to: 2, ...range }],
  ...more,
})

/** Statements of what was pruned or folded that lie. */
export const statements: readonly Wrong[] = [
  {
    what: 'a statement that no receipt vouches for',
    make: small(() => undefined, {
      documents: [
        { name: 'statement/x.json', bytes: Buffer.from(JSON.stringify(pruneOf('log.example/x', {}))) },
      ],
    }),
    rules: ['statement_receipt'],
  },
  {
    what: 'a statement of another operation',
    make: withStatement('evidence.fold', (log) => pruneOf(log, {})),
    rules: ['statement_receipt'],
  },
  {
    what: 'a statement that is no JSON',
    make: small(() => undefined, {
      documents: [{ name: 'statement/x.json', bytes: Buffer.from('nonsense') }],
    }),
    rules: ['json_invalid'],
  },
  {
    what: 'a statement with another member',
    make: withStatement('evidence.prune', (log) => ({ also: 1, ...pruneOf(log, {}) })),
    rules: ['statement_form'],
  },
  {
    what: 'a statement of another class than its log',
    make: withStatement('evidence.prune', (log) => pruneOf(log, {}, { class: 'standard' })),
    rules: ['statement_form'],
  },
  {
    what: 'a subtree that is not aligned',
    make: withStatement('evidence.prune', (log) =>
      pruneOf(log, { from: 1, subtrees: [{ from: 1, root, to: 3 }], to: 3 }),
    ),
    rules: ['statement_form'],
  },
  {
    what: 'subtrees that do not fill their range',
    make: withStatement('evidence.prune', (log) => pruneOf(log, { to: 3 })),
    rules: ['statement_form'],
  },
  {
    what: 'a range that is empty',
    make: withStatement('evidence.prune', (log) => pruneOf(log, { subtrees: [], to: 0 })),
    rules: ['statement_form'],
  },
  {
    what: 'times the wrong way round',
    make: withStatement('evidence.prune', (log) => pruneOf(log, { oldestAt: 10 })),
    rules: ['statement_form'],
  },
  {
    what: 'a receipt that a statement says is gone',
    make: withStatement('evidence.prune', (log) => pruneOf(log, {})),
    rules: ['subtree_known'],
  },
  {
    what: 'a range pruned twice',
    make: small((logs) => {
      logs.prune('short', [{ from: 0, to: 2 }])
      logs.prune('short', [{ from: 1, to: 2 }])
    }),
    includes: 'statement_overlap',
  },
  {
    what: 'a receipt removed without a prune receipt',
    make: small(() => undefined, { select: ({ class: log, index }) => log !== 'short' || index !== 1 }),
    rules: ['complete_missing'],
  },
  {
    what: 'the statement on what was pruned withheld',
    make: () => without('document/1'),
    includes: 'complete_missing',
  },
  {
    what: 'the statement on what was folded withheld',
    make: () => without('document/2'),
    includes: 'fold_statement',
  },
  {
    what: 'a folded range in part',
    make: small((logs) => logs.fold('short', [{ from: 0, to: 3 }]), {
      select: ({ class: log, index }) => log !== 'short' || index !== 1,
      complete: { short: [{ from: 2, to: 3 }] },
    }),
    includes: 'fold_partial',
  },
  {
    what: 'a fixed field of a folded receipt changed',
    make: section('group/2/fixed', (raw) => raw.fill(9, raw.length - 1)),
    includes: 'fold_fixed',
  },
]

function without(name: string): Uint8Array {
  return made({ changeSections: (all) => all.filter((each) => each.name !== name) })()
}
