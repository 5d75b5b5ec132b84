import type { Clock } from '../../kernel/clock.ts'
import type { Database } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import type { LogView } from '../log/log-view.ts'
import { proveConsistency } from '../log/proofs.ts'
import { askWitness } from './ask-witness.ts'
import type { WitnessAnswer } from './ask-witness.ts'
import { recordAnswer } from './record-answer.ts'
import { submitCheckpoint } from './submit-checkpoint.ts'
import type { ConflictName, SubmissionEnd } from './submit-checkpoint.ts'
import { readClaims } from './witness-claims.ts'
import type { LogClaims } from './witness-claims.ts'
import type { WitnessPeer } from './witness-list.ts'
import { readWitnessStates } from './witness-store.ts'

/** What witnessing needs of a log. */
export interface WitnessedLog {
  readonly number: number
  readonly organisation: string
  readonly origin: string
  /** Entries, as far as this process knows without asking the store. */
  knownSize(): number
  newest(): Promise<LogView | undefined>
  /** Makes a proof, and damaged tiles again. */
  prove<T>(work: (view: LogView) => Promise<T>): Promise<T>
}

export interface WitnessConflict {
  readonly origin: string
  readonly witness: string
  readonly conflict: ConflictName
  readonly why: string
  /** The checkpoint that was refused. */
  readonly note: string
}

export interface WitnessTimes {
  /** Between two submissions of one log. */
  readonly roundMs: number
  /** A log that does not grow is submitted again after this, so that what is claimed was heard lately. */
  readonly refreshMs: number
  readonly timeoutMs: number
  /** After an answer that was no cosignature; doubled each time, up to the longest. */
  readonly retryMs: number
  readonly longestRetryMs: number
}

const usualTimes: WitnessTimes = {
  roundMs: 1_000,
  refreshMs: 300_000,
  timeoutMs: 10_000,
  retryMs: 1_000,
  longestRetryMs: 60_000,
}
const mostRoundsAtOnce = 8
/** Logs may grow hundreds of times a second; all of them are looked at less often. */
const sweepGapMs = 25

export interface WitnessingOptions {
  readonly database: Database
  readonly clock: Clock
  readonly peers: readonly WitnessPeer[]
  /** Cosignatures that make a checkpoint a witnessed one. */
  readonly needed: number
  logs(): readonly WitnessedLog[]
  onAdvance(listener: () => void): () => void
  /** How the key that signs came to be the one it is: notes of rotations, oldest first. */
  rotations(): Promise<readonly string[]>
  onConflict(conflict: WitnessConflict): void
  onFault(cause: unknown): void
  readonly times?: Partial<WitnessTimes>
}

/** What is known of one witness about one log since the start. */
interface Asking {
  busy: boolean
  /** By {@link performance.now}. */
  notBefore: number
  failures: number
  /** The size that it cosigned last; undefined before its first cosignature, and after any other answer. */
  cosignedSize: number | undefined
  /** Whether it has answered at all. */
  answered: boolean
  /** The conflict that was told since the start. */
  told: ConflictName | undefined
  /** The conflict that stands, whenever it was found. */
  refused: ConflictName | undefined
}

/** What is known of one log. */
interface Tended {
  readonly askings: ReadonlyMap<string, Asking>
  inRound: boolean
  notBefore: number
  /** By size: what was cosigned since the start and not yet by enough, and the newest that was. */
  readonly views: Map<number, LogView>
}

/**
 * Submits the newest checkpoint of each log to each witness, in the background, and knows what may be claimed. A refusal
 * changes nothing but what is claimed: nothing is set back, rewritten or left out to please a witness.
 */
export function createWitnessing(options: WitnessingOptions) {
  const { database, clock, peers, needed, onFault } = options
  const times = { ...usualTimes, ...options.times }
  const closing = new AbortController()
  const tended = new Map<number, Tended>()
  const underWay = new Set<Promise<void>>()
  const listeners = new Set<() => void>()
  let rounds = 0
  let timer: NodeJS.Timeout | undefined
  let timerAt = Infinity
  let sweptAt = -Infinity

  function tend(log: number): Tended {
    const known = tended.get(log)
    if (known !== undefined) return known
    const asking = (): Asking => ({
      busy: false,
      notBefore: 0,
      failures: 0,
      cosignedSize: undefined,
      answered: false,
      told: undefined,
      refused: undefined,
    })
    const fresh: Tended = {
      askings: new Map(peers.map(({ vkey }) => [vkey, asking()])),
      inRound: false,
      notBefore: 0,
      views: new Map(),
    }
    tended.set(log, fresh)
    return fresh
  }

  /** Looks at all logs at that time, or before when somebody else wished so. */
  function wake(wished = performance.now()): void {
    const at = Math.max(wished, sweptAt + sweepGapMs)
    if (peers.length === 0 || closing.signal.aborted || at >= timerAt) return
    clearTimeout(timer)
    timerAt = at
    timer = setTimeout(sweep, Math.max(0, at - performance.now())).unref()
  }

  function sweep(): void {
    timerAt = Infinity
    const now = performance.now()
    sweptAt = now
    for (const log of options.logs()) {
      const state = tend(log.number)
      if (log.knownSize() === 0 || state.inRound) continue
      const due = Math.max(state.notBefore, Math.min(...dueTimes(state, log.knownSize())))
      if (due <= now && rounds < mostRoundsAtOnce) begin(round(log, state))
      // A round that ends wakes us; what is only crowded out is looked at again soon.
      else if (due < Infinity) wake(Math.max(due, now))
    }
  }

  /** When each witness that is not busy is to be asked. */
  function dueTimes(state: Tended, size: number): readonly number[] {
    return [...state.askings.values()]
      .filter(({ busy }) => !busy)
      .map(({ notBefore, cosignedSize }) => (cosignedSize === size ? notBefore + times.refreshMs : notBefore))
  }

  function begin(work: Promise<void>): void {
    const settled = work.catch((cause: unknown) => {
      if (!closing.signal.aborted) onFault(cause)
    })
    underWay.add(settled)
    void settled.finally(() => underWay.delete(settled))
  }

  /** One checkpoint to all that are due: cosignatures count together only under the same one. */
  async function round(log: WitnessedLog, state: Tended): Promise<void> {
    state.inRound = true
    rounds += 1
    const startedAt = performance.now()
    state.notBefore = startedAt + times.roundMs
    try {
      const view = await log.newest()
      if (view === undefined) return
      const { size } = view.checkpoint
      const due = peers
        .map((peer) => ({ peer, asking: state.askings.get(peer.vkey) as Asking }))
        .filter(({ asking }) => {
          const at = asking.cosignedSize === size ? asking.notBefore + times.refreshMs : asking.notBefore
          return !asking.busy && at <= startedAt
        })
      const asked = due.map(({ peer, asking }) => {
        const wasWell = asking.failures === 0
        const work = ask(log, state, view, peer, asking)
        begin(work)
        return { wasWell, work }
      })
      // Whoever does not answer well must not slow the others down.
      await Promise.allSettled(asked.filter(({ wasWell }) => wasWell).map(({ work }) => work))
    } finally {
      state.inRound = false
      rounds -= 1
      wake(state.notBefore)
    }
  }

  async function ask(
    log: WitnessedLog,
    state: Tended,
    view: LogView,
    peer: WitnessPeer,
    asking: Asking,
  ): Promise<void> {
    asking.busy = true
    let failed = true
    try {
      const states = await readWitnessStates(database.read, log.organisation, log.number)
      const before = states.find(({ witness }) => witness === peer.vkey)
      const end = await submit(log, view, peer, before?.size ?? 0)
      if (closing.signal.aborted) return
      failed = end.end === 'refused' || end.end === 'unreachable'
      if (end.end === 'outdated') return
      const { checkpoint } = view
      const facts = { log, peer, checkpoint, before, at: clock() }
      const oldest = await recordAnswer(database, { peers, needed }, facts, end)
      asking.answered ||= end.end !== 'unreachable'
      asking.cosignedSize = end.end === 'cosigned' ? checkpoint.size : undefined
      // A witness that fell silent has taken nothing back.
      if (end.end === 'unreachable') asking.refused ??= before?.conflict ?? undefined
      else asking.refused = end.end === 'refused' ? end.conflict : undefined
      if (end.end === 'cosigned') {
        state.views.set(checkpoint.size, view)
        for (const size of state.views.keys()) if (size < oldest) state.views.delete(size)
      }
      tellConflict(log, peer, asking, view, end)
    } finally {
      asking.failures = failed ? asking.failures + 1 : 0
      const wait = failed
        ? Math.min(times.retryMs * 2 ** (asking.failures - 1), times.longestRetryMs)
        : times.roundMs
      asking.notBefore = performance.now() + wait
      asking.busy = false
      for (const listener of listeners) listener()
      wake(asking.notBefore)
    }
  }

  function tellConflict(
    log: WitnessedLog,
    peer: WitnessPeer,
    asking: Asking,
    view: LogView,
    end: SubmissionEnd,
  ): void {
    if (end.end === 'cosigned') asking.told = undefined
    if (end.end !== 'refused' || end.conflict === undefined || end.conflict === asking.told) return
    asking.told = end.conflict
    const { conflict, why } = end
    options.onConflict({ origin: log.origin, witness: peer.name, conflict, why, note: view.checkpoint.note })
  }

  async function submit(
    log: WitnessedLog,
    view: LogView,
    peer: WitnessPeer,
    cosignedSize: number,
  ): Promise<SubmissionEnd> {
    const { checkpoint } = view
    try {
      return await submitCheckpoint({
        peer,
        checkpoint,
        cosignedSize,
        newestSize: async () => (await log.newest())?.checkpoint.size ?? 0,
        proofFrom: (earlier) => proofFrom(log, view, earlier),
        ask: (body) => askAt(peer.url, body),
        introduceKey: () => introduceKey(peer),
        nowSeconds: () => Math.floor(clock() / 1_000),
      })
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      if (error.code === 'witness_unreachable') return { end: 'unreachable', why: error.message }
      if (error.code !== 'log_pruned') throw error
      return { end: 'refused', why: 'the proof from what it cosigned needs entries that were pruned since' }
    }
  }

  async function claims(log: WitnessedLog): Promise<LogClaims> {
    const { askings } = tend(log.number)
    return await readClaims({
      db: database.read,
      log,
      newestSize: (await log.newest())?.checkpoint.size ?? 0,
      peers,
      needed,
      isAsked: (vkey) => askings.get(vkey)?.answered === true,
    })
  }

  async function askAt(url: URL, body: string): Promise<WitnessAnswer> {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(times.timeoutMs)])
    try {
      return await askWitness(url, body, signal)
    } catch (cause) {
      throw new Fault('witness_unreachable', reasonOf(cause), { retryable: true, cause })
    }
  }

  /** Of our own witnesses, not of C2SP: others are told by their operators, and answer that there is nothing there. */
  async function introduceKey(peer: WitnessPeer): Promise<boolean> {
    let isBelieved = false
    for (const note of await options.rotations())
      isBelieved = (await askAt(new URL('rotations', peer.url), note)).status === 200
    return isBelieved
  }

  const off = options.onAdvance(() => wake())
  wake()

  return {
    claims,
    /**
     * What may be said of all logs together: `off` without witnesses, `refused` while a witness knows another log, `yes` when
     * every log that has entries is witnessed. From memory, so that it may be asked often.
     */
    summary(): 'off' | 'yes' | 'no' | 'refused' {
      if (peers.length === 0) return 'off'
      const logs = options.logs().filter((log) => log.knownSize() > 0)
      const askings = logs.map((log) => [...tend(log.number).askings.values()])
      if (askings.flat().some(({ refused }) => refused !== undefined)) return 'refused'
      const isWitnessed = (of: readonly Asking[]): boolean =>
        of.filter(({ cosignedSize }) => cosignedSize !== undefined).length >= needed
      return logs.length > 0 && askings.every(isWitnessed) ? 'yes' : 'no'
    },
    /**
     * The newest checkpoint that enough witnesses cosigned, with the view to make proofs in; waits until one has
     * `atLeast` entries. Undefined when there are no witnesses, one of them knows another log, or it takes too long.
     */
    async cosigned(
      log: WitnessedLog,
      atLeast: number,
      timeoutMs: number,
    ): Promise<{ readonly view: LogView; readonly note: string } | undefined> {
      if (peers.length === 0) return undefined
      const giveUpAt = performance.now() + timeoutMs
      wake()
      for (;;) {
        const { witnessed, conflict, cosigned } = await claims(log)
        const view = tend(log.number).views.get(cosigned.size)
        if (witnessed && view !== undefined && cosigned.size >= atLeast) return { view, note: cosigned.note }
        const left = giveUpAt - performance.now()
        if (conflict !== '' || left <= 0 || closing.signal.aborted) return undefined
        await nextAnswer(left)
      }
    },
    async close(): Promise<void> {
      closing.abort()
      clearTimeout(timer)
      off()
      await Promise.allSettled(underWay)
    },
  }

  async function nextAnswer(atMostMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const late = setTimeout(resolve, atMostMs)
    listeners.add(resolve)
    await promise
    listeners.delete(resolve)
    clearTimeout(late)
  }
}
export type Witnessing = ReturnType<typeof createWitnessing>

async function proofFrom(log: WitnessedLog, view: LogView, earlier: number): Promise<readonly Uint8Array[]> {
  try {
    return (await proveConsistency(view, earlier)).hashes
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'log_damaged') throw error
    // Makes the tiles again, if that helps; then the proof is of the checkpoint that goes to all witnesses.
    await log.prove((newest) => proveConsistency(newest, earlier))
    return (await proveConsistency(view, earlier)).hashes
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'it did not answer'
  if (cause.name === 'AbortError' || cause.name === 'TimeoutError') return 'it did not answer in time'
  return 'code' in cause && typeof cause.code === 'string'
    ? `it cannot be reached (${cause.code})`
    : cause.message
}
