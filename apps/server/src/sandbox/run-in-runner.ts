import { parseBoundedJson } from './bounded-json.ts'
import type { Delivery, Determinism, RunEnd, RunReport, RunRequest, RunUsage, Warning } from './boundary.ts'
import { freshDeterminism } from './determinism.ts'
import { ProtocolViolation } from './frames.ts'
import type { ProcessUsage } from './launch.ts'
import {
  maxAnswerBytes,
  maxArgumentBytes,
  maxCallsInFlight,
  maxErrorBytes,
  maxLogLines,
  maxResultBytes,
  openCallsGraceMs,
  residentLimitBytes,
  stopGraceMs,
  warnAtShare,
  watchEveryMs,
} from './limits.ts'
import { LogCapture } from './log-capture.ts'
import { cpuResolutionMicros } from './process-usage.ts'
import type { Runner, RunMessage } from './runner.ts'
import type { RunnerEnd } from './runner-message.ts'

/**
 * What the runner itself may compute on other threads during a run (its watchdog starting, the collector): never
 * billed, and left out when the kernel's figure is held against the budget.
 */
const runnerOwnCpuMicros = 60_000

/** That it listens, that it was lost, its end; with room. */
const otherMessages = 10

const bytesPerMB = 1024 * 1024

/** @param log operators' log: faults of calls, which the plugin is not told */
export function runInRunner(
  runner: Runner,
  request: RunRequest,
  log: (line: string) => void,
): Promise<RunReport> {
  return new RunInRunner(runner, request, log).report
}

/**
 * One run, from the order to the report. The host's own decision (a budget, cancelling) stands against whatever the
 * runner says later.
 */
class RunInRunner {
  readonly report: Promise<RunReport>
  readonly #resolve: (report: RunReport) => void
  readonly #runner: Runner
  readonly #request: RunRequest
  readonly #log: (line: string) => void
  readonly #run: number
  readonly #logs: LogCapture
  readonly #startedAt = performance.now()
  readonly #before: ProcessUsage | undefined
  readonly #wallTimer: NodeJS.Timeout
  readonly #watchTimer: NodeJS.Timeout
  readonly #onAbort = () => this.#decide({ end: 'cancelled' })
  /** Calls that were refused: the only ones whose refusal can have escaped. */
  readonly #refused = new Set<number>()
  readonly #determinism: Determinism
  /** Answers and warnings in the order they were sent, which is the order they are delivered in. */
  readonly #sent: Exclude<Delivery, { timers: number }>[] = []
  #clockMs: number
  #listens = false
  readonly #warned = new Set<Warning['warning']>()
  #decided: RunEnd | undefined
  #killTimer: NodeJS.Timeout | undefined
  #finished = false
  #messages = 0
  #calls = 0
  #openCalls = 0
  #onCallsDone: (() => void) | undefined
  #outputBytes = 0
  #kernelCpuMicros = 0
  #peakBytes = 0

  constructor(runner: Runner, request: RunRequest, log: (line: string) => void) {
    const { promise, resolve } = Promise.withResolvers<RunReport>()
    this.report = promise
    this.#resolve = resolve
    this.#runner = runner
    this.#request = request
    this.#log = log
    this.#determinism = request.determinism ?? freshDeterminism()
    this.#clockMs = this.#determinism.startMs
    this.#logs = new LogCapture(request.budgets.logBytes, (line) => request.onLog(line))
    this.#before = runner.readUsage()
    const heldBefore = this.#before?.residentBytes ?? 0
    runner.limitMemory(heldBefore + residentLimitBytes(request.budgets.memoryMB))
    this.#run = runner.begin({
      largestBody: Math.max(
        maxArgumentBytes * 3,
        maxErrorBytes,
        request.budgets.outputBytes,
        request.budgets.logBytes * 7 + 1024,
      ),
      onMessage: (message) => this.#receive(message),
    })
    this.#sendOrder()
    this.#wallTimer = setTimeout(() => this.#decideTime(), request.budgets.wallMs)
    this.#watchTimer = setInterval(() => this.#watch(), watchEveryMs)
    request.signal.addEventListener('abort', this.#onAbort, { once: true })
    // Cancelled between being given the runner and starting in it.
    if (request.signal.aborted) this.#onAbort()
    void runner.ended.then((how) => this.#finish(this.#decided ?? this.#judgeDeath(how)))
  }

  #sendOrder(): void {
    const { code, args, methods, budgets, replay } = this.#request
    const needed = code.engine === 'wasm' ? code.module : code.files
    if (this.#runner.loaded !== needed) {
      this.#runner.loaded = needed
      const body = code.engine === 'wasm' ? code.module : JSON.stringify([...code.files])
      this.#runner.send({ t: 'load' }, body)
    }
    const entry = code.engine === 'wasm' ? '' : code.entry
    const limits = {
      calls: budgets.calls,
      outputBytes: budgets.outputBytes,
      logBytes: budgets.logBytes,
      argumentBytes: maxArgumentBytes,
      resultBytes: maxResultBytes,
      inFlight: maxCallsInFlight,
    }
    if (replay !== undefined) this.#runner.send({ t: 'replay' }, JSON.stringify(replay.deliveries))
    const { memoryMB } = budgets
    this.#runner.send(
      { t: 'run', run: this.#run, entry, methods, memoryMB, limits, ...this.#determinism },
      JSON.stringify(args) ?? 'null',
    )
  }

  #receive(message: RunMessage): void {
    this.#messages += 1
    // No honest run has more; frames that say nothing would keep the server from its other work.
    if (this.#messages > this.#request.budgets.calls + maxLogLines + otherMessages)
      throw new ProtocolViolation('more messages than a run can have')
    switch (message.t) {
      case 'call':
        this.#checkCall(message)
        // A decision is final: what was asked after it is not performed.
        if (this.#decided === undefined) void this.#perform(message.id, message.method, message.args)
        return
      case 'log': {
        const atMs = Date.now()
        const { lines, cut } = message
        for (const [index, [stream, text]] of lines.entries()) {
          const isCut = cut && index === lines.length - 1
          this.#logs.add(stream === 0 ? 'out' : 'err', text, atMs, isCut)
        }
        if (cut) this.#logs.cut(atMs)
        return
      }
      case 'lost':
        if (message.outOfMemory) this.#decided ??= this.#overMemory()
        return
      case 'listens':
        this.#listens = true
        return
      case 'end':
        return this.#finish(this.#decided ?? this.#judge(message), message, this.#deliveries(message))
      case 'idle':
        return
    }
  }

  /** The isolate keeps these rules for a plugin; breaking one means that it was not the isolate that spoke. */
  #checkCall(call: Extract<RunMessage, { t: 'call' }>): void {
    const { methods, budgets } = this.#request
    if (call.id !== this.#calls + 1) throw new ProtocolViolation('call out of order')
    if (!methods.includes(call.method)) throw new ProtocolViolation('call of a method that is not offered')
    this.#calls += 1
    this.#outputBytes += call.argumentBytes
    if (this.#calls > budgets.calls) throw new ProtocolViolation('more calls than the budget')
    if (this.#outputBytes > budgets.outputBytes) throw new ProtocolViolation('more output than the budget')
    if (this.#openCalls >= maxCallsInFlight) throw new ProtocolViolation('too many calls at once')
  }

  async #perform(id: number, method: string, args: unknown): Promise<void> {
    this.#openCalls += 1
    let answer: { allowed: boolean; json: string }
    try {
      answer = this.#encodeOutcome(id, method, await this.#request.onCall({ id, method, args }))
    } catch (fault) {
      this.#log(`call ${method} failed: ${String(fault)}`)
      answer = refusal({
        message: `The call ${method} failed.`,
        code: 'call_failed',
        params: {},
        change: 'Try again later.',
      })
    }
    this.#openCalls -= 1
    if (!this.#finished) {
      // The clock of the plugin never goes back, whatever the machine's does.
      const atMs = (this.#clockMs = Math.max(this.#request.answeredAtMs?.(id) ?? Date.now(), this.#clockMs))
      const { rows } = this.#request
      // Before the answer that used them, so that it is known when the code goes on.
      if (rows !== undefined) this.#warn('rows', rows.used(), rows.allowed)
      this.#sent.push({ answer: id, atMs })
      this.#runner.send({ t: 'answer', run: this.#run, id, allowed: answer.allowed, atMs }, answer.json)
    }
    if (this.#openCalls === 0) this.#onCallsDone?.()
  }

  #encodeOutcome(id: number, method: string, outcome: Awaited<ReturnType<RunRequest['onCall']>>) {
    if (!outcome.ok) {
      const { code, params, message, change } = outcome.denial
      this.#refused.add(id)
      return refusal({ code, params, message, change, denied: true })
    }
    const json = JSON.stringify(outcome.value) ?? 'null'
    if (Buffer.byteLength(json) <= maxAnswerBytes) return { allowed: true, json }
    const message = `The answer of ${method} is over ${maxAnswerBytes} bytes.`
    return refusal({ message, code: 'answer_too_large', params: { maxAnswerBytes }, change: 'Ask for less.' })
  }

  #judge(end: RunnerEnd): RunEnd {
    const { budgets } = this.#request
    const cpuMicros = this.#cpuMicros(end)
    if (cpuMicros > budgets.cpuMs * 1000) return over('cpu', Math.ceil(cpuMicros / 1000), budgets.cpuMs)
    switch (end.end) {
      case 'returned':
        return this.#judgeResult(end.json)
      case 'threw':
        return this.#refused.has(end.refused)
          ? { end: 'threw', error: end.error, refusedCall: end.refused }
          : { end: 'threw', error: end.error }
      case 'exceeded':
        if (end.budget === 'memory') return this.#overMemory(end.heapBytes)
        if (end.budget === 'output') return over('output', end.used, budgets.outputBytes)
        this.#calls = Math.max(this.#calls, budgets.calls)
        return over('calls', end.used, budgets.calls)
      case 'result_invalid':
        return { end: 'result_invalid', reason: end.reason }
      case 'diverged':
        if (this.#request.replay === undefined) throw new ProtocolViolation('diverged from nothing')
        return { end: 'diverged', at: end.at }
      case 'stopped':
        throw new ProtocolViolation('stopped without being asked')
    }
  }

  #judgeDeath(how: string): RunEnd {
    // The limit was reached, whatever the last look saw.
    if (this.#runner.outOfMemory())
      return this.#overMemory(residentLimitBytes(this.#request.budgets.memoryMB))
    return { end: 'crashed', detail: how }
  }

  #judgeResult(json: Buffer): RunEnd {
    const { outputBytes } = this.#request.budgets
    const total = this.#outputBytes + json.length
    if (total > outputBytes) return over('output', total, outputBytes)
    if (json.length > maxResultBytes) return { end: 'result_invalid', reason: 'too_large' }
    const parsed = parseBoundedJson(json)
    if (!parsed.ok)
      return { end: 'result_invalid', reason: parsed.reason === 'too_deep' ? 'too_large' : 'not_json' }
    this.#outputBytes = total
    return { end: 'returned', value: parsed.value }
  }

  #watch(): void {
    const growth = this.#look()
    const { wallMs, cpuMs, memoryMB } = this.#request.budgets
    this.#warn('time', Math.ceil(performance.now() - this.#startedAt), wallMs)
    this.#warn('cpu', Math.ceil(this.#kernelCpuMicros / 1000), cpuMs)
    this.#warn('memory', Math.ceil(growth / bytesPerMB), memoryMB)
    if (growth > residentLimitBytes(memoryMB)) {
      this.#decided ??= this.#overMemory()
      // No grace: at this pace it would fill the machine before it listens.
      this.#runner.kill('over its memory budget')
    } else if (this.#kernelCpuMicros > cpuMs * 1000 + runnerOwnCpuMicros) {
      this.#decide(over('cpu', Math.ceil(this.#kernelCpuMicros / 1000), cpuMs))
    }
  }

  /** Before the stop, so that a plugin can end with what it has. Once for each budget, and only to those who listen. */
  #warn(warning: Warning['warning'], used: number, allowed: number): void {
    if (!this.#listens || used < allowed * warnAtShare || used > allowed || this.#warned.has(warning)) return
    if (this.#decided !== undefined || this.#finished || this.#request.replay !== undefined) return
    this.#warned.add(warning)
    this.#sent.push({ warning, used, allowed })
    this.#runner.send({ t: 'warn', run: this.#run, budget: warning, used, allowed })
  }

  /** Reads the kernel's account; gives the growth of resident memory in bytes. */
  #look(): number {
    const now = this.#runner.readUsage()
    if (now === undefined || this.#before === undefined) return 0
    const growth = now.residentBytes - this.#before.residentBytes
    const peak = (now.peakBytes ?? now.residentBytes) - this.#before.residentBytes
    this.#peakBytes = Math.max(this.#peakBytes, growth, peak)
    this.#kernelCpuMicros = now.cpuMicros - this.#before.cpuMicros
    return growth
  }

  #decideTime(): void {
    const { wallMs } = this.#request.budgets
    this.#decide(over('time', Math.max(Math.ceil(performance.now() - this.#startedAt), wallMs), wallMs))
  }

  /** Ends the run from here: asks first, kills soon after (BigInt and some built-ins never listen). */
  #decide(end: RunEnd): void {
    if (this.#decided !== undefined || this.#finished) return
    this.#decided = end
    this.#look()
    this.#runner.send({ t: 'stop', run: this.#run })
    this.#killTimer = setTimeout(() => this.#runner.kill('did not stop when asked'), stopGraceMs)
  }

  #overMemory(heapBytes = 0): RunEnd {
    this.#look()
    const allowed = this.#request.budgets.memoryMB
    return over(
      'memory',
      Math.max(allowed, Math.ceil(Math.max(heapBytes, this.#peakBytes) / bytesPerMB)),
      allowed,
    )
  }

  #finish(end: RunEnd, said?: RunnerEnd, deliveries?: readonly Delivery[]): void {
    if (this.#finished) return
    this.#finished = true
    clearTimeout(this.#wallTimer)
    clearInterval(this.#watchTimer)
    clearTimeout(this.#killTimer)
    this.#logs.end(Date.now(), said?.dropped)
    this.#request.signal.removeEventListener('abort', this.#onAbort)
    // A heap that hit its limit is not worth keeping the process for.
    if (end.end === 'exceeded' && end.budget === 'memory') this.#runner.kill('over its memory budget')
    const report: RunReport = {
      usage: this.#usage(said),
      determinism: this.#determinism,
      deliveries,
      ...end,
    }
    if (this.#openCalls === 0) return this.#resolve(report)
    const late = setTimeout(() => {
      this.#log(`${this.#openCalls} calls still open when their run was reported`)
      this.#resolve(report)
    }, openCallsGraceMs)
    this.#onCallsDone = () => {
      clearTimeout(late)
      this.#resolve(report)
    }
  }

  /** What the runner says of the order, filled in with what was sent. */
  #deliveries({ delivered, timers }: RunnerEnd): readonly Delivery[] {
    // In a replay the recording decides the order, not the sending.
    const told = (this.#request.replay?.deliveries ?? this.#sent).filter((each) => !('timers' in each))
    if (delivered > told.length) throw new ProtocolViolation('deliveries that were not made')
    const deliveries: Delivery[] = []
    let done = 0
    for (const { after, fired } of timers) {
      deliveries.push(...told.slice(done, after), { timers: fired })
      done = after
    }
    deliveries.push(...told.slice(done, delivered))
    return deliveries
  }

  #usage(said: RunnerEnd | undefined): RunUsage {
    return {
      wallMicros: Math.round((performance.now() - this.#startedAt) * 1000),
      cpuMicros: this.#cpuMicros(said),
      memoryBytes: Math.max(this.#peakBytes, said?.heapBytes ?? 0),
      calls: this.#calls,
      outputBytes: this.#outputBytes,
      logBytes: this.#logs.bytes,
    }
  }

  /**
   * The runner's figure is finer, the kernel's is the authority: the first is used where the second bears it out. It can be
   * too high as well: with many small tasks the isolate's clock was seen to count 1.7 times what the kernel did.
   */
  #cpuMicros(said: RunnerEnd | undefined): number {
    this.#look()
    const claimed = said?.cpuMicros ?? 0
    if (this.#before === undefined) return claimed
    const kernel = this.#kernelCpuMicros
    // A disposed isolate no longer knows its own time.
    const disposed =
      said === undefined || said.end === 'stopped' || (said.end === 'exceeded' && said.budget === 'memory')
    const tooLow = kernel > claimed + runnerOwnCpuMicros + cpuResolutionMicros
    return disposed || tooLow ? kernel : Math.min(claimed, kernel + cpuResolutionMicros)
  }
}

function over(budget: 'time' | 'cpu' | 'memory' | 'output' | 'calls', used: number, allowed: number): RunEnd {
  return { end: 'exceeded', budget, used, allowed }
}

function refusal(facts: { code: string; params: object; message: string; change: string; denied?: true }) {
  const json = JSON.stringify(facts, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
  return { allowed: false, json }
}
