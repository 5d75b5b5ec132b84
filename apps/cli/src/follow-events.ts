import { ClientFault } from '@switchboard/api'
import type { Denial } from '@switchboard/api'
import type { CliIo } from './cli-io.ts'
import { exitCodeByCategory, exitCodes } from './exit-codes.ts'
import type { ServerAddress } from './find-server.ts'
import { visible } from './print/format-scalar.ts'
import { printDenial } from './print/print-denial.ts'
import { UsageError } from './usage-error.ts'

const firstPauseMs = 500
const longestPauseMs = 5_000
/** Attempts in a row that brought nothing: about a minute. */
const mostAttempts = 15
/** The server says something at least every fifteen seconds; a silence of three of those is a dead connection. */
const silenceMs = 45_000

/**
 * Prints the events of a stream until it says `end`. A connection that drops is taken up again after the last event that came, so
 * that nothing is missed and nothing printed twice.
 *
 * @param path with `{name}` for fields of `input`; `after` of it is where to begin.
 * @returns the exit code.
 * @throws {ClientFault} `unreachable` when the server stays away, `not_an_answer` for something that is no event stream.
 */
export async function followEvents(
  { url, token }: ServerAddress,
  path: string,
  input: Readonly<Record<string, unknown>>,
  io: Pick<CliIo, 'fetch' | 'stdout' | 'stderr'>,
  json: boolean,
): Promise<number> {
  const address = new URL(
    path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const value = String(input[name])
      // A dot segment would be folded away, and lead to another address.
      if (/^\.{1,2}$/.test(value)) throw new UsageError(`${name} cannot be ${value}.`)
      return encodeURIComponent(value)
    }),
    url,
  )
  let last = typeof input['after'] === 'number' ? String(input['after']) : '0'
  let failed = 0
  for (;;) {
    const response = await connect(address, token, last, io).catch(() => undefined)
    if (response !== undefined) {
      const refused = await refusalIn(response, io, json)
      if (refused !== undefined) return refused
      const ended = await readUntilEnd(response, (event) => {
        failed = 0
        if (event.id !== undefined) last = event.id
        if (event.name === 'line') io.stdout.write(json ? `${event.data}\n` : lineText(event.data))
      })
      if (ended) return exitCodes.done
    }
    failed += 1
    if (failed >= mostAttempts) throw new ClientFault('unreachable', `${url} does not answer any more.`)
    if (!json && failed === 1) io.stderr.write('The connection was lost; taking it up again.\n')
    await new Promise((resolve) => setTimeout(resolve, Math.min(firstPauseMs * failed, longestPauseMs)))
  }
}

function connect(
  address: URL,
  token: string | undefined,
  last: string,
  io: Pick<CliIo, 'fetch'>,
): Promise<Response> {
  const headers: Record<string, string> = { accept: 'text/event-stream', 'last-event-id': last }
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`
  return io.fetch(address, { headers, redirect: 'error' })
}

/** The exit code of a denial, which is printed; undefined for a stream, or a server that has just no room for one. */
async function refusalIn(
  response: Response,
  io: Pick<CliIo, 'stdout' | 'stderr'>,
  json: boolean,
): Promise<number | undefined> {
  if (response.ok && response.headers.get('content-type')?.startsWith('text/event-stream') === true)
    return undefined
  const problem = (await response.json().catch(() => undefined)) as
    | (Partial<Denial> & { title?: string })
    | undefined
  if (typeof problem?.category !== 'string') {
    // A proxy in front, or a server that is stopping: as good as away.
    if (response.status >= 500) return undefined
    throw new ClientFault('not_an_answer', `${response.url} is no event stream.`, { status: response.status })
  }
  if (problem.category === 'unavailable') return undefined
  const denial: Denial = {
    code: problem.code ?? 'unknown',
    category: problem.category,
    params: problem.params ?? {},
    message: problem.message ?? '',
    change: problem.change ?? '',
  }
  printDenial({ ok: false, denial, costMicros: 0n, replayed: false } as never, io, json)
  return exitCodeByCategory[denial.category]
}

interface StreamEvent {
  readonly id?: string
  readonly name: string
  readonly data: string
}

/** Reads to the end of the connection; true when the stream itself said that it ended. */
async function readUntilEnd(response: Response, onEvent: (event: StreamEvent) => void): Promise<boolean> {
  if (response.body === null || !response.ok) return false
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  try {
    for (;;) {
      const { done, value } = await withinSilence(reader.read())
      if (done) return false
      text += value
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const event = parseEvent(block)
        if (event?.name === 'end') return true
        if (event !== undefined) onEvent(event)
      }
    }
  } catch {
    // Cut in the middle: what came is printed, the rest is asked for again.
    return false
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

async function withinSilence<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('silence')), silenceMs)
  })
  return await Promise.race([work, silence]).finally(() => clearTimeout(timer))
}

/** One block of the format; undefined for a comment, such as a heartbeat. */
function parseEvent(block: string): StreamEvent | undefined {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ''))
  }
  const name = fields.get('event')
  const id = fields.get('id')
  if (name === undefined) return undefined
  return { name, data: fields.get('data') ?? '', ...(id === undefined ? {} : { id }) }
}

function lineText(data: string): string {
  const { line, stream, text } = JSON.parse(data) as { line: number; stream: string; text: string }
  return `${String(line).padStart(5)}  ${stream === 'err' ? 'err' : 'out'}  ${visible(text)}\n`
}
