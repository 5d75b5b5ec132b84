import type { OperationName } from '@switchboard/api'
import { isFolded } from './retention/folded.ts'
import type { Part } from './receipt/receipt-draft.ts'
import { partsOf } from './receipt/receipt-store.ts'
import type { ReceiptRow } from './receipt/receipt-store.ts'

/** What people do, as "to …" and as what they did: reads too, since one that is refused, or that a plugin asks, is receipted. */
const deeds: Readonly<Record<OperationName, Deed>> = {
  'session.create': ['sign in', 'signed in'],
  'session.end': ['sign out', 'signed out'],
  'subject.report': ['see where a person is kept', 'saw where a person is kept'],
  'subject.erase': ['erase a person', 'erased a person'],
  'user.permissions': ['see what they may do', 'saw what they may do'],
  'user.self': ['see who they are', 'saw who they are'],
  'policy.read': ['read the rules', 'read the rules'],
  'user.list': ['list users', 'listed users'],
  'user.invite': ['invite a user', 'invited a user'],
  'user.deactivate': ['deactivate a user', 'deactivated a user'],
  'token.create': ['make a token', 'made a token'],
  'token.list': ['list tokens', 'listed tokens'],
  'token.revoke': ['revoke a token', 'revoked a token'],
  'package.add': ['add', 'added', 'a package'],
  'publisher.trust': ['trust a publisher', 'trusted a publisher'],
  'publisher.verify': ['vouch for a publisher', 'vouched for a publisher'],
  'publisher.unverify': ['vouch for a publisher no longer', 'vouches for a publisher no longer'],
  'publisher.list': ['list publishers', 'listed publishers'],
  'plugin.list': ['list plugins', 'listed plugins'],
  'plugin.detail': ['read about', 'read about', 'a plugin'],
  'plugin.sbom': ['read what is bundled into', 'read what is bundled into', 'a plugin'],
  'plugin.quarantine': ['put into quarantine', 'put into quarantine', 'a plugin'],
  'plugin.release': ['release from quarantine', 'released from quarantine', 'a plugin'],
  'sandbox.stop': ['stop the sandbox', 'stopped the sandbox'],
  'sandbox.resume': ['let the sandbox run again', 'let the sandbox run again'],
  'sandbox.status': ['see the state of the sandbox', 'saw the state of the sandbox'],
  'plugin.review': ['review the code of', 'reviewed the code of', 'a plugin'],
  'plugin.unreview': ['take back the review of', 'took back the review of', 'a plugin'],
  'plugin.install': ['install', 'installed', 'a plugin'],
  'plugin.grant': ['grant capabilities to', 'granted capabilities to', 'a plugin'],
  'plugin.revoke': ['revoke capabilities of', 'revoked capabilities of', 'a plugin'],
  'plugin.set_ceilings': ['set the ceilings of', 'set the ceilings of', 'a plugin'],
  'plugin.undo': ['undo all runs of', 'undid all runs of', 'a plugin'],
  'plugin.kv_usage': ['see what plugins keep', 'saw what plugins keep'],
  'plugin.kv_clear': ['clear the values of', 'cleared the values of', 'a plugin'],
  'plugin.uninstall': ['uninstall', 'uninstalled', 'a plugin'],
  'plugin.run': ['run', 'ran', 'a plugin'],
  'run.submit': ['queue a run of', 'queued a run of', 'a plugin'],
  'run.list': ['list runs', 'listed runs'],
  'run.detail': ['read a run of', 'read a run of', 'a plugin'],
  'run.log': ['read the log of a run of', 'read the log of a run of', 'a plugin'],
  'run.cancel': ['cancel a run of', 'cancelled a run of', 'a plugin'],
  'run.diff': ['compare the result of', 'compared the result of', 'a run'],
  'run.accept': ['accept the result of', 'accepted the result of', 'a run'],
  'run.undo': ['undo a run of', 'undid a run of', 'a plugin'],
  'run.replay': ['replay a run of', 'replayed a run of', 'a plugin'],
  'run.forget_recording': ['erase the recording of', 'erased the recording of', 'a run'],
  'recording.prune': ['erase recordings whose time is over', 'erased recordings whose time is over'],
  'graph.search': ['search the graph', 'searched the graph'],
  'graph.entity': ['read an entity', 'read an entity'],
  'graph.neighbours': ['read neighbours', 'read neighbours'],
  'graph.ask': ['ask the graph', 'asked the graph'],
  'graph.upsert': ['write into the graph', 'wrote into the graph'],
  'graph.import': ['import into the graph', 'imported into the graph'],
  'kv.get': ['read a kept value', 'read a kept value'],
  'kv.set': ['keep a value', 'kept a value'],
  'kv.delete': ['delete a kept value', 'deleted a kept value'],
  'kv.list': ['list kept keys', 'listed kept keys'],
  'case.create': ['open', 'opened', 'a case'],
  'case.list': ['list cases', 'listed cases'],
  'case.read': ['read', 'read', 'a case'],
  'case.relations': ['read the relations of', 'read the relations of', 'a case'],
  'case.add_note': ['add a note', 'added a note'],
  'case.add_entities': ['add entities', 'added entities'],
  'case.set_tlp': ['set the TLP', 'set the TLP'],
  'case.set_pap': ['set the PAP', 'set the PAP'],
  'hold.place': ['place a legal hold', 'placed a legal hold'],
  'hold.lift': ['lift a legal hold', 'lifted a legal hold'],
  'hold.list': ['list legal holds', 'listed legal holds'],
  'data.list': ['list tables', 'listed tables'],
  'data.lookup': ['look up data', 'looked up data'],
  'data.range': ['look up data', 'looked up data'],
  'net.fetch': ['ask', 'asked', 'a host'],
  'secret.set': ['set a secret of', 'set a secret of', 'a plugin'],
  'secret.list': ['list secrets', 'listed secrets'],
  'secret.remove': ['remove a secret of', 'removed a secret of', 'a plugin'],
  'review.list': ['list reviews', 'listed reviews'],
  'review.detail': ['read a review', 'read a review'],
  'review.approve': ['approve a review', 'approved a review'],
  'review.deny': ['deny a review', 'denied a review'],
  'budget.read': ['see the budget', 'saw the budget'],
  'budget.set': ['set the budget', 'set the budget'],
  'usage.read': ['see what was used', 'saw what was used'],
  'usage.runs': ['see what single runs cost', 'saw what single runs cost'],
  'receipt.list': ['list receipts', 'listed receipts'],
  'receipt.read': ['read a receipt', 'read a receipt'],
  'run.provenance': ['trace the result of', 'traced the result of', 'a run'],
  'checkpoint.read': ['read the checkpoint', 'read the checkpoint'],
  'log.consistency': ['prove that a log only grew', 'proved that a log only grew'],
  'log.entries': ['read entries of a log', 'read entries of a log'],
  'log.rotate_key': ['replace the key of the logs', 'replaced the key of the logs'],
  'evidence.export': ['export evidence', 'exported evidence'],
  'evidence.preview': ['preview an export of evidence', 'previewed an export of evidence'],
  'retention.read': ['see how long receipts are kept', 'saw how long receipts are kept'],
  'retention.set': ['set how long receipts are kept', 'set how long receipts are kept'],
  'evidence.prune': ['prune receipts', 'pruned receipts'],
  'evidence.fold': ['fold receipts', 'folded receipts'],
  'feed.create': ['feed receipts to a receiver', 'began to feed receipts to a receiver'],
  'feed.list': ['list feeds', 'listed feeds'],
  'feed.pause': ['pause a feed', 'paused a feed'],
  'feed.resume': ['let a feed go on', 'let a feed go on'],
  'feed.remove': ['remove a feed', 'removed a feed'],
  'feed.test': ['test a feed', 'tested a feed'],
  'feed.read': ['fetch records of the logs', 'fetched records of the logs'],
  'evidence.compact': ['compact evidence', 'compacted evidence'],
  'system.status': ["see the server's state", "saw the server's state"],
  'demo.remove': ['remove the demonstration', 'removed the demonstration'],
}
/** The last names what it is done to where the receipt names no package. */
type Deed = readonly [infinitive: string, past: string, object?: string]

/** The receipt as a person would say it, in one sentence. Says who only as far as the parts have not been erased. */
export function sentenceOf(row: ReceiptRow): string {
  if (isFolded(row))
    return `Somebody did something that was ${row.decision}: the receipt was folded, and only its time and its counts are left${usage(row)}.`
  const { actor = {}, subject = {}, policy = {}, output = {} } = partsOf(row)
  const who = whoOf(actor, row.actor)
  const [infinitive, past, unnamed] = deedOf(row.operation)
  const object = objectOf(subject, actor, unnamed)
  const rules = textsOf(policy['rules']).join(', ')
  if (row.phase === 'intent') return `${who} set out to ${infinitive}${object}: allowed by rule ${rules}.`
  switch (row.decision) {
    case 'allowed':
      return `${who} ${past}${object}: allowed by rule ${rules}${usage(row)}.`
    case 'denied':
      return `${who} asked to ${infinitive}${object}: denied, ${reasonOf(output, 'denial')}`
    case 'parked':
      return `${who} asked to ${infinitive}${object}: waits for approval, ${reasonOf(output, 'denial')}`
    case 'failed':
      return `${who} tried to ${infinitive}${object}: failed, ${reasonOf(output, 'fault')}`
    case 'unknown':
      return `${who} set out to ${infinitive}${object}: the outcome is unknown, ${reasonOf(output, 'fault')}`
  }
}

/** What the person was called at the time; their id once the name has been erased. */
export function actorNameOf(row: ReceiptRow): string {
  return textOf(partsOf(row).actor?.['name']) ?? row.actor
}

function whoOf(actor: Part, user: string): string {
  const name = textOf(actor['name']) ?? user
  const roles = textsOf(actor['roles'])
  const person = roles.length === 0 ? name : `${name} (${roles.join(', ')})`
  const via = actor['via'] as Part | undefined
  return via === undefined ? person : `${textOf(via['package'])} ${textOf(via['version'])}, for ${person},`
}

function objectOf(subject: Part, actor: Part, unnamed: string | undefined): string {
  const name = textOf(subject['package'])
  // A plugin's calls carry its own name as subject; it has been said already.
  const isOwn = (actor['via'] as Part | undefined)?.['package'] === name
  const named = name === undefined || isOwn ? unnamed : [name, textOf(subject['version'])].join(' ').trimEnd()
  const caseId = textOf(subject['case'])
  if (unnamed === 'a case' && caseId !== undefined) return ` case ${caseId}`
  if (unnamed === 'a host') return ` ${textOf(subject['target']) ?? unnamed}`
  const what = named === undefined ? '' : ` ${named}`
  return `${what}${caseId === undefined ? '' : ` on case ${caseId}`}`
}

function usage(row: ReceiptRow): string {
  const said: string[] = []
  if (row.calls > 0) said.push(counted(row.calls, 'call'))
  if (row.rows > 0) said.push(counted(row.rows, 'row'))
  if (row.cost_micros > 0) said.push(`${grouped(row.cost_micros)} µ`)
  return said.map((each) => `, ${each}`).join('')
}

function reasonOf(output: Part, member: 'denial' | 'fault'): string {
  const reason = output[member] as Part | undefined
  return `${textOf(reason?.['code']) ?? 'no reason kept'}: ${textOf(reason?.['message']) ?? ''}`.trimEnd()
}

const counted = (count: number, noun: string): string => `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`
const grouped = (value: number): string => value.toLocaleString('en-US')
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []

/** What was done; an operation that this server no longer has was "performed". */
function deedOf(operation: string): Deed {
  if (Object.hasOwn(deeds, operation)) return deeds[operation as OperationName]
  return [`perform ${operation}`, `performed ${operation}`]
}
