import type { Reader } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import { leafHash } from '../log/tree-hash.ts'
import { writeCommitment } from './commitment.ts'
import { isFolded } from '../retention/folded.ts'
import { commitmentsAt } from './entry.ts'
import { partJson } from './part-json.ts'
import { partNames } from './receipt-draft.ts'
import type { PartName } from './receipt-draft.ts'
import { partsOf } from './receipt-store.ts'
import type { PlacedReceipt } from './receipt-store.ts'
import { saltEpoch, writeSalt } from './salt.ts'
import type { SaltKey } from './salt.ts'
import { findSaltKey } from './salt-key-store.ts'

export interface OpenedPart {
  /** Base64 of 32 bytes. */
  readonly salt: string
  /** Canonical JSON. */
  readonly json: string
}

/** The parts that can still be shown: none once the key of their salts is destroyed, or the receipt is folded; not those that named somebody erased. */
export type OpenedParts = Readonly<Partial<Record<PartName, OpenedPart>>>

/**
 * Opens the parts of receipts, and holds each against what the log committed to.
 * Keys read once are kept for as long as the opener is: use one for each answer.
 */
export function createReceiptOpener(db: Reader) {
  const keys = new Map<string, SaltKey | undefined>()

  async function keyOf(row: PlacedReceipt): Promise<SaltKey | undefined> {
    const scope = { organisation: row.organisation, subject: row.actor, epoch: saltEpoch(row.at) }
    const name = `${scope.organisation}\n${scope.subject}\n${scope.epoch}`
    if (!keys.has(name)) keys.set(name, await findSaltKey(db, scope))
    return keys.get(name)
  }

  /** @throws {Fault} `receipt_altered` when the stored receipt is not what was logged. */
  return async function openReceipt(row: PlacedReceipt): Promise<OpenedParts> {
    if (isFolded(row)) return {}
    const entry = Buffer.from(row.entry)
    if (row.leaf_hash !== null && Buffer.compare(leafHash(entry), row.leaf_hash) !== 0)
      throw altered(row, 'entry')
    const key = await keyOf(row)
    if (key === undefined) return {}
    const values = partsOf(row)
    const opened: Partial<Record<PartName, OpenedPart>> = {}
    const commitment = Buffer.alloc(32)
    const salt = Buffer.alloc(32)
    for (const [at, name] of partNames.entries()) {
      // Erased: it named somebody.
      if (values[name] === undefined) continue
      const json = partJson(values[name])
      writeSalt(salt, 0, key, row.id.slice(4), at + 1)
      writeCommitment(commitment, 0, at + 1, json, (scratch, offset) => salt.copy(scratch, offset))
      const committed = entry.subarray(commitmentsAt + 32 * at, commitmentsAt + 32 * (at + 1))
      if (!commitment.equals(committed)) throw altered(row, name)
      opened[name] = { salt: salt.toString('base64'), json }
    }
    return opened
  }
}

function altered(row: PlacedReceipt, what: string): Fault {
  return new Fault('receipt_altered', `The stored ${what} of receipt ${row.id} is not what was logged.`, {
    retryable: false,
  })
}
