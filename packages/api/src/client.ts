import type { OperationByName, OperationName } from './catalogue.ts'
import type { Denial, DenialOf } from './denial.ts'
import type { gateDenials } from './gate/denials.ts'
import type { InputOf, OperationSpec, OutputOf } from './operation.ts'
import type { Outcome } from './outcome.ts'
import { addressOf } from './rest-address.ts'
import type { surfaceDenials } from './surface/denials.ts'

/** Everything that operation `N` may be refused with over HTTP: its own denials, the gate's and the surface's. */
export type AnswerDenial<N extends OperationName> =
  | DenialOf<OperationByName<N>['denials']>
  | DenialOf<typeof gateDenials>
  | DenialOf<typeof surfaceDenials>

export interface Receipted {
  /** Absent where the operation leaves no receipt. */
  readonly receiptId?: string
  /** Whether the receipt has its place in the log yet. */
  readonly receiptState?: 'pending' | 'logged'
  readonly costMicros: bigint
  /** True when the idempotency key brought back an earlier answer. */
  readonly replayed: boolean
}

export type Answer<N extends OperationName> = Outcome<OutputOf<OperationByName<N>>, AnswerDenial<N>> &
  Receipted

export interface PerformOptions {
  readonly idempotencyKey?: string
  readonly traceparent?: string
  readonly signal?: AbortSignal
}

export interface Client {
  /**
   * Performs an operation over HTTP.
   *
   * @throws {ClientFault} when the server cannot be reached, fails, or answers something else than an answer.
   */
  perform<N extends OperationName>(
    name: N,
    input: InputOf<OperationByName<N>>,
    options?: PerformOptions,
  ): Promise<Answer<N>>
}

export interface ClientOptions {
  /** Such as `http://127.0.0.1:4000`. */
  readonly baseUrl: string
  /** An access token; a browser leaves it out and sends its session cookie. */
  readonly token?: string
  readonly fetch: typeof globalThis.fetch
}

/**
 * The world failed between caller and server. `code` is the server's fault code, `unreachable`, `cut_off` in the middle of
 * an answer, `timed_out` when the signal was one of time, or `not_an_answer`.
 */
export class ClientFault extends Error {
  override readonly name = 'ClientFault'
  readonly code: string
  readonly status: number | undefined

  constructor(code: string, message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = options.status
  }
}

/** What a client must know of an operation to call it. */
export type CallableSpec = Pick<OperationSpec, 'rest' | 'input'>

/**
 * A client of the operations that `find` knows, typed by the operation's name. It brings no catalogue with it: whoever has
 * to be small hands in just the addresses.
 */
export function createClientOf(
  find: (name: OperationName) => CallableSpec | undefined,
  { baseUrl, token, fetch }: ClientOptions,
): Client {
  return {
    async perform<N extends OperationName>(
      name: N,
      input: InputOf<OperationByName<N>>,
      options: PerformOptions = {},
    ) {
      const spec = find(name)
      if (spec?.rest === undefined) throw new ClientFault('not_an_answer', `${name} has no REST binding.`)
      const { address, body } = addressOf(spec.rest, spec.input, input as Readonly<Record<string, unknown>>)
      const headers: Record<string, string> = { accept: 'application/json' }
      if (token !== undefined) headers['authorization'] = `Bearer ${token}`
      if (options.idempotencyKey !== undefined) headers['idempotency-key'] = options.idempotencyKey
      if (options.traceparent !== undefined) headers['traceparent'] = options.traceparent
      if (body !== undefined) headers['content-type'] = 'application/json'

      const response = await fetch(new URL(address, baseUrl), {
        method: spec.rest.method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        redirect: 'error',
      }).catch((cause: unknown) => {
        throw noAnswer(cause, new ClientFault('unreachable', `${baseUrl} does not answer.`, { cause }))
      })
      const { status } = response
      const text = await response.text().catch((cause: unknown) => {
        const message = `The answer of ${baseUrl} broke off.`
        throw noAnswer(cause, new ClientFault('cut_off', message, { status, cause }))
      })
      const value = parse(text, status)
      if (status === 200 && !response.headers.has(costHeader))
        throw new ClientFault('not_an_answer', 'Something else than this server answered.', { status })
      const receipted = receiptedBy(response.headers)
      if (status === 200) return { ok: true, value, ...receipted } as Answer<N>
      const denial = denialIn(value, status)
      const receiptId =
        value !== null && typeof value === 'object' && 'receiptId' in value
          ? String(value.receiptId)
          : undefined
      return {
        ok: false,
        denial,
        ...(receiptId === undefined ? {} : { receiptId }),
        ...receipted,
      } as unknown as Answer<N>
    },
  }
}

/** On every value that came through the gate, and on no page that a proxy puts in its place. */
const costHeader = 'switchboard-cost-micros'

/** A signal of time says that nothing came in time; anything else is as it was. */
function noAnswer(cause: unknown, otherwise: ClientFault): ClientFault {
  const isLate = cause instanceof Error && cause.name === 'TimeoutError'
  return isLate ? new ClientFault('timed_out', cause.message, { cause }) : otherwise
}

function parse(text: string, status: number): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ClientFault('not_an_answer', `The server answered ${status} with something that is not JSON.`, {
      status,
      cause,
    })
  }
}

function receiptedBy(headers: { get(name: string): string | null }): Receipted {
  const match = /^(rct_[0-9a-f]{32}); (pending|logged)$/.exec(headers.get('switchboard-receipt') ?? '')
  const cost = headers.get(costHeader) ?? ''
  return {
    ...(match?.[1] === undefined
      ? {}
      : { receiptId: match[1], receiptState: match[2] as 'pending' | 'logged' }),
    costMicros: /^[0-9]{1,18}$/.test(cost) ? BigInt(cost) : 0n,
    replayed: headers.get('switchboard-replayed') === 'true',
  }
}

/** The denial in a problem; a problem without a category is a fault and thrown. */
function denialIn(value: unknown, status: number): Denial {
  const problem = (value !== null && typeof value === 'object' ? value : {}) as Partial<Denial> & {
    title?: string
  }
  if (typeof problem.code !== 'string')
    throw new ClientFault('not_an_answer', `The server answered ${status} without a code.`, { status })
  if (typeof problem.category !== 'string')
    throw new ClientFault(problem.code, problem.title ?? problem.code, { status })
  return {
    code: problem.code,
    category: problem.category,
    params: problem.params ?? {},
    message: problem.message ?? problem.code,
    change: problem.change ?? '',
  }
}
