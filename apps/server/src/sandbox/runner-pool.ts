import { Fault } from '../kernel/fault.ts'
import type { SandboxStats } from './boundary.ts'
import { runnerKinds } from './runner-kinds.ts'
import type { RunnerKind } from './runner-kinds.ts'
import type { RunnerProcess } from './launch.ts'
import { startLimitMs } from './limits.ts'
import { endingOf } from './runner-ending.ts'
import type { RunnerEnding } from './runner-ending.ts'
import { Runner } from './runner.ts'

export interface PoolSettings {
  /** Blank runners kept ready for a trust domain that has none. */
  readonly poolSize: number
  readonly maxRunners: number
  readonly runnersPerDomain: number
  /** A bound runner that waited this long is ended. */
  readonly idleMs: number
  readonly healthEveryMs: number
}

interface Waiter {
  readonly trustDomain: string
  readonly kind: RunnerKind
  readonly give: (runner: Runner) => void
  readonly refuse: (fault: Fault) => void
}

const noneOfAny: Readonly<Record<RunnerKind, number>> = { javascript: 0, 'javascript-jit': 0, wasm: 0 }
const healthLimitMs = 2_000
const startAttempts = 3
const spareDelayMs = 25
/** A runner that kept this much more than a blank one holds is replaced: its memory would count against nobody. */
const residueBytes = 64 * 1024 * 1024

/**
 * Runner processes, blank or bound to one trust domain for life. A run that finds none free waits in line; the line
 * of one domain never holds up another.
 */
export class RunnerPool {
  readonly #settings: PoolSettings
  readonly #launch: (kind: RunnerKind) => RunnerProcess
  readonly #log: (line: string) => void
  readonly #runners = new Set<Runner>()
  readonly #readyWaiters = new Map<Runner, () => void>()
  readonly #healthTimer: NodeJS.Timeout
  #waiters: Waiter[] = []
  /** Blank runners to keep, by kind. */
  readonly #spares: Record<RunnerKind, number>
  #failedStarts = 0
  #started = 0
  #ended = 0
  readonly #endings = new Map<RunnerEnding, number>()
  #closed = false
  #retryTimer: NodeJS.Timeout | undefined
  #spareTimer: NodeJS.Timeout | undefined
  /** Runs when the program ends without closing us: a runner must not outlive its host. */
  readonly #onExit = () => {
    for (const runner of this.#runners) runner.kill('host exits')
  }

  constructor(
    settings: PoolSettings,
    launch: (kind: RunnerKind) => RunnerProcess,
    log: (line: string) => void,
  ) {
    this.#settings = settings
    this.#spares = { ...noneOfAny, javascript: settings.poolSize }
    this.#launch = launch
    this.#log = log
    this.#healthTimer = setInterval(() => this.#checkHealth(), settings.healthEveryMs).unref()
    process.on('exit', this.#onExit)
  }

  /** Starts the blank runners; resolves with one of them when all are ready. */
  async start(): Promise<Runner> {
    const first = Array.from({ length: this.#settings.poolSize }, () => this.#startRunner('javascript'))
    const ready = await Promise.all(
      first.map(async (runner) => {
        const how = await Promise.race([runner.ended, this.#whenReady(runner)])
        if (how !== undefined) throw startFault(how)
        return runner
      }),
    )
    const [one] = ready
    if (one === undefined) throw new RangeError('poolSize is at least 1')
    return one
  }

  /**
   * A runner of this trust domain that nobody else uses.
   *
   * @throws {Fault} `runner_unavailable` when runners do not start, or the pool closes
   */
  take(trustDomain: string, kind: RunnerKind, signal: AbortSignal): Promise<Runner | undefined> {
    if (this.#closed) throw closedFault()
    const { promise, resolve, reject } = Promise.withResolvers<Runner | undefined>()
    const leave = () => {
      this.#waiters = this.#waiters.filter((other) => other !== waiter)
      resolve(undefined)
    }
    const waiter: Waiter = {
      trustDomain,
      kind,
      give: (runner) => {
        signal.removeEventListener('abort', leave)
        resolve(runner)
      },
      refuse: (fault) => {
        signal.removeEventListener('abort', leave)
        reject(fault)
      },
    }
    signal.addEventListener('abort', leave, { once: true })
    this.#waiters.push(waiter)
    this.#serve()
    return promise
  }

  stats(): SandboxStats {
    const runners = [...this.#runners]
    return {
      runners: runners.length,
      blank: runners.filter((runner) => runner.trustDomain === undefined).length,
      busy: runners.filter((runner) => runner.state === 'busy').length,
      waiting: this.#waiters.length,
      started: this.#started,
      killed: this.#ended,
      endings: Object.fromEntries(this.#endings),
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#healthTimer)
    clearTimeout(this.#retryTimer)
    clearTimeout(this.#spareTimer)
    process.off('exit', this.#onExit)
    for (const waiter of this.#waiters) waiter.refuse(closedFault())
    this.#waiters = []
    const ending = [...this.#runners].map((runner) => {
      runner.kill('sandbox closed')
      return runner.ended
    })
    // Runners do not keep a program alive: hold it until they are gone.
    const hold = setTimeout(() => {}, startLimitMs)
    await Promise.all(ending)
    clearTimeout(hold)
  }

  /** Gives runners to those who wait, oldest first, then sees to it that enough are on their way. */
  #serve(): void {
    if (this.#closed) return
    const wanted: Record<RunnerKind, number> = { ...noneOfAny }
    const still: Waiter[] = []
    const wantedBy = new Map<string, number>()
    for (const waiter of this.#waiters) {
      const { trustDomain, kind } = waiter
      const line = `${kind} ${trustDomain}`
      const bound = this.#boundTo(trustDomain, kind)
      const own = bound.find((runner) => runner.ready)
      const asked = wantedBy.get(line) ?? 0
      const mayGrow = bound.length + asked < this.#settings.runnersPerDomain
      const runner = own ?? (mayGrow ? this.#findBlank(kind) : undefined)
      if (runner !== undefined) {
        runner.take(trustDomain)
        waiter.give(runner)
        continue
      }
      still.push(waiter)
      if (!mayGrow) continue
      wantedBy.set(line, asked + 1)
      wanted[kind] += 1
    }
    this.#waiters = still
    // Idle runners do not keep a program alive; somebody waiting for one does.
    if (still.length > 0) this.#healthTimer.ref()
    else this.#healthTimer.unref()
    this.#grow(wanted)
  }

  #grow(wanted: Readonly<Record<RunnerKind, number>>): void {
    if (this.#retryTimer !== undefined) return
    for (const kind of runnerKinds) {
      this.#startUpTo(kind, wanted[kind])
      // Full: the runner that waited longest for its own domain makes room for one that has none.
      if (this.#countBlank(kind) < wanted[kind])
        this.#idleLongest(kind)?.kill('made room for another trust domain')
      // Where code of a kind was never run, no process waits for it.
      if (wanted[kind] > 0) this.#spares[kind] = Math.max(1, this.#spares[kind])
    }
    // Spares can wait a moment: starting one would take a core from the run that just got the last.
    this.#spareTimer ??= setTimeout(() => {
      this.#spareTimer = undefined
      if (this.#closed || this.#retryTimer !== undefined) return
      for (const kind of runnerKinds) this.#startUpTo(kind, this.#spares[kind])
    }, spareDelayMs).unref()
  }

  #startUpTo(kind: RunnerKind, blank: number): void {
    while (this.#countBlank(kind) < blank && this.#runners.size < this.#settings.maxRunners)
      this.#startRunner(kind)
  }

  /** Ready, or on their way. */
  #countBlank(kind: RunnerKind): number {
    let count = 0
    for (const runner of this.#runners) {
      if (runner.kind !== kind || runner.trustDomain !== undefined) continue
      if (runner.ready || runner.state === 'starting') count += 1
    }
    return count
  }

  #startRunner(kind: RunnerKind): Runner {
    this.#started += 1
    const runner = new Runner(kind, this.#launch(kind), (changed) => this.#onChange(changed))
    this.#runners.add(runner)
    const limit = setTimeout(() => {
      if (runner.state === 'starting') runner.kill('did not answer after its start')
    }, startLimitMs)
    let wasReady = false
    void this.#whenReady(runner).then(() => {
      clearTimeout(limit)
      wasReady = true
      this.#failedStarts = 0
    })
    void runner.ended.then((how) => {
      clearTimeout(limit)
      this.#runners.delete(runner)
      this.#ended += 1
      const ending = endingOf(how)
      this.#endings.set(ending, (this.#endings.get(ending) ?? 0) + 1)
      if (this.#closed) return
      this.#log(`runner ${runner.pid} ended: ${how}`)
      if (!wasReady) this.#startFailed(how)
      this.#serve()
    })
    return runner
  }

  #startFailed(how: string): void {
    this.#failedStarts += 1
    // Not at once: what fails to start would otherwise be started for ever.
    this.#retryTimer ??= setTimeout(() => {
      this.#retryTimer = undefined
      this.#serve()
    }, 100 * this.#failedStarts).unref()
    if (this.#failedStarts < startAttempts) return
    this.#failedStarts = 0
    for (const waiter of this.#waiters) waiter.refuse(startFault(how))
    this.#waiters = []
  }

  #whenReady(runner: Runner): Promise<undefined> {
    if (runner.state === 'idle') return Promise.resolve(undefined)
    return new Promise((resolve) => {
      const before = this.#readyWaiters.get(runner)
      this.#readyWaiters.set(runner, () => {
        before?.()
        resolve(undefined)
      })
    })
  }

  #onChange(runner: Runner): void {
    if (runner.state === 'ended') this.#readyWaiters.delete(runner)
    if (runner.state !== 'idle') return
    this.#readyWaiters.get(runner)?.()
    this.#readyWaiters.delete(runner)
    const kept = (runner.readUsage()?.residentBytes ?? 0) - runner.blankBytes
    if (kept > residueBytes) return runner.kill('kept too much memory')
    if (runner.trustDomain !== undefined) this.#retireWhenIdle(runner)
    this.#serve()
  }

  #retireWhenIdle(runner: Runner): void {
    const since = runner.idleSinceMs
    setTimeout(() => {
      if (runner.ready && runner.idleSinceMs === since) runner.kill('idle')
    }, this.#settings.idleMs).unref()
  }

  #boundTo(trustDomain: string, kind: RunnerKind): Runner[] {
    return [...this.#runners].filter(
      (runner) => runner.kind === kind && runner.trustDomain === trustDomain && runner.state !== 'ended',
    )
  }

  #findBlank(kind: RunnerKind): Runner | undefined {
    for (const runner of this.#runners) {
      if (runner.kind === kind && runner.trustDomain === undefined && runner.ready) return runner
    }
    return undefined
  }

  /** Blank ones of another kind make room too: they serve nobody. */
  #idleLongest(wanted: RunnerKind): Runner | undefined {
    return [...this.#runners]
      .filter((runner) => runner.ready && (runner.trustDomain !== undefined || runner.kind !== wanted))
      .sort((a, b) => a.idleSinceMs - b.idleSinceMs)[0]
  }

  #checkHealth(): void {
    for (const runner of this.#runners) {
      if (!runner.ready) continue
      void runner.answers(healthLimitMs).then((answered) => {
        if (!answered) runner.kill('did not answer a health check')
      })
    }
  }
}

function startFault(how: string): Fault {
  return new Fault('runner_unavailable', `A sandbox runner did not start: ${how}`, { retryable: true })
}

function closedFault(): Fault {
  return new Fault('runner_unavailable', 'The sandbox is closed.', { retryable: false })
}
