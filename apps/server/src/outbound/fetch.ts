import { allow, deny, netDenials, readDestination, secretDenials } from '@switchboard/api'
import type { Destination } from '@switchboard/api'
import { canonicalJson } from '../kernel/canonical.ts'
import type { Reader } from '../kernel/db/index.ts'
import { Fault } from '../kernel/fault.ts'
import { handleExternal, operationOf } from '../kernel/handler.ts'
import type { Context, Registration, Via } from '../kernel/handler.ts'
import type { createAnswerCache } from './answer-cache.ts'
import type { createLanes } from './lanes.ts'
import type { OutboundLimits } from './limits.ts'
import { maskSecrets } from './mask-secrets.ts'
import { originOf } from './open-destinations.ts'
import type { OpenDestinations } from './open-destinations.ts'
import type { createPauses } from './pauses.ts'
import { placeSecret } from './place-secret.ts'
import type { UsableSecret } from './place-secret.ts'
import type { Reach } from './reach.ts'
import { redirectOf } from './redirect.ts'
import type { FetchInput } from './redirect.ts'
import { readRequestHeaders } from './request-headers.ts'
import { sendRequest } from './send-request.ts'
import type { OutboundAnswer } from './send-request.ts'
import { Stopped } from './stopped.ts'

type FetchOperation = ReturnType<typeof operationOf<'net.fetch'>>
type Fetched = {
  readonly url: string
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
  readonly encoding: 'utf8' | 'base64'
  readonly cached: boolean
}

export interface FetchDeps {
  readonly reach: Reach
  readonly open: OpenDestinations
  readonly limits: OutboundLimits
  readonly cache: ReturnType<typeof createAnswerCache>
  readonly pauses: ReturnType<typeof createPauses>
  readonly lanes: ReturnType<typeof createLanes>
  readonly clock: () => number
  /** The secrets of one package of one organisation. */
  readonly secretsOf: (
    db: Reader,
    organisation: string,
    packageName: string,
  ) => Promise<readonly UsableSecret[]>
}

/** `net.fetch`: the gate has decided that this plugin may ask this host; here it is asked, carefully. */
export function fetchForPlugin(deps: FetchDeps): Registration {
  return handleExternal<FetchOperation>(operationOf('net.fetch'), {
    resource(ctx, { url }) {
      const destination = readDestination(url)
      if ('rule' in destination)
        return Promise.resolve(deny(netDenials, 'net_url_refused', { rule: destination.rule }))
      ctx.subject({ target: destination.host })
      const { organisation } = ctx.actor
      return Promise.resolve(allow({ type: 'Destination', id: destination.host, organisation } as const))
    },
    async run(ctx, input) {
      try {
        return { outcome: await performFetch(deps, ctx, input) }
      } catch (error) {
        if (error instanceof Stopped) return { outcome: { ok: false, denial: error.denial } }
        // The run was cancelled or met a budget: nobody waits for the answer, and nothing is wrong with the server.
        if (ctx.signal.aborted) throw stopped(error)
        throw error
      }
    },
  })
}

function stopped(cause: unknown): Fault {
  return new Fault('request_stopped', 'The run that asked was stopped before the answer came.', {
    retryable: true,
    cause,
  })
}

async function performFetch(deps: FetchDeps, ctx: Context, input: FetchInput) {
  // Policy permits it to plugins alone; without one there is no package whose secrets and answers these are.
  const via = ctx.actor.via as Via
  const { organisation } = ctx.actor
  const destination = destinationOf(deps, input)
  const secrets = await deps.secretsOf(ctx.read, organisation, via.package)
  const plain = { destination, headers: readRequestHeaders(input.headers ?? {}) }
  const secret =
    input.auth === undefined ? undefined : secrets.find(({ name }) => name === input.auth?.secret)
  if (input.auth !== undefined && secret === undefined)
    return deny(secretDenials, 'secret_unknown', { package: via.package, secret: input.auth.secret })
  const filled =
    input.auth === undefined || secret === undefined ? plain : placeSecret(plain, input.auth, secret)

  const isGet = (input.method ?? 'GET') === 'GET'
  const asked = {
    organisation,
    package: via.package,
    // All of them, for not every host says on which of them its answer depends.
    question: canonicalJson({
      url: destination.url.href,
      headers: plain.headers,
      auth: input.auth ?? null,
      secret: secret?.version ?? null,
      redirects: input.redirects ?? 0,
    }),
    url: destination.url.href,
    headers: plain.headers,
  }
  const askedIn = deps.cache.epoch()
  const known = isGet ? deps.cache.find(asked) : undefined
  if (known !== undefined) return allow({ ...known, headers: { ...known.headers }, cached: true })

  const sent = await sendInTurn(deps, ctx, { ...input, ...filled })
  if (!sent.ok) return sent
  const next = (input.redirects ?? 0) > 0 ? redirectOf(input, destination, sent.value, secrets) : undefined
  if (next !== undefined) return await follow(ctx, destination.host, next)
  // Those that this host is ever sent; to look for others in megabytes would cost 10 ms each, on the thread of everybody.
  const sentHere = secrets.filter(({ hosts }) => hosts.includes(destination.host))
  const answer = shown(destination, maskSecrets(sent.value, sentHere))
  if (isGet) deps.cache.keep(asked, answer, askedIn)
  return allow({ ...answer, cached: false })
}

function destinationOf(deps: FetchDeps, { url }: FetchInput): Destination {
  const destination = readDestination(url)
  if ('rule' in destination)
    throw new Stopped(deny(netDenials, 'net_url_refused', { rule: destination.rule }).denial)
  const isUsual = destination.scheme === 'https' && destination.port === 443
  if (isUsual || deps.open.has(destination)) return destination
  throw new Stopped(deny(netDenials, 'net_destination_closed', { destination: originOf(destination) }).denial)
}

/** Waits for a free place and for no pause; a pause that the host asks for is remembered. */
async function sendInTurn(
  deps: FetchDeps,
  ctx: Context,
  request: FetchInput & {
    readonly destination: Destination
    readonly headers: Readonly<Record<string, string>>
  },
) {
  const { destination, method = 'GET', headers, body } = request
  const { organisation } = ctx.actor
  const { host } = destination
  const origin = originOf(destination)
  const paused = () => {
    const pause = deps.pauses.pauseOf(organisation, origin)
    if (pause === undefined) return undefined
    const { until: retryAt, status } = pause
    return deny(netDenials, 'net_rate_limited', {
      host,
      status,
      retryAt,
      retryAfterMs: retryAt - deps.clock(),
    })
  }
  const before = paused()
  if (before !== undefined) return before
  const place = await deps.lanes.enter(`${organisation} ${origin}`, ctx.signal)
  if (typeof place !== 'function') return deny(netDenials, 'net_busy', { host, waiting: place.waiting })
  try {
    // While it waited another may have been asked to pause.
    const meanwhile = paused()
    if (meanwhile !== undefined) return meanwhile
    const sent = await sendRequest(
      deps,
      { organisation, destination, method, headers, ...(body === undefined ? {} : { body }) },
      ctx.signal,
    )
    if (sent.ok) {
      const { status, headers: answered } = sent.value
      deps.pauses.note(organisation, origin, { status, retryAfter: answered['retry-after'] })
      return paused() ?? sent
    }
    return sent
  } finally {
    place()
  }
}

/** Follows a redirect through the gate: the next host has its own decision, its own receipt, and draws a call of its own. */
async function follow(ctx: Context, host: string, next: FetchInput) {
  const { outcome } = await ctx.perform('net.fetch', next, { signal: ctx.signal })
  if (!outcome.ok) return outcome as { readonly ok: false; readonly denial: never }
  const answer = outcome.value as Fetched
  const leadsOn = answer.status >= 301 && answer.status <= 308 && answer.headers['location'] !== undefined
  // To somebody who asked for no redirects one is an answer; at the end of a chain it is one too many.
  if (next.redirects === 0 && leadsOn && answer.status !== 304)
    return deny(netDenials, 'net_redirect_refused', {
      host,
      rule: 'was the last of those that are followed, and led to another',
    })
  return allow({ ...answer, cached: false })
}

/** Text where it is text, base64 otherwise: a plugin is given JSON, and no character is lost on the way. */
function shown({ url }: Destination, { status, headers, body }: OutboundAnswer): Omit<Fetched, 'cached'> {
  const text = textOf(body)
  return {
    url: url.href,
    status,
    headers: { ...headers },
    body: text ?? body.toString('base64'),
    encoding: text === undefined ? 'base64' : 'utf8',
  }
}

function textOf(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    // Each of these would become six characters of JSON, and no text holds them.
    return /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}
