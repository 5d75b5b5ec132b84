import type { TestLogs } from '@switchboard/bundle/testing'
import { small } from './wrong.ts'
import type { Wrong } from './wrong.ts'

/** Approvals that did not happen so. */
export const approvals: readonly Wrong[] = [
  {
    what: 'who asked among the approvers',
    make: small((logs) => approved(logs, ['usr_ana', 'usr_rita'])),
    rules: ['approval_self'],
  },
  {
    what: 'an approver twice',
    make: small((logs) => approved(logs, ['usr_rita', 'usr_rita'])),
    rules: ['approval_duplicate'],
  },
  { what: 'an approval by nobody', make: small((logs) => approved(logs, [])), rules: ['approval_decision'] },
  {
    what: 'an approval that was refused',
    make: small((logs) => {
      approved(logs, ['usr_rita'])
      decide(logs, 'review.approve', 'usr_rita', 'denied')
    }),
    rules: ['approval_decision'],
  },
  {
    what: 'a task that was denied',
    make: small((logs) => {
      approved(logs, ['usr_rita'])
      decide(logs, 'review.approve', 'usr_rita')
      decide(logs, 'review.deny', 'usr_tom')
    }),
    rules: ['approval_decision'],
  },
]

function approved(logs: TestLogs, by: readonly string[]): void {
  logs.record({ class: 'short', parts: { policy: { approvals: [{ task: 'tsk_9', by }] } } })
}

function decide(
  logs: TestLogs,
  operation: string,
  user: string,
  decision: 'allowed' | 'denied' = 'allowed',
): void {
  logs.record({ class: 'short', operation, user, decision, parts: { subject: { target: 'tsk_9' } } })
}
