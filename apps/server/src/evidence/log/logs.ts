import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database, Reader, Tx } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import { addressOf, originAt, originOf } from './log-address.ts'
import type { LogArchive } from './log-archive.ts'
import type { KeyRing } from './key-ring.ts'
import {
  findLog,
  findLogByNumber,
  findLogByOrigin,
  findStrayLog,
  insertLog,
  listLogs,
  newestCheckpoint,
} from './log-store.ts'
import type { LogFacts } from './log-store.ts'
import { openLog } from './log.ts'
import type { Log } from './log.ts'
import { createPublishedCheckpoint } from './published-checkpoint.ts'
import { retentionClasses } from './retention-class.ts'
import type { RetentionClass } from './retention-class.ts'
import { createTileCache } from './tile-store.ts'

// Past this logs are not read whole at every start; their right edges still lead to the signed roots.
const readWholeUpTo = 65_536

/**
 * Opens every log of this store, each for itself.
 *
 * @param verifiedUpTo entries that are read at start, of all logs together, smallest log first.
 * @throws {Fault} what {@link openLog} throws; `log_rolled_back` when a log was published that the store does not know.
 */
export async function openLogs(options: {
  database: Database
  keys: KeyRing
  folder: string
  archive: LogArchive
  verifiedUpTo?: number
  onFault(cause: unknown): void
}) {
  const { database, keys, folder, archive, onFault } = options
  const cache = createTileCache()
  const open = new Map<number, Log>()
  const listeners = new Set<() => void>()
  let readable = options.verifiedUpTo ?? readWholeUpTo
  await openAll()

  async function openOne(facts: LogFacts): Promise<Log> {
    return await openLog({
      database,
      facts,
      keys,
      folder,
      cache,
      archive,
      onFault,
      isReadWhole: (size) => (readable -= size) >= 0,
      onAdvance() {
        for (const listener of listeners) listener()
      },
    })
  }

  async function openAll(): Promise<void> {
    const known = await listLogs(database.read)
    await refuseForgotten(known)
    const sized: { facts: LogFacts; size: number }[] = []
    for (const facts of known)
      sized.push({ facts, size: (await newestCheckpoint(database.read, facts.number))?.size ?? 0 })
    for (const { facts } of sized.toSorted((a, b) => a.size - b.size))
      open.set(facts.number, await openOne(facts))
  }

  /** A log whose checkpoint was signed here and that the store says nothing of: the store is older than it. */
  async function refuseForgotten(known: readonly LogFacts[]): Promise<void> {
    const stray = await findStrayLog(database.read)
    if (stray !== undefined) {
      throw new Fault(
        'log_altered',
        `Checkpoints of log number ${stray} are stored, but the log itself was removed from the store's list.` +
          ' Restore the store from a backup.',
        { retryable: false },
      )
    }
    // No path is made of an origin that the key may not sign for.
    for (const { origin } of known) addressOf(keys.name, origin)
    const origins = new Set(known.map((facts) => facts.origin))
    for (const address of await addressesIn(folder)) {
      const origin = originAt(keys.name, address)
      if (origin === undefined || origins.has(origin)) continue
      const published = createPublishedCheckpoint(join(folder, address), onFault)
      const seen = await keys.read(database.read, origin, await published.read())
      if ('problem' in seen) continue
      throw new Fault(
        'log_rolled_back',
        `A checkpoint of size ${seen.size} was published (${published.file}) for a log that the store does not know:` +
          ' the store is older than that log. Restore a newer backup.',
        { retryable: false },
      )
    }
  }

  async function opened(facts: LogFacts | undefined): Promise<Log | undefined> {
    if (facts === undefined) return undefined
    const known = open.get(facts.number)
    if (known !== undefined) return known
    // Another server made it.
    const log = await openOne(facts)
    const meanwhile = open.get(facts.number)
    if (meanwhile !== undefined) return meanwhile
    open.set(facts.number, log)
    return log
  }

  return {
    all: (): readonly Log[] => [...open.values()],
    /** The organisation's logs, in the order of their classes. */
    async of(organisation: string): Promise<readonly Log[]> {
      const found: Log[] = []
      for (const facts of await listLogs(database.read, organisation)) {
        const log = await opened(facts)
        if (log !== undefined) found.push(log)
      }
      const place = (log: Log) => retentionClasses.indexOf(log.facts.class)
      return found.toSorted((a, b) => place(a) - place(b))
    },
    async find(number: number): Promise<Log | undefined> {
      return open.get(number) ?? (await opened(await findLogByNumber(database.read, number)))
    },
    /** The log whose files and public paths lie at this address. */
    async at(address: string): Promise<Log | undefined> {
      const origin = originAt(keys.name, address)
      if (origin === undefined) return undefined
      const known = open.values().find((log) => log.facts.origin === origin)
      return known ?? (await opened(await findLogByOrigin(database.read, origin)))
    },
    /**
     * The log that receipts of this organisation and class go to; made by the integrator, which is one among all servers.
     * One that is made here is {@link keep kept} once the transaction is durable.
     */
    async forWriting(tx: Tx, organisation: string, retention: RetentionClass, at: number): Promise<Log> {
      return await inTx(
        (await findLog(tx, organisation, retention)) ?? (await makeLog(tx, organisation, retention, at)),
      )
    },
    /** Every log that a transaction sees. */
    async allIn(tx: Tx): Promise<readonly Log[]> {
      const found: Log[] = []
      for (const facts of await listLogs(tx)) found.push(await inTx(facts))
      return found
    },
    keep(log: Log): void {
      if (!open.has(log.facts.number)) open.set(log.facts.number, log)
    },
    /** Hears that a log has grown. */
    onAdvance(listener: () => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close(): Promise<void> {
      for (const log of open.values()) await log.close()
    },
  }

  async function inTx(facts: LogFacts): Promise<Log> {
    return open.get(facts.number) ?? (await openOne(facts))
  }

  async function makeLog(tx: Tx, organisation: string, retention: RetentionClass, at: number) {
    const siblings = await listLogs(tx, organisation)
    const origin = originOf(keys.name, await hex8For(tx, siblings), retention)
    return await insertLog(tx, { organisation, class: retention, origin, sharedBelow: 0 }, at)
  }

  /** Logs of one organisation lie beside each other; the number says nothing about it. */
  async function hex8For(db: Reader, siblings: readonly LogFacts[]): Promise<string> {
    for (const { origin } of siblings) {
      const [, hex8] = addressOf(keys.name, origin).split('/')
      if (hex8 !== undefined) return hex8
    }
    for (;;) {
      const hex8 = randomBytes(4).toString('hex')
      const taken = await Promise.all(
        retentionClasses.map((each) => findLogByOrigin(db, originOf(keys.name, hex8, each))),
      )
      if (taken.every((log) => log === undefined)) return hex8
    }
  }
}
export type Logs = Awaited<ReturnType<typeof openLogs>>

/** Addresses of logs that have files, whatever the store knows. */
async function addressesIn(folder: string): Promise<readonly string[]> {
  const addresses = ['']
  for (const hex8 of await namesIn(join(folder, 'logs'))) {
    for (const retention of await namesIn(join(folder, 'logs', hex8)))
      addresses.push(`logs/${hex8}/${retention}`)
  }
  return addresses
}

const namesIn = (folder: string): Promise<readonly string[]> =>
  readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return []
    throw error
  })
