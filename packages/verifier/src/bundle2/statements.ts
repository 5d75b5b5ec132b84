import { decodeHash } from '../base64.ts'
import type { Json, JsonObject } from '../canonical-json.ts'
import type { RetentionClass } from '../entry.ts'
import type { Findings } from '../findings.ts'
import { Line } from '../line.ts'
import { hasExactly, isCount, isList, isObject, isSha256Hex, isText } from '../shape.ts'
import { classesInOrder, type IndexRange } from './manifest2.ts'

/** A complete subtree of which only the root is left. */
export interface Subtree extends IndexRange {
  readonly root: Uint8Array
}

interface StatedRange extends IndexRange {
  readonly oldestAt: number
  readonly newestAt: number
}

export interface PrunedRange extends StatedRange {
  readonly subtrees: readonly Subtree[]
}

export interface FoldedRange extends StatedRange {
  /** SHA-256 in hex over the fixed fields of the range. */
  readonly fixed: string
}

interface StatementHead {
  /** Its document's name. */
  readonly name: string
  readonly class: RetentionClass
  /** Origin of the log that it speaks of. */
  readonly log: string
}

export interface PruneStatement extends StatementHead {
  readonly kind: 'prune'
  readonly ranges: readonly PrunedRange[]
}

export interface FoldStatement extends StatementHead {
  readonly kind: 'fold'
  readonly ranges: readonly FoldedRange[]
}

export type Statement = PruneStatement | FoldStatement

/** Reads a statement (section 6 of the format); reports what is wrong with its form and gives `undefined` then. */
export function readStatement(name: string, bytes: Uint8Array, findings: Findings): Statement | undefined {
  const where = `document ${JSON.stringify(name.slice(0, 80))}`
  const line = Line.readText(where, bytes, 0, findings)
  if (line === undefined) return undefined
  const statement = parseStatement(name, line.value)
  if (typeof statement !== 'string') return statement
  findings.red(where, 'statement_form', statement)
  return undefined
}

/** The statement, or what is wrong with it. */
function parseStatement(name: string, value: JsonObject): Statement | string {
  const { held, kind, log, policy, ranges } = value
  if (!hasExactly(value, ['class', 'held', 'kind', 'log', 'policy', 'ranges']))
    return 'A statement has class, held, kind, log, policy and ranges, and nothing else.'
  const retentionClass = classesInOrder.find((each) => each === value.class)
  if (retentionClass === undefined || !isText(log) || !isSha256Hex(policy))
    return 'class is standard, short or long, log an origin, policy 64 hex digits.'
  if (!isList(held) || !held.every(isHeld)) return 'held lists hold and receipts.'
  if (!isList(ranges) || ranges.length === 0) return 'ranges is a list that is not empty.'
  const head = { name, class: retentionClass, log }
  if (kind === 'prune') {
    const pruned = readRanges(ranges, readPrunedRange)
    return pruned === undefined ? rangeProblem('subtrees that fill it') : { ...head, kind, ranges: pruned }
  }
  if (kind === 'fold') {
    const folded = readRanges(ranges, readFoldedRange)
    return folded === undefined ? rangeProblem('fixed, 64 hex digits') : { ...head, kind, ranges: folded }
  }
  return 'kind is prune or fold.'
}

function rangeProblem(special: string): string {
  return `Ranges ascend, have from below to, oldestAt not after newestAt, and ${special}; nothing else.`
}

function isHeld(value: Json): boolean {
  return (
    isObject(value) &&
    hasExactly(value, ['hold', 'receipts']) &&
    isText(value.hold) &&
    isCount(value.receipts)
  )
}

function readRanges<T extends IndexRange>(
  values: readonly Json[],
  read: (value: JsonObject) => T | undefined,
): readonly T[] | undefined {
  const ranges: T[] = []
  let end = 0
  for (const value of values) {
    const range = isObject(value) ? read(value) : undefined
    if (range === undefined || range.from < end) return undefined
    end = range.to
    ranges.push(range)
  }
  return ranges
}

function readStated({ from, to, oldestAt, newestAt }: JsonObject): StatedRange | undefined {
  if (!isCount(from) || !isCount(to) || from >= to) return undefined
  if (!isCount(oldestAt) || !isCount(newestAt) || oldestAt > newestAt) return undefined
  return { from, to, oldestAt, newestAt }
}

function readFoldedRange(value: JsonObject): FoldedRange | undefined {
  const stated = readStated(value)
  if (stated === undefined || !isSha256Hex(value.fixed)) return undefined
  if (!hasExactly(value, ['fixed', 'from', 'newestAt', 'oldestAt', 'to'])) return undefined
  return { ...stated, fixed: value.fixed }
}

function readPrunedRange(value: JsonObject): PrunedRange | undefined {
  const stated = readStated(value)
  if (stated === undefined || !isList(value.subtrees)) return undefined
  if (!hasExactly(value, ['from', 'newestAt', 'oldestAt', 'subtrees', 'to'])) return undefined
  const subtrees: Subtree[] = []
  let end = stated.from
  for (const each of value.subtrees) {
    const subtree = isObject(each) ? readSubtree(each) : undefined
    if (subtree?.from !== end) return undefined
    end = subtree.to
    subtrees.push(subtree)
  }
  return end === stated.to ? { ...stated, subtrees } : undefined
}

function readSubtree(value: JsonObject): Subtree | undefined {
  const { from, to } = value
  const root = decodeHash(value.root)
  if (!hasExactly(value, ['from', 'root', 'to']) || root === undefined) return undefined
  if (!isCount(from) || !isCount(to) || from >= to) return undefined
  const length = to - from
  // Whole numbers up to 2^53: the logarithm of a power of two is exact.
  return Number.isInteger(Math.log2(length)) && from % length === 0 ? { from, to, root } : undefined
}
