import { createHash, createPublicKey, verify } from 'node:crypto'
import type { Reader } from '../../apps/server/src/kernel/db/index.ts'
import { checkEffects } from './effect-invariants.ts'
import { checkMeters } from './meter-invariants.ts'
import { readReceipts } from './read-receipts.ts'
import type { Broken, Receipts } from './read-receipts.ts'

/**
 * Reads the database of a server that is at rest (nothing under way, outbox empty) and says what breaks the promises of
 * the evidence: log and receipts, effects and receipts, money and receipts. Written from the format document and the
 * house's invariants, with none of the writer's code, so that one mistake cannot hide another.
 *
 * @param logKey the verifier key of the server's logs; keys before it count for what the rotations to it say.
 */
export async function brokenInvariants(db: Reader, logKey: string): Promise<Broken> {
  const receipts = await readReceipts(db)
  return [
    ...(await checkLog(db, receipts, logKey)),
    ...(await checkPhases(db, receipts)),
    ...(await checkEffects(db, receipts)),
    ...(await checkMeters(db, receipts)),
  ]
}

const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  Buffer.from(createHash('sha256').update(Buffer.concat(parts)).digest())
const leafOf = (entry: Uint8Array): Buffer => sha256(Buffer.of(0), entry)

/** Every receipt once, in a log or on its way; in each log every checkpoint over the root of exactly its entries. */
async function checkLog(db: Reader, receipts: Receipts, logKey: string): Promise<Broken> {
  const broken: Broken = []
  const byId = new Map(receipts.map((receipt) => [receipt.id, receipt]))
  const logs = await db.selectFrom('logs').selectAll().execute()
  const entries = await db.selectFrom('log_entries').selectAll().orderBy('idx').execute()
  const keys = keysFrom(logKey, await db.selectFrom('log_key_rotations').select('note').execute())
  const outbox = await db.selectFrom('receipt_outbox').selectAll().execute()
  const checkpoints = await db.selectFrom('checkpoints').selectAll().orderBy('size').execute()

  const places = new Map<string, number>()
  for (const { receipt_id: id } of [...entries, ...outbox]) places.set(id, (places.get(id) ?? 0) + 1)
  for (const { id, operation } of receipts) {
    if (places.get(id) !== 1)
      broken.push(`receipt ${id} (${operation}) has ${places.get(id) ?? 0} places in the log`)
  }
  for (const id of places.keys()) if (!byId.has(id)) broken.push(`the log holds ${id}, which is no receipt`)

  for (const log of logs) {
    const ofLog = <T extends { log: number }>(rows: readonly T[]) =>
      rows.filter((row) => row.log === log.number)
    broken.push(...checkOneLog(log, ofLog(entries), ofLog(checkpoints), byId, keys))
  }
  const numbers = new Set(logs.map((log) => log.number))
  for (const { log, idx } of entries)
    if (!numbers.has(log)) broken.push(`entry ${idx} is in log ${log}, which there is not`)
  return broken
}

interface Key {
  readonly vkey: string
  /** Up to which size of a log it signs; without end where it is the key now. */
  mostOf(origin: string): number
}

function keysFrom(logKey: string, rotations: readonly { readonly note: string }[]): readonly Key[] {
  const before = rotations.map(({ note }): Key => {
    const [, vkey = ''] = note.split('\n')
    const line = (origin: string) => note.split('\n').find((each) => each.startsWith(`${origin} `))
    return { vkey, mostOf: (origin) => Number(line(origin)?.split(' ')[1] ?? 0) }
  })
  return [{ vkey: logKey, mostOf: () => Infinity }, ...before]
}

interface LogOf {
  readonly organisation: string
  readonly class: string
  readonly origin: string
  readonly shared_below: number
}

function checkOneLog(
  log: LogOf,
  entries: readonly { idx: number; receipt_id: string; leaf_hash: Uint8Array }[],
  checkpoints: readonly { size: number; root: Uint8Array; note: string }[],
  byId: ReadonlyMap<string, Receipts[number]>,
  keys: readonly Key[],
): Broken {
  const broken: Broken = []
  const tree = new CompactTree()
  const waiting = checkpoints.values()
  let next = waiting.next().value
  for (const [index, { idx, receipt_id: id, leaf_hash: stored }] of entries.entries()) {
    if (idx !== index) broken.push(`entry ${index} has index ${idx}`)
    const receipt = byId.get(id)
    if (receipt === undefined) continue
    if (!leafOf(receipt.entry).equals(stored)) broken.push(`entry ${index} is not the leaf of receipt ${id}`)
    broken.push(...fieldsThatDiffer(receipt))
    if (receipt.organisation !== log.organisation && index >= log.shared_below)
      broken.push(`entry ${index} of the log of ${log.organisation} is of ${receipt.organisation}`)
    if (classes[receipt.entry[63] ?? 0] !== log.class)
      broken.push(`entry ${index} of a log of class ${log.class} is of another`)
    tree.append(leafOf(receipt.entry))
    if (next?.size !== index + 1) continue
    broken.push(...checkNote(next, tree.root(), log.origin, keys))
    next = waiting.next().value
  }
  if (next !== undefined) broken.push(`a checkpoint signs ${next.size} entries, ${entries.length} are there`)
  if (entries.length > 0 && checkpoints.at(-1)?.size !== entries.length)
    broken.push('the newest entries are under no checkpoint')
  return broken
}

const classes = ['', 'standard', 'short', 'long']
const phases = ['', 'effect', 'intent', 'outcome']
const decisions = ['', 'allowed', 'denied', 'parked', 'failed', 'unknown']

/** The columns beside an entry are for finding it; they must say what it says. */
function fieldsThatDiffer(receipt: Receipts[number]): Broken {
  const { entry } = receipt
  const parent = entry.subarray(36, 52)
  const said = {
    id: `rct_${entry.toString('hex', 4, 20)}`,
    parent: parent.every((byte) => byte === 0) ? null : `rct_${parent.toString('hex')}`,
    at: Number(entry.readBigUInt64BE(52)),
    phase: phases[entry[60] ?? 0],
    decision: decisions[entry[61] ?? 0],
    calls: entry.readUInt32BE(64),
    rows: entry.readUInt32BE(68),
    cost_micros: Number(entry.readBigUInt64BE(104)),
  }
  return Object.entries(said).flatMap(([name, value]) => {
    const column = receipt[name as keyof typeof said]
    return column === value
      ? []
      : [`receipt ${receipt.id}: column ${name} is ${column}, its entry says ${value}`]
  })
}

/** RFC 6962 by appending: the roots of the full subtrees, largest first. */
class CompactTree {
  readonly #subtrees: { hash: Buffer; size: number }[] = []

  append(leaf: Buffer): void {
    this.#subtrees.push({ hash: leaf, size: 1 })
    for (;;) {
      const [left, right] = this.#subtrees.slice(-2)
      if (left === undefined || right === undefined || left.size !== right.size) return
      this.#subtrees.splice(-2, 2, { hash: sha256(Buffer.of(1), left.hash, right.hash), size: left.size * 2 })
    }
  }

  root(): Buffer {
    return this.#subtrees
      .map(({ hash }) => hash)
      .reduceRight((right, left) => sha256(Buffer.of(1), left, right))
  }
}

const ed25519Prefix = Buffer.from('302a300506032b6570032100', 'hex')

function checkNote(
  checkpoint: { size: number; root: Uint8Array; note: string },
  root: Buffer,
  origin: string,
  keys: readonly Key[],
): Broken {
  const { size, note } = checkpoint
  const [text = '', signature = ''] = note.split('\n\n')
  const [name, signedSize, signedRoot] = text.split('\n')
  const broken: Broken = []
  if (name !== origin || Number(signedSize) !== size)
    broken.push(`the checkpoint of size ${size} says ${name} ${signedSize}`)
  if (signedRoot !== root.toString('base64'))
    broken.push(`the checkpoint of size ${size} does not sign the root of its entries`)
  if (!root.equals(checkpoint.root)) broken.push(`the stored root of size ${size} is not that of its entries`)
  const [dash, signer, encoded = ''] = signature.trimEnd().split(' ')
  const bytes = Buffer.from(encoded, 'base64')
  const signed = keys.some(({ vkey, mostOf }) => {
    const [, keyName = '', hash = '', key = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? []
    const spki = Buffer.concat([ed25519Prefix, Buffer.from(key, 'base64').subarray(1)])
    return (
      dash === '—' &&
      signer === keyName &&
      (origin === keyName || origin.startsWith(`${keyName}/`)) &&
      bytes.toString('hex', 0, 4) === hash &&
      size <= mostOf(origin) &&
      verify(
        null,
        Buffer.from(`${text}\n`),
        createPublicKey({ key: spki, format: 'der', type: 'spki' }),
        bytes.subarray(4),
      )
    )
  })
  return signed ? broken : [...broken, `the checkpoint of size ${size} is not signed by the log's key`]
}

/** One outcome for each intent, of the same operation; nothing open, because nothing is under way. */
async function checkPhases(db: Reader, receipts: Receipts): Promise<Broken> {
  const broken: Broken = []
  const byId = new Map(receipts.map((receipt) => [receipt.id, receipt]))
  const outcomes = new Map<string, number>()
  for (const { id, phase, parent, operation, nested } of receipts) {
    const enclosing = parent === null ? undefined : byId.get(parent)
    if (phase === 'outcome') {
      outcomes.set(parent ?? '', (outcomes.get(parent ?? '') ?? 0) + 1)
      if (enclosing?.phase !== 'intent' || enclosing.operation !== operation)
        broken.push(`outcome ${id} belongs to no intent of ${operation}`)
    } else if (nested && enclosing?.phase !== 'intent') {
      broken.push(`nested call ${id} (${operation}) has no enclosing intent`)
    }
  }
  for (const { id, phase, operation } of receipts) {
    const count = outcomes.get(id) ?? 0
    if (phase === 'intent' && count !== 1) broken.push(`intent ${id} (${operation}) has ${count} outcomes`)
  }
  for (const { receipt_id: id } of await db.selectFrom('open_intents').selectAll().execute())
    broken.push(`intent ${id} is still open`)
  return broken
}
