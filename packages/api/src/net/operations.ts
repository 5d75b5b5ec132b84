import { Type } from 'typebox'
import { operation } from '../operation.ts'
import { closed, SecretName } from '../schema.ts'
import { netDenials } from './denials.ts'
import { secretDenials } from '../secrets/denials.ts'
import { netScope } from './destination.ts'

const HeaderName = Type.String({ minLength: 1, maxLength: 64 })
const auth = { secret: SecretName }

const FetchInput = closed({
  url: Type.String({ maxLength: 2_000, description: 'https://HOST/…; HOST is one that was granted.' }),
  method: Type.Optional(
    Type.Union(
      [
        Type.Literal('GET'),
        Type.Literal('HEAD'),
        Type.Literal('POST'),
        Type.Literal('PUT'),
        Type.Literal('PATCH'),
        Type.Literal('DELETE'),
      ],
      { default: 'GET' },
    ),
  ),
  headers: Type.Optional(
    Type.Record(Type.String({ pattern: '^.{1,64}$' }), Type.String({ maxLength: 4_000 }), {
      maxProperties: 32,
      description:
        'Without those that the broker sets itself: Host, Content-Length, Cookie, Proxy-… and the like.',
    }),
  ),
  body: Type.Optional(Type.String({ maxLength: 262_144, description: 'Text, sent as UTF-8.' })),
  auth: Type.Optional(
    Type.Union(
      [
        closed({ ...auth, as: Type.Literal('bearer') }),
        closed({ ...auth, as: Type.Literal('header'), name: HeaderName }),
        closed({
          ...auth,
          as: Type.Literal('basic'),
          user: Type.String({ maxLength: 200, description: 'The secret is the password.' }),
        }),
        closed({ ...auth, as: Type.Literal('query'), name: Type.String({ minLength: 1, maxLength: 64 }) }),
      ],
      { description: 'A secret by name; the broker puts it in, the code never sees it.' },
    ),
  ),
  redirects: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 5,
      default: 5,
      description: 'How many redirects are followed; each must lead to a host that was granted too.',
    }),
  ),
})

export const netFetch = operation({
  name: 'net.fetch',
  summary: 'Send a request to a host',
  description:
    'Performed by the broker for a plugin: only to hosts that were granted, at public addresses that were checked, over TLS.',
  effect: 'external',
  // Spelt out: the scope of the host, and that of the secret when one is used.
  capability: ({ url, auth }) =>
    typeof auth?.secret === 'string' ? [netScope(url), `secret:${auth.secret}`] : netScope(url),
  input: FetchInput,
  output: closed({
    url: Type.String({ description: 'Where the answer came from, after redirects.' }),
    status: Type.Integer(),
    headers: Type.Record(Type.String(), Type.String()),
    body: Type.String(),
    encoding: Type.Union([Type.Literal('utf8'), Type.Literal('base64')], {
      description: 'base64 when the body is no text in UTF-8.',
    }),
    cached: Type.Boolean({ description: 'An answer kept from before, still fresh; nothing was sent.' }),
  }),
  denials: { ...netDenials, secret_unknown: secretDenials.secret_unknown },
})
