import { toHex } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import type { Findings } from '../findings.ts'
import type { Manifest2 } from './manifest2.ts'
import { partColumn, valueOfRow, type Receipts } from './receipts.ts'
import { readStatement, type FoldedRange, type PrunedRange, type Statement } from './statements.ts'

/** What valid statements say of one log, ascending. */
export interface StatedOfLog {
  readonly pruned: readonly PrunedRange[]
  readonly folded: readonly FoldedRange[]
}

/** By place in the manifest's logs. */
export type Stated = readonly StatedOfLog[]

const operations = { prune: 'evidence.prune', fold: 'evidence.fold' } as const

/** Checks each statement's form and that a receipt vouches for it (check 10). What is not valid counts for nothing. */
export function checkStatements(
  manifest: Manifest2,
  documents: ReadonlyMap<string, Uint8Array>,
  receipts: Receipts,
  crypto: Crypto,
  findings: Findings,
): Stated {
  const vouched = documents.size === 0 ? new Set<string>() : outputsOf(receipts)
  const classOf = new Map(manifest.logs.map((log) => [log.origin, log.class]))
  const valid: Statement[] = []
  for (const [name, bytes] of documents) {
    const statement = readStatement(name, bytes, findings)
    if (statement === undefined) continue
    const where = `document ${JSON.stringify(name.slice(0, 80))}`
    const classOfLog = classOf.get(statement.log)
    if (classOfLog !== undefined && classOfLog !== statement.class) {
      const message = `It says ${statement.class} of a log whose class is ${classOfLog}.`
      findings.red(where, 'statement_form', message)
      continue
    }
    const operation = operations[statement.kind]
    if (!vouched.has(outputKey(operation, toHex(crypto.sha256(bytes)), bytes.length))) {
      const message = `No receipt of ${operation} in the bundle, allowed and opened, has it as its output.`
      findings.red(where, 'statement_receipt', message)
      continue
    }
    valid.push(statement)
  }
  const byLog = Map.groupBy(valid, ({ log }) => log)
  return manifest.logs.map(({ origin }) => {
    const ofLog = byLog.get(origin) ?? []
    const pruned = ofLog.flatMap((each) => (each.kind === 'prune' ? each.ranges : []))
    const folded = ofLog.flatMap((each) => (each.kind === 'fold' ? each.ranges : []))
    return {
      pruned: ascending(pruned, `prune statements of ${origin}`, findings),
      folded: ascending(folded, `fold statements of ${origin}`, findings),
    }
  })
}

function ascending<T extends PrunedRange | FoldedRange>(
  ranges: readonly T[],
  what: string,
  findings: Findings,
): readonly T[] {
  const sorted = ranges.toSorted((a, b) => a.from - b.from)
  const disjoint: T[] = []
  for (const range of sorted) {
    const before = disjoint.at(-1)
    if (before === undefined || range.from >= before.to) disjoint.push(range)
    else {
      const message = `The range ${range.from} to ${range.to} overlaps ${before.from} to ${before.to}.`
      findings.red(what, 'statement_overlap', message)
    }
  }
  return disjoint
}

/** Outputs of the receipts that can vouch for statements. */
function outputsOf(receipts: Receipts): ReadonlySet<string> {
  const outputs = new Set<string>()
  for (const group of receipts.groups) {
    const subject = partColumn(group, 'subject')
    if (subject === undefined) continue
    const operationAt = new Map<number, string>()
    for (let place = 0; place < subject.values.count; place++) {
      const operation = subject.values.kind(place)?.operation
      if (operation === operations.prune || operation === operations.fold) operationAt.set(place, operation)
    }
    if (operationAt.size === 0) continue
    for (let row = 0; row < group.count; row++) {
      const operation = operationAt.get(subject.places[row] ?? -1)
      if (operation === undefined || group.broken[row] === 1) continue
      // Decision allowed, phase effect or outcome.
      if (group.fixed.byte('decision', row) !== 1 || group.fixed.byte('phase', row) === 2) continue
      const output = valueOfRow(group, row, 'output')
      if (output !== undefined) outputs.add(outputKey(operation, output.sha256, output.bytes))
    }
  }
  return outputs
}

function outputKey(operation: string, sha256: unknown, bytes: unknown): string {
  return JSON.stringify([operation, sha256, bytes])
}
