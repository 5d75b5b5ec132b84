import { Type } from 'typebox'
import type { TProperties, TSchema } from 'typebox'

/** An object that refuses fields it does not name. Its `title` becomes the type's name in OpenAPI and GraphQL. */
export function closed<const P extends TProperties>(
  properties: P,
  options: { title?: string; description?: string } = {},
) {
  return Type.Object(properties, { additionalProperties: false, ...options })
}

/** `prefix_` and a UUIDv7 in hexadecimal without dashes. */
export function Id(prefix: string, description: string) {
  return Type.String({ pattern: `^${prefix}_[0-9a-f]{32}$`, description })
}

export const PackageName = Type.String({
  pattern: '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$',
  description: 'The name of a package, such as ioc-triage.',
})
export const Version = Type.String({
  pattern: '^(0|[1-9][0-9]{0,5})\\.(0|[1-9][0-9]{0,5})\\.(0|[1-9][0-9]{0,5})(-[0-9A-Za-z.-]{1,64})?$',
  description: 'A semantic version.',
})
export const Release = Type.String({
  pattern:
    '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?@(0|[1-9][0-9]{0,5})\\.(0|[1-9][0-9]{0,5})\\.(0|[1-9][0-9]{0,5})(-[0-9A-Za-z.-]{1,64})?$',
  description: 'NAME@VERSION of a package.',
})
export const Scope = Type.String({
  minLength: 3,
  maxLength: 128,
  pattern: '^[a-z0-9]+:[A-Za-z0-9._:*-]+$',
  description: 'A capability as people see it, such as read:graph.',
})
export const SecretName = Type.String({
  pattern: '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$',
  description: 'The name of a secret, as the manifest has it.',
})
export const Instant = Type.Integer({
  minimum: 0,
  'x-instant': 'ms',
  description: 'Milliseconds since the Unix epoch, UTC.',
})
export const Micros = Type.String({
  pattern: '^-?[0-9]{1,18}$',
  description: 'Money in millionths of the currency unit, as a decimal string.',
})
export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 in hexadecimal.' })
export const Tlp = Type.Union(
  [
    Type.Literal('CLEAR'),
    Type.Literal('GREEN'),
    Type.Literal('AMBER'),
    Type.Literal('AMBER+STRICT'),
    Type.Literal('RED'),
  ],
  { description: 'Traffic Light Protocol 2.0: who may be told.' },
)
export const Pap = Type.Union(
  [Type.Literal('CLEAR'), Type.Literal('GREEN'), Type.Literal('AMBER'), Type.Literal('RED')],
  { description: 'Permissible Actions Protocol 2.0: what may be done outside with what is known.' },
)
export const Limit = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'At most so many rows.' }),
)
export const Cursor = Type.Optional(
  Type.String({ maxLength: 200, description: 'Continue after the `next` of the page before.' }),
)

/** One page of rows with the cursor of the next, absent on the last page. */
export function Page<T extends TSchema>(row: T) {
  return closed({ rows: Type.Array(row), next: Type.Optional(Type.String()) })
}
export const Json = Type.Unknown({ description: 'Any JSON value.' })
export const RunId = Id('run', 'A plugin run.')
export const CaseId = Id('case', 'A case.')
export const ReceiptId = Id('rct', 'A receipt.')
export const HoldId = Id('hold', 'A legal hold.')
export const ReviewId = Id('rev', 'A review task.')
export const UserId = Id('usr', 'A user.')
