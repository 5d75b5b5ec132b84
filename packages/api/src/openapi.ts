import { catalogue, denialTableOf } from './catalogue.ts'
import type { DenialCategory, DenialTable } from './denial.ts'
import { deny } from './denial.ts'
import { httpStatusOf } from './http-status.ts'
import { fieldsOf } from './json-schema.ts'
import type { JsonSchema } from './json-schema.ts'
import type { OperationSpec, RestBinding } from './operation.ts'
import { problemOf } from './problem.ts'

type Json = Readonly<Record<string, unknown>>
interface Bound extends OperationSpec {
  readonly rest: RestBinding
}

/** Request headers and answer headers that every operation shares. */
const sharedParameters: Json = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      'The same key with the same input brings back the first answer; with another input it is refused.',
    schema: { type: 'string', minLength: 1, maxLength: 200 },
  },
  Traceparent: {
    name: 'traceparent',
    in: 'header',
    required: false,
    description: 'W3C trace context; its trace id is written into the receipt.',
    schema: { type: 'string', pattern: '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' },
  },
}
const answerHeaders: Json = {
  'Switchboard-Receipt': {
    description:
      'The receipt of this operation and whether it has its place in the log: `rct_…; pending` or `rct_…; logged`.',
    schema: { type: 'string' },
  },
  'Switchboard-Cost-Micros': {
    description: 'What the operation cost, in millionths of the currency unit.',
    schema: { type: 'string', pattern: '^[0-9]+$' },
  },
}

/**
 * The OpenAPI 3.1 document of the catalogue: inputs, outputs, and each denial under its status with an example.
 *
 * @param version the product's version, shown as the document's.
 */
export function openApiDocument(version: string): Json {
  const schemas = new Map<string, Json>()
  const paths: Record<string, Record<string, Json>> = {}
  for (const spec of catalogue as readonly OperationSpec[]) {
    if (spec.rest === undefined) continue
    const path = (paths[spec.rest.path] ??= {})
    path[spec.rest.method.toLowerCase()] = operationOf({ ...spec, rest: spec.rest }, schemas)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Switchboard',
      version,
      description: "Run other people's code on your own intelligence, with proof.",
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { session: [] }],
    tags: tagsOf(catalogue),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An access token: switchboard token create.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'switchboard_session',
          description: 'What signing in sets.',
        },
      },
      parameters: sharedParameters,
      headers: answerHeaders,
      schemas: { Problem: problemSchema, ...Object.fromEntries(schemas) },
    },
  }
}

function tagsOf(specs: readonly OperationSpec[]): Json[] {
  return [...new Set(specs.map(tagOf))].map((name) => ({ name }))
}

const tagOf = (spec: OperationSpec) => spec.name.slice(0, spec.name.indexOf('.'))

function operationOf(spec: Bound, schemas: Map<string, Json>): Json {
  const inPath = [...spec.rest.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
  const inAddress = spec.rest.method === 'GET' || spec.rest.method === 'DELETE'
  const fields = fieldsOf(spec.input)
  const body = fields.filter((field) => !inPath.includes(field.name))
  const parameters = fields
    .filter((field) => inPath.includes(field.name) || inAddress)
    .map((field) => ({
      name: field.name,
      in: inPath.includes(field.name) ? 'path' : 'query',
      required: field.required || inPath.includes(field.name),
      ...(field.schema.description === undefined ? {} : { description: field.schema.description }),
      schema: named(field.schema, schemas),
    }))
  return {
    operationId: spec.name,
    tags: [tagOf(spec)],
    summary: spec.summary,
    description: spec.description,
    ...(spec.anonymous === true ? { security: [] } : {}),
    parameters: [
      ...parameters,
      { $ref: '#/components/parameters/Traceparent' },
      ...(spec.effect === 'read' || spec.secretOutput === true || spec.secretInput !== undefined
        ? []
        : [{ $ref: '#/components/parameters/IdempotencyKey' }]),
    ],
    ...(inAddress ? {} : { requestBody: requestBody(body, schemas) }),
    responses: {
      '200': {
        description: `${spec.summary}: done.`,
        headers: {
          'Switchboard-Receipt': { $ref: '#/components/headers/Switchboard-Receipt' },
          'Switchboard-Cost-Micros': { $ref: '#/components/headers/Switchboard-Cost-Micros' },
        },
        content: { 'application/json': { schema: named(spec.output, schemas) } },
      },
      ...refusals(denialTableOf(spec)),
      '500': { description: 'A fault: the world failed. `code` names it.', content: problemContent({}) },
    },
  }
}

function requestBody(fields: ReturnType<typeof fieldsOf>, schemas: Map<string, Json>): Json {
  const required = fields.filter((field) => field.required).map((field) => field.name)
  return {
    required: required.length > 0,
    content: {
      'application/json': {
        schema: {
          type: 'object',
          properties: Object.fromEntries(fields.map((field) => [field.name, named(field.schema, schemas)])),
          ...(required.length > 0 ? { required } : {}),
          additionalProperties: false,
        },
      },
    },
  }
}

/** Denials grouped under their status, each with the example of the catalogue. */
function refusals(table: DenialTable): Record<string, Json> {
  const byStatus = new Map<number, Record<string, Json>>()
  for (const [code, spec] of Object.entries(table)) {
    const { denial } = deny(table, code, spec.example as never)
    const status = httpStatusOf(denial)
    const examples = byStatus.get(status) ?? {}
    examples[code.replaceAll(':', '-')] = { summary: code, value: problemOf(denial) }
    byStatus.set(status, examples)
  }
  return Object.fromEntries(
    [...byStatus].map(([status, examples]) => [
      String(status),
      {
        description: Object.values(examples)
          .map((example) => `\`${String(example['summary'])}\``)
          .join(', '),
        content: problemContent(examples),
      },
    ]),
  )
}

function problemContent(examples: Json): Json {
  return {
    'application/problem+json': {
      schema: { $ref: '#/components/schemas/Problem' },
      ...(Object.keys(examples).length > 0 ? { examples } : {}),
    },
  }
}

const categories = [
  'unauthenticated',
  'forbidden',
  'invalid',
  'not_found',
  'conflict',
  'over_limit',
  'approval_required',
  'failed',
  'unavailable',
] as const satisfies readonly DenialCategory[]

const problemSchema: Json = {
  type: 'object',
  description:
    'RFC 9457. A denial carries its code, its facts and what would change it; a fault carries its code alone.',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: { type: 'string', description: 'Where the reference explains the code.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Public API: codes are added, never renamed.' },
    category: { type: 'string', enum: categories },
    params: { type: 'object' },
    message: { type: 'string' },
    change: { type: 'string', description: 'What would turn the no into a yes.' },
    receiptId: { type: 'string', description: 'The receipt of the refusal, where an effect was asked for.' },
  },
}

/** A schema as plain JSON, titled objects lifted into the components. */
function named(schema: JsonSchema, schemas: Map<string, Json>): Json {
  const plain: Record<string, unknown> = { ...schema }
  if (schema.items !== undefined) plain['items'] = named(schema.items, schemas)
  if (schema.anyOf !== undefined) plain['anyOf'] = schema.anyOf.map((option) => named(option, schemas))
  if (schema.properties !== undefined) {
    plain['properties'] = Object.fromEntries(
      Object.entries(schema.properties).map(([name, field]) => [name, named(field, schemas)]),
    )
  }
  if (schema.title === undefined || schema.type !== 'object') return plain
  const known = schemas.get(schema.title)
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(plain)) {
    throw new Error(`Two different schemas of the catalogue are titled ${schema.title}.`)
  }
  schemas.set(schema.title, plain)
  return { $ref: `#/components/schemas/${schema.title}` }
}
