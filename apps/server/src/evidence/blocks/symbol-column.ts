import { decodeNumbers, encodeNumbers } from './number-column.ts'

/**
 * What a symbol is expected from: symbols that were seen in the same context, the last one first, and the symbol of the
 * row's parent. `-1`: the row has no parent in this block.
 */
export interface Expectation {
  contextOf(at: number): number
  parentOf(at: number): number
}

const mostRemembered = 128
const ofParent = 253
const isNew = 254
const isElsewhere = 255

/**
 * Symbols (places in a list of distinct values, in the order of their first use) as ranks, a byte each: how many others
 * of its context were used since. What is always the same in its context is a column of zeros, whatever it is. Three
 * ranks are signs: the parent's symbol, a new one, and one that the context does not know, which follows in a list.
 */
export function encodeSymbols(symbols: ArrayLike<number>, expected: Expectation): Buffer {
  const ranks = Buffer.alloc(symbols.length)
  const elsewhere: number[] = []
  const contexts = new Map<number, number[]>()
  let used = 0
  for (let at = 0; at < symbols.length; at += 1) {
    const symbol = symbols[at] as number
    const recent = recentIn(contexts, expected.contextOf(at))
    const parent = expected.parentOf(at)
    let rank = symbol === used ? -1 : recent.indexOf(symbol)
    if (symbol === used) {
      used += 1
      ranks[at] = isNew
    } else if (rank >= 0) ranks[at] = rank
    else if (parent >= 0 && symbols[parent] === symbol) ranks[at] = ofParent
    else {
      ranks[at] = isElsewhere
      elsewhere.push(symbol)
    }
    if (rank < 0) rank = recent.length
    moveToFront(recent, rank, symbol)
  }
  const length = Buffer.alloc(4)
  length.writeUInt32BE(elsewhere.length)
  return Buffer.concat([length, ranks, encodeNumbers(elsewhere)])
}

/** @throws {RangeError} when `bytes` are not `count` symbols. */
export function decodeSymbols(bytes: Buffer, count: number, expected: Expectation): Uint32Array {
  if (bytes.length < 4 + count) throw new RangeError(`${count} symbols do not fit into ${bytes.length} bytes`)
  const ranks = bytes.subarray(4, 4 + count)
  const elsewhere = decodeNumbers(bytes.subarray(4 + count), bytes.readUInt32BE(0))
  const symbols = new Uint32Array(count)
  const contexts = new Map<number, number[]>()
  let used = 0
  let taken = 0
  for (let at = 0; at < count; at += 1) {
    const recent = recentIn(contexts, expected.contextOf(at))
    let rank = ranks[at] as number
    let symbol: number | undefined
    if (rank === isNew) symbol = used++
    else if (rank === isElsewhere) symbol = elsewhere[taken++]
    else if (rank === ofParent) symbol = symbols[expected.parentOf(at)]
    else symbol = recent[rank]
    if (symbol === undefined || symbol >= used) throw new RangeError(`symbol ${at} is of no value`)
    if (rank >= ofParent) rank = recent.length
    moveToFront(recent, rank, symbol)
    symbols[at] = symbol
  }
  return symbols
}

function recentIn(contexts: Map<number, number[]>, context: number): number[] {
  let recent = contexts.get(context)
  if (recent === undefined) {
    recent = []
    contexts.set(context, recent)
  }
  return recent
}

function moveToFront(recent: number[], rank: number, symbol: number): void {
  if (rank === 0 && recent.length > 0) return
  const last = Math.min(rank, mostRemembered - 1)
  for (let at = last; at > 0; at -= 1) recent[at] = recent[at - 1] as number
  recent[0] = symbol
}
