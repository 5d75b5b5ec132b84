import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

/** What a surface answers before a request is an operation at all; the gate has not seen it and no receipt exists. */
export const surfaceDenials = {
  route_unknown: denial<{ method: string; path: string }>({
    category: 'not_found',
    example: { method: 'GET', path: '/pluginz' },
    message: (p) => `There is nothing at ${p.method} ${p.path}.`,
    change: () => 'The routes are listed in /openapi.json, and shown at /docs.',
  }),
  method_not_allowed: denial<{ method: string; path: string; allowed: readonly string[] }>({
    category: 'invalid',
    example: { method: 'PATCH', path: '/plugins', allowed: ['GET'] },
    message: (p) => `${p.path} does not answer ${p.method}.`,
    change: (p) => `Use ${p.allowed.join(', ')}.`,
  }),
  media_type_unsupported: denial<{ given: string; wanted: string }>({
    category: 'invalid',
    example: { given: 'text/xml', wanted: 'application/json' },
    message: (p) => `A body of type ${p.given} is not read here.`,
    change: (p) => `Send ${p.wanted} in UTF-8.`,
  }),
  body_too_large: denial<{ limitBytes: number }>({
    category: 'over_limit',
    example: { limitBytes: 1_048_576 },
    message: (p) => `The body is larger than ${p.limitBytes} bytes.`,
    change: () => 'Send less at once.',
  }),
  address_too_long: denial<{ limitBytes: number }>({
    category: 'invalid',
    example: { limitBytes: 8192 },
    message: (p) => `The address is longer than ${p.limitBytes} bytes.`,
    change: () => 'Send fewer or shorter parameters.',
  }),
  host_refused: denial<{ host: string }>({
    category: 'forbidden',
    example: { host: 'rebound.example' },
    message: (p) => `This server does not answer to the name ${p.host || '(none)'}.`,
    change: () =>
      'Use the address that the server printed at start, or add the name to its configuration (hosts).',
  }),
  origin_refused: denial<{ origin: string }>({
    category: 'forbidden',
    example: { origin: 'https://elsewhere.example' },
    message: (p) => `A page of ${p.origin} may not act with your session.`,
    change: () => 'Use the page of this server, or a program with "Authorization: Bearer …".',
  }),
  query_too_large: denial<{ measure: string; used: number; allowed: number }>({
    category: 'over_limit',
    example: { measure: 'depth', used: 17, allowed: 12 },
    message: (p) => `The GraphQL request has a ${p.measure} of ${p.used}; ${p.allowed} are allowed.`,
    change: () => 'Ask for less in one request.',
  }),
  query_invalid: denial<{ rule: string }>({
    category: 'invalid',
    example: { rule: 'Cannot query field "plugin" on type "Plugin".' },
    message: (p) => `The GraphQL request is not valid: ${p.rule}`,
    change: () => 'The schema is in docs/reference/schema.graphql.',
  }),
  streams_exhausted: denial<{ allowed: number }>({
    category: 'over_limit',
    example: { allowed: 8 },
    message: (p) => `All ${p.allowed} event streams of this server are open already.`,
    change: () => 'Ask again later, or read the log with run.log.',
  }),
  organisation_streams_exhausted: denial<{ allowed: number }>({
    category: 'over_limit',
    example: { allowed: 50 },
    message: (p) => `Your organisation has ${p.allowed} event streams open already, which is its share.`,
    change: () => 'Close one, or read the log with run.log.',
  }),
  shutting_down: denial<Record<string, never>>({
    category: 'unavailable',
    example: {},
    message: () => 'The server is shutting down.',
    change: () => 'Ask again in a moment.',
  }),
} as const satisfies DenialTable
