import type { JsonObject } from '../canonical-json.ts'
import type { Findings } from '../findings.ts'
import type { NotChecked } from '../report.ts'
import { isList, isObject, isText, isTexts } from '../shape.ts'
import { partColumn, valueOfRow, whereOfRow, type CheckedGroup, type Receipts } from './receipts.ts'

const approveOperation = 'review.approve'
const denyOperation = 'review.deny'

/** An approval as a policy part states it. */
interface Approval {
  readonly task: string
  readonly by: readonly string[]
}

/** What people decided on one task, as far as receipts in the bundle show it. */
interface Decisions {
  /** Users whose approval was allowed. */
  readonly approved: Set<string>
  /** Users whose approval was refused. */
  readonly refused: Set<string>
  /** Whether somebody's denial was allowed: that ends a review. */
  denied: boolean
}

/**
 * Checks that what needed a second person had one (check 16): approvers are there, distinct, and none of them who asked;
 * and where receipts of their decisions are in the bundle, those say the same.
 */
export function checkApprovals(
  receipts: Receipts,
  findings: Findings,
): { readonly checked: number; readonly notChecked: readonly NotChecked[] } {
  let decisions: ReadonlyMap<string, Decisions> | undefined
  let checked = 0
  let actorsHidden = 0
  let undecided = 0
  for (const group of receipts.groups) {
    const approvals = approvalsByPlace(group)
    if (approvals.size === 0) continue
    decisions ??= readDecisions(receipts)
    const policy = partColumn(group, 'policy')
    for (let row = 0; row < group.count; row++) {
      const stated = approvals.get(policy?.places[row] ?? -1)
      if (stated === undefined) continue
      checked++
      const where = `${whereOfRow(group, row, 'policy/values')}, part policy`
      const actor = valueOfRow(group, row, 'actor')?.user
      if (!isText(actor)) actorsHidden++
      for (const approval of stated) {
        checkStated(approval, isText(actor) ? actor : undefined, where, findings)
        if (!checkDecided(approval, decisions.get(approval.task), where, findings)) undecided++
      }
    }
  }
  return { checked, notChecked: notCheckedApprovals(actorsHidden, undecided) }
}

/** Checks the approvals that one policy part states against the actor alone, as far as a single receipt can show it. */
export function checkApprovalsOfReceipt(
  policy: JsonObject | undefined,
  actor: JsonObject | undefined,
  where: string,
  findings: Findings,
): { readonly checked: number; readonly notChecked: readonly NotChecked[] } {
  const approvals = readApprovals(policy)
  const user = isText(actor?.user) ? actor.user : undefined
  for (const approval of approvals) checkStated(approval, user, where, findings)
  const hidden = approvals.length > 0 && user === undefined ? 1 : 0
  return {
    checked: approvals.length > 0 ? 1 : 0,
    notChecked: notCheckedApprovals(hidden, approvals.length),
  }
}

function notCheckedApprovals(actorsHidden: number, undecided: number): readonly NotChecked[] {
  const notChecked: NotChecked[] = []
  if (actorsHidden > 0) {
    const what = `that nobody approved what they asked for themselves, of ${actorsHidden} receipts`
    notChecked.push({ what, why: 'who asked is redacted', because: 'redacted' })
  }
  if (undecided > 0) {
    const what = `that ${undecided} approvals were given by the people named`
    notChecked.push({ what, why: 'receipts of their decisions are not in the file', because: 'absent' })
  }
  return notChecked
}

function checkStated(
  { task, by }: Approval,
  actor: string | undefined,
  where: string,
  findings: Findings,
): void {
  if (by.length === 0)
    findings.red(where, 'approval_decision', `The approval of task ${task.slice(0, 80)} names nobody.`)
  if (new Set(by).size !== by.length)
    findings.red(where, 'approval_duplicate', `Somebody approved task ${task.slice(0, 80)} twice.`)
  if (actor !== undefined && by.includes(actor))
    findings.red(where, 'approval_self', `Who asked is among those who approved task ${task.slice(0, 80)}.`)
}

/** @returns whether receipts show everybody's decision. */
function checkDecided(
  { task, by }: Approval,
  decisions: Decisions | undefined,
  where: string,
  findings: Findings,
): boolean {
  if (decisions === undefined) return false
  const name = task.slice(0, 80)
  if (decisions.denied)
    findings.red(where, 'approval_decision', `A receipt says that task ${name} was denied.`)
  const missing = by.filter((user) => !decisions.approved.has(user))
  for (const user of missing.filter((each) => decisions.refused.has(each))) {
    const message = `The approval of task ${name} by ${user.slice(0, 80)} was refused, as its receipt says.`
    findings.red(where, 'approval_decision', message)
  }
  const unknown = missing.filter((user) => !decisions.refused.has(user))
  return unknown.length === 0
}

function approvalsByPlace(group: CheckedGroup): ReadonlyMap<number, readonly Approval[]> {
  const found = new Map<number, readonly Approval[]>()
  const values = partColumn(group, 'policy')?.values
  for (let place = 0; place < (values?.count ?? 0); place++) {
    const approvals = readApprovals(values?.value(place))
    if (approvals.length > 0) found.set(place, approvals)
  }
  return found
}

function readApprovals(policy: JsonObject | undefined): readonly Approval[] {
  const stated = policy?.approvals
  if (!isList(stated)) return []
  return stated.flatMap((each) =>
    isObject(each) && isText(each.task) && isTexts(each.by) ? [{ task: each.task, by: each.by }] : [],
  )
}

/** Decisions on reviews, by task: the target of the subject. */
function readDecisions(receipts: Receipts): ReadonlyMap<string, Decisions> {
  const byTask = new Map<string, Decisions>()
  for (const group of receipts.groups) {
    const subject = partColumn(group, 'subject')
    if (subject === undefined) continue
    const places = new Map<number, { task: string; isDenial: boolean }>()
    for (let place = 0; place < subject.values.count; place++) {
      const operation = subject.values.kind(place)?.operation
      if (operation !== approveOperation && operation !== denyOperation) continue
      const target = subject.values.value(place)?.target
      if (isText(target)) places.set(place, { task: target, isDenial: operation === denyOperation })
    }
    for (let row = 0; row < (places.size === 0 ? 0 : group.count); row++) {
      const decision = places.get(subject.places[row] ?? -1)
      if (decision === undefined) continue
      const known = byTask.get(decision.task)
      const all = known ?? { approved: new Set(), refused: new Set(), denied: false }
      if (known === undefined) byTask.set(decision.task, all)
      addDecision(all, group, row, decision.isDenial)
    }
  }
  return byTask
}

function addDecision(all: Decisions, group: CheckedGroup, row: number, isDenial: boolean): void {
  if (group.broken[row] === 1) return
  const isAllowed = group.fixed.byte('decision', row) === 1
  if (isDenial) {
    if (isAllowed) all.denied = true
    return
  }
  const user = valueOfRow(group, row, 'actor')?.user
  if (!isText(user)) return
  if (isAllowed) all.approved.add(user)
  else all.refused.add(user)
}
