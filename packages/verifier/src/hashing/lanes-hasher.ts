import { decodeBase64 } from '../base64.ts'
import type { Crypto } from '../crypto.ts'
import { nodeHash } from '../merkle-tree.ts'
import { partTag, valueAt, type PartToCommit, type ReceiptHasher, type ReceiptsToHash } from './hasher.ts'
import { lanesModule } from './lanes-module.ts'
import { PlainHasher } from './plain-hasher.ts'

/** What the module exports; places are addresses in its memory. `tools/sha256/lanes-wat.ts` says what each does. */
interface Lanes {
  readonly memory: WebAssembly.Memory
  leaves(count: number, fixed: number, commitments: number, out: number): void
  nodes(pairs: number, from: number, to: number): void
  commit(
    count: number,
    blocks: number,
    tag: number,
    order: number,
    rows: number,
    places: number,
    starts: number,
    ends: number,
    values: number,
    salts: number,
    out: number,
  ): void
  commit_shared(
    count: number,
    blocks: number,
    tag: number,
    order: number,
    rows: number,
    value: number,
    length: number,
    salts: number,
    out: number,
  ): void
  scatter(count: number, rows: number, from: number, to: number): void
}

/** Where the module's own places end. */
const heap = 131_072
const pageBytes = 65_536
/** Longer messages are few and go through the Crypto port. */
const mostBlocks = 64
/** From here on the message schedule of a value's blocks is worked out once for all its receipts. */
const sharedFrom = 5
/** Hashes that are made one root of at a time: two megabytes stay near the processor. */
const treeHashes = 65_536
/** Values of one part are not copied beyond this; a section that large is not of short messages. */
const mostValueBytes = 64 * 1024 * 1024

/** Compiled once: the engine optimises it while it runs, and a second verification begins where the first one ended. */
let compiled: Promise<WebAssembly.Module> | undefined

/** Hashes four messages at once in WebAssembly. Memory grows to what the largest group needs: about 50 MB for 65,536 receipts. */
export class LanesHasher implements ReceiptHasher {
  readonly #lanes: Lanes
  readonly #crypto: Crypto
  readonly #plain: PlainHasher

  private constructor(lanes: Lanes, crypto: Crypto) {
    this.#lanes = lanes
    this.#crypto = crypto
    this.#plain = new PlainHasher(crypto)
  }

  /** `undefined` where WebAssembly or its SIMD is missing. */
  static async start(crypto: Crypto): Promise<LanesHasher | undefined> {
    try {
      compiled ??= WebAssembly.compile(decodeBase64(lanesModule) as Uint8Array<ArrayBuffer>)
      const { exports } = await WebAssembly.instantiate(await compiled)
      // The module is ours; its exports are those of `Lanes`.
      return new LanesHasher(exports as unknown as Lanes, crypto)
    } catch {
      // No WebAssembly, no SIMD, or a policy that forbids it: all mean that messages are hashed one by one.
      return undefined
    }
  }

  hashLeaves({ count, fixed, parts }: ReceiptsToHash, leaves: Uint8Array): void {
    const room = new Room(this.#lanes.memory)
    const fixedAt = room.take(fixed.bytes.length)
    const commitmentsAt = room.take(count * 32 * 6)
    const leavesAt = room.take(count * 32)
    const rest = room.end
    room.bytes.set(fixed.bytes, fixedAt)
    for (const [i, part] of parts.entries()) {
      room.end = rest
      this.#commit(part, i + 1, room, commitmentsAt + i * count * 32)
    }
    this.#lanes.leaves(count, fixedAt, commitmentsAt, leavesAt)
    leaves.set(room.bytes.subarray(leavesAt, leavesAt + count * 32))
  }

  rootOfComplete(hashes: Uint8Array): Uint8Array {
    const count = hashes.length / 32
    if (count > treeHashes) {
      const middle = hashes.length / 2
      const left = this.rootOfComplete(hashes.subarray(0, middle))
      const right = this.rootOfComplete(hashes.subarray(middle))
      return nodeHash(this.#crypto, left, right)
    }
    const room = new Room(this.#lanes.memory)
    const at = room.take(hashes.length)
    room.bytes.set(hashes, at)
    for (let pairs = count / 2; pairs >= 1; pairs /= 2) this.#lanes.nodes(pairs, at, at)
    return room.bytes.slice(at, at + 32)
  }

  #commit(part: PartToCommit, number: number, room: Room, out: number): void {
    const { places, values, salts, commitments } = part
    if (values.bytes.length > mostValueBytes) {
      room.bytes.set(this.#plain.commitments(part, number), out)
      return
    }
    const { rows, closedRows, placesOfOpened } = splitRows(places, salts.length / 32)
    if (closedRows.length > 0) {
      const closedAt = room.put(bytesOf(closedRows))
      this.#lanes.scatter(closedRows.length, closedAt, room.put(commitments), out)
    }
    if (rows.length === 0) return
    const tag = new Uint8Array(partTag.length + 1)
    tag.set(partTag)
    tag[partTag.length] = number
    const at: PartAddresses = {
      tag: room.put(tag),
      salts: room.put(salts),
      rows: room.put(bytesOf(rows)),
      places: room.put(bytesOf(placesOfOpened)),
      out,
    }
    this.#commitOpened(part, rows, placesOfOpened, number, room, at)
  }

  #commitOpened(
    part: PartToCommit,
    rows: Uint32Array,
    placesOfOpened: Uint32Array,
    number: number,
    room: Room,
    at: PartAddresses,
  ): void {
    const { values } = part
    // Vectors are read whole: the last value needs readable bytes behind it.
    const valuesAt = room.take(values.bytes.length + 16)
    room.bytes.set(values.bytes, valuesAt)
    const blocksOf = blockCounts(values.starts, values.ends)
    const { order, runs } = sortByPlace(placesOfOpened, values.starts.length)
    const orderAt = room.put(bytesOf(order))
    // Opened parts whose value few others share, by the number of blocks of their message.
    const few = new Uint32Array(mostBlocks + 1)
    for (let place = 0; place < blocksOf.length; place++) {
      const from = runs[place] ?? 0
      const count = (runs[place + 1] ?? 0) - from
      const blocks = blocksOf[place] ?? 0
      // The module's loops run at least once.
      if (count === 0) continue
      if (blocks > mostBlocks) {
        for (const opened of order.subarray(from, from + count)) {
          const commitment = this.#plain.commitment(part, number, opened, place)
          room.bytes.set(commitment, at.out + (rows[opened] ?? 0) * 32)
        }
      } else if (count >= sharedFrom) {
        const start = values.starts[place] ?? 0
        const length = (values.ends[place] ?? 0) - start
        const first = orderAt + from * 4
        const { tag, salts, out } = at
        this.#lanes.commit_shared(count, blocks, tag, first, at.rows, valuesAt + start, length, salts, out)
      } else few[blocks] = (few[blocks] ?? 0) + count
    }
    if (few.every((count) => count === 0)) return
    const startsAt = room.put(bytesOf(values.starts))
    const endsAt = room.put(bytesOf(values.ends))
    const buckets = bucketsOf(order, runs, blocksOf, few)
    const bucketsAt = room.put(bytesOf(buckets))
    let from = 0
    for (const [blocks, count] of few.entries()) {
      if (count === 0) continue
      const first = bucketsAt + from * 4
      const { tag, salts, out } = at
      this.#lanes.commit(
        count,
        blocks,
        tag,
        first,
        at.rows,
        at.places,
        startsAt,
        endsAt,
        valuesAt,
        salts,
        out,
      )
      from += count
    }
  }
}

/** Blocks of the message that each value is committed to in. */
function blockCounts(starts: Uint32Array, ends: Uint32Array): Uint32Array {
  const blocks = new Uint32Array(starts.length)
  for (let place = 0; place < blocks.length; place++)
    blocks[place] = Math.ceil((valueAt + (ends[place] ?? 0) - (starts[place] ?? 0) + 9) / 64)
  return blocks
}

/** Opened parts whose value few others share, joined in the order of their block counts; `few` says how many of each. */
function bucketsOf(
  order: Uint32Array,
  runs: Uint32Array,
  blocksOf: Uint32Array,
  few: Uint32Array,
): Uint32Array {
  const next = new Uint32Array(few.length)
  for (let blocks = 1; blocks < few.length; blocks++)
    next[blocks] = (next[blocks - 1] ?? 0) + (few[blocks - 1] ?? 0)
  const buckets = new Uint32Array(few.reduce((sum, count) => sum + count, 0))
  for (let place = 0; place < blocksOf.length; place++) {
    const from = runs[place] ?? 0
    const to = runs[place + 1] ?? 0
    const blocks = blocksOf[place] ?? 0
    if (blocks > mostBlocks || to - from >= sharedFrom) continue
    let at = next[blocks] ?? 0
    for (let i = from; i < to; i++) buckets[at++] = order[i] ?? 0
    next[blocks] = at
  }
  return buckets
}

interface PartAddresses {
  readonly tag: number
  readonly salts: number
  readonly rows: number
  readonly places: number
  readonly out: number
}

/** Rows with the part opened, rows without, and the places of the opened ones. */
function splitRows(places: Int32Array, openedCount: number) {
  const rows = new Uint32Array(openedCount)
  const placesOfOpened = new Uint32Array(openedCount)
  const closedRows = new Uint32Array(places.length - openedCount)
  let opened = 0
  let closed = 0
  for (let row = 0; row < places.length; row++) {
    const place = places[row] ?? -1
    if (place < 0) closedRows[closed++] = row
    else {
      rows[opened] = row
      placesOfOpened[opened++] = place
    }
  }
  return { rows, closedRows, placesOfOpened }
}

/** Opened parts by the place of their value, stable; `runs[place]` is where those of a place begin. */
function sortByPlace(
  places: Uint32Array,
  values: number,
): { readonly order: Uint32Array; readonly runs: Uint32Array } {
  const runs = new Uint32Array(values + 1)
  for (const place of places) runs[place + 1] = (runs[place + 1] ?? 0) + 1
  for (let place = 1; place <= values; place++) runs[place] = (runs[place] ?? 0) + (runs[place - 1] ?? 0)
  const next = runs.slice()
  const order = new Uint32Array(places.length)
  for (let opened = 0; opened < places.length; opened++) {
    const place = places[opened] ?? 0
    const to = next[place] ?? 0
    order[to] = opened
    next[place] = to + 1
  }
  return { order, runs }
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
}

/** Hands out the module's memory from the heap on, and makes it larger when that is not enough. */
class Room {
  end = heap
  bytes: Uint8Array
  readonly #memory: WebAssembly.Memory

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory
    this.bytes = new Uint8Array(memory.buffer)
  }

  /** @returns the address of that many bytes; what is in them is whatever was there. */
  take(length: number): number {
    const at = this.end
    this.end = at + Math.ceil(length / 16) * 16
    const missing = this.end + pageBytes - this.bytes.length
    if (missing > 0) {
      this.#memory.grow(Math.ceil(missing / pageBytes))
      this.bytes = new Uint8Array(this.#memory.buffer)
    }
    return at
  }

  put(bytes: Uint8Array): number {
    const at = this.take(bytes.length)
    this.bytes.set(bytes, at)
    return at
  }
}
