import assert from 'node:assert/strict'
import { createFrameReader, encodeFrame, ProtocolViolation } from './frames.ts'
import type { ProcessUsage, RunnerProcess } from './launch.ts'
import { maxErrorBytes, maxHeaderBytes, maxUnreadBytes, settleGraceMs } from './limits.ts'
import { parseRunnerMessage } from './runner-message.ts'
import type { RunnerMessage } from './runner-message.ts'
import type { RunnerKind } from './runner-kinds.ts'

export type RunMessage = Extract<RunnerMessage, { run: number }> | Extract<RunnerMessage, { t: 'lost' }>

/** Who hears a runner while it performs one run. */
export interface RunListener {
  /** Largest body this run can need. */
  readonly largestBody: number
  onMessage(message: RunMessage): void
}

export type RunnerState = 'starting' | 'idle' | 'taken' | 'busy' | 'settling' | 'ended'

/**
 * One runner process as the host sees it: at most one run at a time, one trust domain for life. Anything unexpected
 * that it says ends it.
 */
export class Runner {
  readonly kind: RunnerKind
  readonly level: RunnerProcess['level']
  readonly pid: number
  /** Resolves when the process is gone, with how. */
  readonly ended: Promise<string>
  /** Set at first use, never changed. */
  trustDomain: string | undefined
  /** The package's files or module the process holds. */
  loaded: object | undefined
  idleSinceMs = 0
  /** Resident memory when it was ready, before any run. */
  blankBytes = 0
  readonly #process: RunnerProcess
  readonly #onStateChange: (runner: Runner) => void
  #state: RunnerState = 'starting'
  #listener: RunListener | undefined
  #runs = 0
  #killedFor: string | undefined
  #settleTimer: NodeJS.Timeout | undefined
  #pings = 0
  readonly #pongs = new Map<number, () => void>()

  constructor(kind: RunnerKind, process: RunnerProcess, onStateChange: (runner: Runner) => void) {
    this.kind = kind
    this.#process = process
    this.#onStateChange = onStateChange
    this.level = process.level
    this.pid = process.pid
    const readFrames = createFrameReader(
      () => ({ header: maxHeaderBytes, body: this.#listener?.largestBody ?? maxErrorBytes }),
      (frame) => this.#receive(parseRunnerMessage(frame)),
    )
    process.channel.on('data', (chunk: Buffer) => {
      if (this.#killedFor !== undefined) return
      try {
        readFrames(chunk)
      } catch (error) {
        this.kill(
          error instanceof ProtocolViolation
            ? `protocol: ${error.message}`
            : `while hearing it: ${String(error)}`,
        )
      }
    })
    // Both mean that the process is ending or must: what counts is `exited`.
    process.channel.on('error', () => this.kill('channel failed'))
    process.channel.on('end', () => this.kill('channel closed'))
    this.ended = process.exited.then((how) => {
      clearTimeout(this.#settleTimer)
      this.#setState('ended')
      process.channel.destroy()
      return this.#killedFor === undefined ? how : `${this.#killedFor} (${how})`
    })
  }

  get state(): RunnerState {
    return this.#state
  }

  /** Whether a run may be given to it. */
  get ready(): boolean {
    return this.#state === 'idle' && this.#killedFor === undefined
  }

  /** Keeps it for one who waited, until that run begins. */
  take(trustDomain: string): void {
    assert(this.ready && (this.trustDomain === undefined || this.trustDomain === trustDomain))
    this.trustDomain = trustDomain
    this.#setState('taken')
  }

  /** Starts one run and returns its number. */
  begin(listener: RunListener): number {
    assert(this.#state === 'taken' || this.#state === 'ended')
    this.#setState('busy')
    this.#listener = listener
    this.#runs += 1
    return this.#runs
  }

  send(header: object, body: string | Uint8Array = ''): void {
    const { channel } = this.#process
    if (this.#state === 'ended' || !channel.writable) return
    // Whoever asks and does not read would fill the server's memory with answers.
    if (channel.writableLength > maxUnreadBytes) return this.kill('does not read what it is sent')
    channel.write(encodeFrame(header, body))
  }

  readUsage(): ProcessUsage | undefined {
    return this.#process.readUsage()
  }

  /** The most it may hold from now on, as `readUsage` counts. */
  limitMemory(bytes: number): void {
    try {
      this.#process.limitMemory?.(bytes)
    } catch (error) {
      this.kill(`its memory could not be limited: ${String(error)}`)
    }
  }

  /** Whether the limit ended it; known once it has ended. */
  outOfMemory(): boolean {
    return this.#process.outOfMemory?.() ?? false
  }

  kill(why: string): void {
    this.#killedFor ??= why
    this.#process.kill()
  }

  /** Whether it still answers within `limitMs`. */
  async answers(limitMs: number): Promise<boolean> {
    this.#pings += 1
    const n = this.#pings
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(resolve, limitMs, false).unref()
    this.#pongs.set(n, () => resolve(true))
    this.send({ t: 'ping', n })
    const answered = await promise
    clearTimeout(timer)
    this.#pongs.delete(n)
    return answered
  }

  #receive(message: RunnerMessage): void {
    switch (message.t) {
      case 'ready': {
        if (this.#state !== 'starting') throw new ProtocolViolation('ready twice')
        // It has been given nothing yet: what its jail does not hold never gets a plugin.
        const gap = this.#process.findGap?.()
        if (gap !== undefined) return this.kill(`not jailed: ${gap}`)
        this.blankBytes = this.readUsage()?.residentBytes ?? 0
        return this.#setState('idle')
      }
      case 'pong': {
        const heard = this.#pongs.get(message.n)
        if (heard === undefined) throw new ProtocolViolation('pong without a ping')
        return heard()
      }
      case 'idle':
        if (this.#state !== 'settling' || message.run !== this.#runs)
          throw new ProtocolViolation('idle out of turn')
        clearTimeout(this.#settleTimer)
        return this.#setState('idle')
      case 'lost':
        if (this.#state === 'busy') this.#listener?.onMessage(message)
        return this.kill('V8 lost the isolate')
      case 'call':
      case 'log':
      case 'listens':
      case 'end':
        return this.#receiveOfRun(message)
    }
  }

  #receiveOfRun(message: Extract<RunMessage, { run: number }>): void {
    const listener = this.#listener
    if (this.#state !== 'busy' || listener === undefined || message.run !== this.#runs) {
      throw new ProtocolViolation(`${message.t} outside a run`)
    }
    if (message.t === 'end') {
      this.#listener = undefined
      this.#setState('settling')
      // What the plugin left running must be gone soon, or it would compute at nobody's expense.
      this.#settleTimer = setTimeout(() => this.kill('did not settle after a run'), settleGraceMs).unref()
    }
    listener.onMessage(message)
  }

  #setState(state: RunnerState): void {
    if (this.#state === 'ended') return
    this.#state = state
    if (state === 'idle') this.idleSinceMs = performance.now()
    this.#onStateChange(this)
  }
}
