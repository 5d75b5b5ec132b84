import { parseBoundedJson } from './bounded-json.ts'
import { ProtocolViolation } from './frames.ts'
import type { Frame } from './frames.ts'
import { maxArgumentBytes, maxErrorBytes } from './limits.ts'
import type { ThrownError } from './boundary.ts'

/** What a runner may say, after every field was checked. */
export type RunnerMessage =
  | { readonly t: 'ready' }
  | { readonly t: 'idle'; readonly run: number }
  | { readonly t: 'pong'; readonly n: number }
  /** V8 lost control of the isolate: the process is of no more use. */
  | { readonly t: 'lost'; readonly outOfMemory: boolean }
  | {
      readonly t: 'call'
      readonly run: number
      readonly id: number
      readonly method: string
      readonly args: object
      readonly argumentBytes: number
    }
  | {
      readonly t: 'log'
      readonly run: number
      readonly cut: boolean
      readonly lines: readonly (readonly [0 | 1, string])[]
    }
  /** The plugin wants to be warned of its budgets. */
  | { readonly t: 'listens'; readonly run: number }
  | RunnerEnd

/** What was cut from the log inside, in lines (in whole or in part) and UTF-16 units; more than that when not exact. */
export interface DroppedOutput {
  readonly lines: number
  readonly chars: number
  readonly exact: boolean
}

export type RunnerEnd = {
  readonly t: 'end'
  readonly run: number
  readonly cpuMicros: number
  readonly heapBytes: number
  /** Answers and warnings that entered the isolate. */
  readonly delivered: number
  /** After how many answers how many timers fired, ascending. */
  readonly timers: readonly { readonly after: number; readonly fired: number }[]
  readonly dropped: DroppedOutput
} & (
  | { readonly end: 'returned'; readonly json: Buffer }
  | { readonly end: 'threw'; readonly refused: number; readonly error: ThrownError }
  | { readonly end: 'exceeded'; readonly budget: 'memory' | 'output' | 'calls'; readonly used: number }
  | { readonly end: 'result_invalid'; readonly reason: 'cyclic' | 'not_json' | 'too_large' }
  | { readonly end: 'stopped' }
  | { readonly end: 'diverged'; readonly at: number }
)

/** @throws {ProtocolViolation} for anything that is not exactly a message of ours */
export function parseRunnerMessage(frame: Frame): RunnerMessage {
  const header = record(frame.header, 'header')
  switch (header['t']) {
    case 'ready':
      if (header['version'] !== 1) throw new ProtocolViolation('another version of the protocol')
      return { t: 'ready' }
    case 'idle':
      return { t: 'idle', run: count(header, 'run') }
    case 'pong':
      return { t: 'pong', n: count(header, 'n') }
    case 'lost':
      return { t: 'lost', outOfMemory: header['outOfMemory'] === true }
    case 'call':
      return parseCall(header, frame.body)
    case 'log':
      return {
        t: 'log',
        run: count(header, 'run'),
        cut: header['cut'] === true,
        lines: parseLines(frame.body),
      }
    case 'listens':
      return { t: 'listens', run: count(header, 'run') }
    case 'end':
      return parseEnd(header, frame.body)
    default:
      throw new ProtocolViolation('unknown message')
  }
}

function parseCall(header: Record<string, unknown>, body: Buffer): RunnerMessage {
  const method = header['method']
  if (typeof method !== 'string') throw new ProtocolViolation('call without a method')
  if (body.length > maxArgumentBytes * 3) throw new ProtocolViolation('argument over the limit')
  const args = json(body, 'argument')
  if (Array.isArray(args)) throw new ProtocolViolation('argument is not an object')
  return {
    t: 'call',
    run: count(header, 'run'),
    id: count(header, 'id'),
    method,
    args: record(args, 'argument'),
    argumentBytes: body.length,
  }
}

function parseLines(body: Buffer): (readonly [0 | 1, string])[] {
  const lines = json(body, 'log')
  if (!Array.isArray(lines)) throw new ProtocolViolation('log is not a list')
  return lines.map((line: unknown) => {
    if (!Array.isArray(line) || line.length !== 2) throw new ProtocolViolation('log line has another shape')
    const [stream, text] = line as unknown[]
    if ((stream !== 0 && stream !== 1) || typeof text !== 'string')
      throw new ProtocolViolation('log line has another type')
    return [stream, text] as const
  })
}

function parseEnd(header: Record<string, unknown>, body: Buffer): RunnerEnd {
  const common = {
    t: 'end' as const,
    run: count(header, 'run'),
    cpuMicros: count(header, 'cpuMicros'),
    heapBytes: count(header, 'heapBytes'),
    delivered: count(header, 'delivered'),
    timers: parseTimers(header),
    dropped: parseDropped(header),
  }
  switch (header['end']) {
    case 'returned':
      return { ...common, end: 'returned', json: body }
    case 'stopped':
      return { ...common, end: 'stopped' }
    case 'diverged':
      return { ...common, end: 'diverged', at: count(header, 'at') }
    case 'threw':
      return { ...common, end: 'threw', refused: count(header, 'refused'), error: parseError(body) }
    case 'result_invalid':
      return {
        ...common,
        end: 'result_invalid',
        reason: oneOf(header, 'reason', ['cyclic', 'not_json', 'too_large']),
      }
    case 'exceeded':
      return {
        ...common,
        end: 'exceeded',
        budget: oneOf(header, 'budget', ['memory', 'output', 'calls']),
        used: count(header, 'used'),
      }
    default:
      throw new ProtocolViolation('unknown end')
  }
}

function parseDropped(header: Record<string, unknown>): DroppedOutput {
  if (header['cutLines'] === undefined) return { lines: 0, chars: 0, exact: true }
  return {
    lines: count(header, 'cutLines'),
    chars: count(header, 'cutChars'),
    exact: header['cutExact'] === true,
  }
}

function parseTimers(header: Record<string, unknown>): RunnerEnd['timers'] {
  const flat = header['timers']
  const delivered = count(header, 'delivered')
  if (!Array.isArray(flat) || flat.length % 2 !== 0) throw new ProtocolViolation('timers have another shape')
  const timers: { after: number; fired: number }[] = []
  for (let i = 0; i < flat.length; i += 2) {
    const after: unknown = flat[i]
    const fired: unknown = flat[i + 1]
    if (!isCount(after) || !isCount(fired) || fired === 0 || after > delivered)
      throw new ProtocolViolation('timers are not counts')
    if (after <= (timers.at(-1)?.after ?? -1)) throw new ProtocolViolation('timers out of order')
    timers.push({ after, fired })
  }
  return timers
}

function parseError(body: Buffer): ThrownError {
  if (body.length > maxErrorBytes) throw new ProtocolViolation('error over the limit')
  const error = record(json(body, 'error'), 'error')
  const { name, message, stack } = error
  if (typeof name !== 'string' || typeof message !== 'string' || typeof stack !== 'string') {
    throw new ProtocolViolation('error has another shape')
  }
  return { name, message, stack }
}

function json(body: Buffer, what: string): unknown {
  const parsed = parseBoundedJson(body)
  if (!parsed.ok) throw new ProtocolViolation(`${what} is ${parsed.reason}`)
  return parsed.value
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new ProtocolViolation(`${what} is not an object`)
  // An object: its fields are checked one by one where they are read.
  return value as Record<string, unknown>
}

function count(header: Record<string, unknown>, key: string): number {
  const value = header[key]
  if (!isCount(value)) throw new ProtocolViolation(`${key} is not a count`)
  return value
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function oneOf<const T extends string>(
  header: Record<string, unknown>,
  key: string,
  allowed: readonly T[],
): T {
  const found = allowed.find((value) => value === header[key])
  if (found === undefined) throw new ProtocolViolation(`${key} has another value`)
  return found
}
