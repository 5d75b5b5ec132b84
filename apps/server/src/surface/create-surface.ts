import type { AddressInfo } from 'node:net'
import { deny, gateDenials, surfaceDenials } from '@switchboard/api'
import { fastify, LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { addGraphqlRoute } from './graphql/graphql-route.ts'
import { sendDenial, sendFault, sendNotFound } from './http/answer.ts'
import { ordinaryBodyBytes } from './http/body-limit.ts'
import { addConsoleRoutes } from './http/console-routes.ts'
import { answerBrokenRequest, BodyRefused, denialOfHttpError } from './http/errors.ts'
import { addFeedStream } from './http/feed-stream.ts'
import { addHealthRoutes } from './http/health-routes.ts'
import { addLogRoutes } from './http/log-routes.ts'
import { guardRequest, repeatedHeader } from './http/request-guard.ts'
import { createRouteList } from './http/route-list.ts'
import { addRestRoutes } from './http/rest-routes.ts'
import { addRunEvents } from './http/run-events.ts'
import { addStaticRoutes } from './http/static-routes.ts'
import { parseStrictJson } from './http/strict-json.ts'
import { traceOf } from './http/trace-context.ts'
import type { TraceContext } from './http/trace-context.ts'
import { dataHeaders } from './pages/security-headers.ts'
import type { SurfaceDeps } from './ports.ts'

declare module 'fastify' {
  interface FastifyRequest {
    trace: TraceContext
  }
}

const deepestJson = 64

export interface Surface {
  /** Where people begin: the console if it was built. */
  readonly home: '/app/' | '/docs'
  /** Starts to listen and answers the address that callers use, such as `http://127.0.0.1:4000`. */
  listen(): Promise<string>
  /** Stops to accept, lets requests under way finish until the deadline, then cuts. Calling it twice is harmless. */
  close(): Promise<void>
  /** Where it listens; undefined before {@link listen}. */
  address(): string | undefined
}

/** The HTTP server of the product. It holds no rules of the domain: every operation goes to the gate. */
export function createSurface(deps: SurfaceDeps): Surface {
  const { config } = deps
  const host = config.host ?? '127.0.0.1'
  let draining = false
  let closing: Promise<void> | undefined
  // With its plain type, or the logger's own would follow it into every signature.
  const logger: FastifyBaseLogger = deps.log
  const app: FastifyInstance = fastify({
    loggerInstance: logger,
    // One line per request, ours, when it is answered.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: ordinaryBodyBytes,
    // Receiving one request, slowest first byte to last: a 90 MB package over a slow line, but no slow-loris for ever.
    requestTimeout: 120_000,
    keepAliveTimeout: 10_000,
    routerOptions: { maxParamLength: 1000 },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    http: { maxHeaderSize: 16 * 1024, headersTimeout: 20_000 },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, _request, reply) => {
      // The address itself could not be read, so no hook has run yet.
      void reply.headers(dataHeaders)
      const rule =
        error.code === 'FST_ERR_BAD_URL' ? 'must be percent-encoded UTF-8' : 'has a part that is too long'
      void sendDenial(reply, deny(gateDenials, 'input_invalid', { field: 'address', rule }).denial)
    },
  })
  readBodies(app)
  guard(app, deps, { host, draining: () => draining })
  answerTheRest(app, deps)
  addRestRoutes(app, deps)
  addGraphqlRoute(app, deps)
  if (deps.events !== undefined) addRunEvents(app, { ...deps, events: deps.events })
  addFeedStream(app, deps)
  addStaticRoutes(app, config)
  const home = addConsoleRoutes(app, config.consoleFolder)
  addLogRoutes(app, deps)
  addHealthRoutes(app, deps, () => draining)

  async function close(): Promise<void> {
    draining = true
    const deadline = setTimeout(() => app.server.closeAllConnections(), (config.shutdownSeconds ?? 10) * 1000)
    try {
      await app.close()
    } finally {
      clearTimeout(deadline)
    }
  }

  return {
    home,
    async listen() {
      await app.listen({ host, port: config.port })
      return addressOf(app.server.address() as AddressInfo)
    },
    close: () => (closing ??= close()),
    address: () => {
      const bound = app.server.address()
      return bound === null || typeof bound === 'string' ? undefined : addressOf(bound)
    },
  }
}

function addressOf({ address, family, port }: AddressInfo): string {
  const name =
    address === '0.0.0.0' || address === '::' ? 'localhost' : family === 'IPv6' ? `[${address}]` : address
  return `http://${name}:${port}`
}

/** JSON and nothing else, read once and strictly. */
function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const encoding = request.headers['content-encoding']
    const charset = /charset="?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1]
    if (
      (encoding !== undefined && encoding !== 'identity') ||
      (charset !== undefined && !/^utf-?8$/i.test(charset))
    ) {
      const given =
        encoding === undefined
          ? `application/json; charset=${charset ?? ''}`
          : `application/json, ${encoding}`
      done(
        new BodyRefused(
          deny(surfaceDenials, 'media_type_unsupported', {
            given: given.slice(0, 100),
            wanted: 'application/json',
          }).denial,
        ),
      )
      return
    }
    const parsed = parseStrictJson(body as Buffer, { depth: deepestJson })
    if (parsed.ok) done(null, parsed.value)
    else
      done(
        new BodyRefused(
          deny(gateDenials, 'input_invalid', { field: parsed.field, rule: parsed.rule }).denial,
        ),
      )
  })
}

/** What happens to every request, found or not: trace, headers, the guards, and one line in the log. */
function guard(
  app: FastifyInstance,
  deps: SurfaceDeps,
  state: { host: string; draining: () => boolean },
): void {
  const loopback = /^(127\.|localhost$|::1$)/.test(state.host)
  const settings = {
    loopback,
    hosts: (deps.config.hosts ?? []).map((name) => name.toLowerCase()),
    scheme: deps.config.scheme ?? 'http',
  } as const
  app.decorateRequest('trace')
  app.addHook('onRequest', async (request, reply) => {
    request.trace = traceOf(request.headers['traceparent'] as string | undefined)
    void reply.headers(dataHeaders).header('traceparent', request.trace.traceparent)
    if (settings.scheme === 'https') void reply.header('strict-transport-security', 'max-age=31536000')
    const repeated = repeatedHeader(request.raw.rawHeaders)
    const denial =
      repeated === undefined
        ? guardRequest(request.raw, settings)
        : deny(gateDenials, 'input_invalid', { field: repeated, rule: 'must be sent once' }).denial
    if (denial !== undefined) return sendDenial(reply, denial)
    if (state.draining() && request.url !== '/healthz' && request.url !== '/readyz') {
      return sendDenial(reply.header('connection', 'close'), deny(surfaceDenials, 'shutting_down', {}).denial)
    }
    return undefined
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? '(none)'
    const ms = reply.elapsedTime
    deps.metrics.httpRequest({ method: request.method, route, status: reply.statusCode, ms })
    deps.log.info(
      {
        method: request.method,
        route,
        status: reply.statusCode,
        ms: Math.round(ms * 100) / 100,
        trace: request.trace.traceId,
      },
      'request',
    )
  })
}

/** Unknown routes, known routes with another method, and whatever a handler throws. */
function answerTheRest(app: FastifyInstance, deps: SurfaceDeps): void {
  const routes = createRouteList(app)
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '/'
    const allowed = routes.methodsOf(path)
    if (allowed.length === 0) return sendNotFound(request, reply)
    if (request.method === 'OPTIONS')
      return reply
        .status(204)
        .header('allow', [...allowed, 'OPTIONS'].join(', '))
        .send()
    return sendDenial(
      reply,
      deny(surfaceDenials, 'method_not_allowed', {
        method: request.method,
        path: path.slice(0, 200),
        allowed,
      }).denial,
    )
  })
  app.setErrorHandler((error, request, reply) => {
    const denial = denialOfHttpError(
      error,
      request.routeOptions.bodyLimit ?? ordinaryBodyBytes,
      request.headers['content-type'],
    )
    // Bytes of an unread body would be taken for the next request.
    if (denial !== undefined) return sendDenial(reply.header('connection', 'close'), denial)
    return sendFault(reply, error, deps)
  })
}
