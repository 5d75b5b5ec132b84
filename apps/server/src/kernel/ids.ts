import { randomFillSync } from 'node:crypto'

/** `prefix_` and 32 hexadecimal digits of a UUIDv7, so that ids sort by creation. */
export type Id<P extends string> = `${P}_${string}`
export type ReceiptId = Id<'rct'>
export type RunId = Id<'run'>
export type CaseId = Id<'case'>
export type HoldId = Id<'hold'>
export type ReviewId = Id<'rev'>
export type UserId = Id<'usr'>
export type OrganisationId = Id<'org'>

const idBytes = 16
// Asking the system for 16 random bytes costs more than all the rest of an id, and an import makes 8,000 of them.
const random = Buffer.alloc(idBytes * 256)
let randomUsed = random.length
let lastAt = 0
let sequence = 0

/** Ids of one process sort in the order they were made, also within a millisecond and when the clock is set back. */
export function newId<P extends string>(prefix: P): Id<P> {
  if (randomUsed === random.length) {
    randomFillSync(random)
    randomUsed = 0
  }
  const id = random.subarray(randomUsed, (randomUsed += idBytes))
  const at = Date.now()
  if (at > lastAt) {
    lastAt = at
    // Half of the range is left to count in.
    sequence = id.readUInt32BE(6) >>> 1
  } else {
    sequence = (sequence + 1) >>> 0
    if (sequence === 0) lastAt += 1
  }
  // UUIDv7 of RFC 9562: milliseconds, version, a counter of 32 bits around the variant, then 42 random bits.
  id.writeUIntBE(lastAt, 0, 6)
  id[6] = 0x70 | (sequence >>> 28)
  id[7] = sequence >>> 20
  id[8] = 0x80 | ((sequence >>> 14) & 0x3f)
  id[9] = sequence >>> 6
  id[10] = (sequence << 2) | ((id[10] as number) & 3)
  return `${prefix}_${id.toString('hex')}`
}
