import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { catalogue, denialTableOf, openApiDocument } from './index.ts'
import type { OperationSpec } from './index.ts'

interface Operation {
  readonly operationId: string
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly content?: Readonly<
          Record<string, { readonly examples?: Readonly<Record<string, { readonly value: unknown }>> }>
        >
      }
    >
  >
}
const document = JSON.parse(JSON.stringify(openApiDocument('1.2.3'))) as {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}
const operations = new Map(
  Object.values(document.paths).flatMap((path) => Object.values(path).map((one) => [one.operationId, one])),
)

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator()
  const result = await validator.validate(structuredClone(document))
  assert.ok(result.valid, JSON.stringify(result.errors, null, 2))
  assert.equal(validator.version, '3.1')
})

test('every operation with a REST binding is in it, and no two share a route', () => {
  const bound = (catalogue as readonly OperationSpec[]).filter((spec) => spec.rest !== undefined)
  assert.deepEqual([...operations.keys()].toSorted(), bound.map((spec) => spec.name).toSorted())
})

test('every denial that an operation may answer with is listed under one status, with its example', () => {
  for (const spec of catalogue as readonly OperationSpec[]) {
    if (spec.rest === undefined) continue
    const listed = Object.values(operations.get(spec.name)?.responses ?? {}).flatMap((response) =>
      Object.values(response.content?.['application/problem+json']?.examples ?? {}).map(
        (example) => (example.value as { code: string }).code,
      ),
    )
    assert.deepEqual(listed.toSorted(), Object.keys(denialTableOf(spec)).toSorted(), spec.name)
  }
})

test('every reference inside the document leads somewhere', () => {
  const text = JSON.stringify(document)
  for (const [, section = '', name = ''] of text.matchAll(/"#\/components\/(\w+)\/([^"]+)"/g)) {
    const components = document.components as unknown as Record<string, Record<string, unknown>>
    assert.ok(components[section]?.[name] !== undefined, `${section}/${name}`)
  }
})
