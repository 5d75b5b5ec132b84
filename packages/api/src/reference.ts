import { catalogue, denialTableOf } from './catalogue.ts'
import type { DenialTable } from './denial.ts'
import { deny } from './denial.ts'
import { gateDenials } from './gate/denials.ts'
import { graphqlOperations } from './graphql-sdl.ts'
import { httpStatusOf } from './http-status.ts'
import { choicesOf, fieldsOf, withoutNull } from './json-schema.ts'
import type { Field, JsonSchema } from './json-schema.ts'
import type { OperationSpec } from './operation.ts'
import { surfaceDenials } from './surface/denials.ts'

const specs: readonly OperationSpec[] = catalogue
const made = '<!-- Made from the catalogue: node tools/reference/write-reference.ts -->\n'

/** docs/reference/denials.md: every code, what it says and what would change it. */
export function denialReferencePage(): string {
  const own = Object.assign({}, ...specs.map((spec) => spec.denials)) as DenialTable
  return [
    '# Denials\n',
    made,
    'A denial is an expected no: a typed reason, with what would change it. Codes are public API: they are added, never',
    'renamed. REST answers them as RFC 9457 problems under the status below, GraphQL as errors whose `extensions` hold the',
    'same fields, the command by its message and an exit code for each category. Messages may change; switch on the code.\n',
    '## Of any operation\n',
    denialTable(gateDenials, () => []),
    '\n## Of single operations\n',
    denialTable(own, (code) => specs.filter((spec) => code in spec.denials).map((spec) => spec.name)),
    '\n## Of the surfaces\n',
    'Answered before a request is an operation, so there is no receipt.\n',
    denialTable(surfaceDenials, () => []),
    '',
  ].join('\n')
}

function denialTable(table: DenialTable, operationsOf: (code: string) => readonly string[]): string {
  return Object.keys(table)
    .toSorted()
    .map((code) => {
      const { denial } = deny(table, code, table[code]?.example as never)
      const operations = operationsOf(code)
      const of = operations.length === 0 ? '' : `\nOf ${operations.map((name) => `\`${name}\``).join(', ')}.`
      return (
        `### \`${code}\`\n\n${denial.category}, HTTP ${httpStatusOf(denial)}. Params: ${
          Object.keys(denial.params)
            .map((name) => `\`${name}\``)
            .join(', ') || 'none'
        }.${of}\n\n` + `> ${denial.message}\n>\n> ${denial.change}\n`
      )
    })
    .join('\n')
}

/** docs/reference/operations.md: every operation with its three spellings, input and output. */
export function operationReferencePage(): string {
  const areas = [...new Set(specs.map((spec) => spec.name.slice(0, spec.name.indexOf('.'))))]
  return [
    '# Operations\n',
    made,
    'Each operation is declared once and offered as REST, GraphQL and command. `?` marks what may be left out; whatever the',
    'schema says in detail (lengths, patterns) is in `/openapi.json`. Any operation may be refused with the',
    '[denials of any operation](denials.md#of-any-operation).\n',
    ...areas.flatMap((area) => [
      `## ${area}\n`,
      ...specs.filter((spec) => spec.name.startsWith(`${area}.`)).map(operationSection),
    ]),
  ].join('\n')
}

function operationSection(spec: OperationSpec): string {
  const graphql = graphqlOperations.find((one) => one.name === spec.name)?.graphql
  const spellings = [
    spec.rest === undefined ? undefined : `REST \`${spec.rest.method} ${spec.rest.path}\``,
    graphql === undefined ? undefined : `GraphQL ${graphql.kind} \`${graphql.field}\``,
    spec.cli === undefined
      ? undefined
      : `\`switchboard ${[spec.cli.command, ...(spec.cli.positional ?? []).map((name) => name.toUpperCase())].join(' ')}\``,
  ].filter((spelling) => spelling !== undefined)
  const capability =
    typeof spec.capability === 'string'
      ? `\`${spec.capability}\``
      : spec.capability === undefined
        ? undefined
        : 'one that depends on the input'
  const refusals = Object.keys(denialTableOf(spec)).filter((code) => !(code in gateDenials))
  return [
    `### ${spec.name}\n`,
    `${spec.summary}. ${spec.description}\n`,
    `- ${spellings.join(' · ')}`,
    `- Effect: ${spec.effect}${spec.secretOutput === true ? '; answers a secret once, so idempotency keys are refused' : ''}${spec.secretInput === undefined ? '' : `; takes a secret (${spec.secretInput.join(', ')}), which no receipt, log or review holds, so idempotency keys are refused`}`,
    ...(capability === undefined ? [] : [`- A plugin needs the capability ${capability}`]),
    ...(refusals.length === 0
      ? []
      : [
          `- May be refused with ${refusals.map((code) => `[\`${code}\`](denials.md#${anchorOf(code)})`).join(', ')}`,
        ]),
    '',
    ...fieldLines('Input', spec.input),
    ...fieldLines('Output', spec.output),
  ].join('\n')
}

/** As GitHub makes anchors of headings. */
function anchorOf(code: string): string {
  return code.toLowerCase().replaceAll(':', '')
}

function fieldLines(heading: string, schema: JsonSchema): string[] {
  const fields = fieldsOf(schema)
  if (fields.length === 0) return [`${heading}: nothing.\n`]
  return [`${heading}:\n`, ...fields.map(fieldLine), '']
}

function fieldLine({ name, schema, required }: Field): string {
  const value = schema.default === undefined ? '' : `; default ${JSON.stringify(schema.default)}`
  const described = schema.description === undefined ? '' : ` — ${schema.description}`
  return `- \`${name}${required ? '' : '?'}\` ${typeName(schema)}${value}${described}`
}

function typeName(given: JsonSchema): string {
  const { schema, nullable } = withoutNull(given)
  const choices = choicesOf(schema)
  const name =
    choices === undefined
      ? schema.type === 'array'
        ? `list of ${typeName(schema.items ?? {})}`
        : schema.type === 'object' && schema.properties !== undefined
          ? `${schema.title ?? 'object'} { ${fieldsOf(schema)
              .map((field) => `${field.name}${field.required ? '' : '?'}`)
              .join(', ')} }`
          : (schema.type ?? schema.anyOf?.map(typeName).join(' or ') ?? 'JSON')
      : choices.map((choice) => `\`${choice}\``).join(' or ')
  return nullable ? `${name} or null` : name
}
