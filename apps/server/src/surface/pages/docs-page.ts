import {
  catalogue,
  deny,
  denialTableOf,
  denialReference,
  fieldsOf,
  gateDenials,
  httpStatusOf,
  surfaceDenials,
} from '@switchboard/api'
import type { DenialTable, JsonSchema, OperationSpec } from '@switchboard/api'
import { escapeHtml as text, pageOf } from './security-headers.ts'
import { pageStyle } from './page-style.ts'

/** The reference of this very server, drawn from the catalogue: no script, nothing fetched from elsewhere. */
export function docsPage(version: string) {
  const specs = catalogue as readonly OperationSpec[]
  const areas = [...new Set(specs.map((spec) => spec.name.slice(0, spec.name.indexOf('.'))))]
  const sections = areas.map((area) => {
    const mine = specs.filter((spec) => spec.name.startsWith(`${area}.`))
    return `<section><h2 id="${text(area)}">${text(area)}</h2>${mine.map(operationHtml).join('')}</section>`
  })
  return pageOf({
    title: 'API · Switchboard',
    style: pageStyle,
    body: `<h1>Switchboard ${text(version)}</h1>
<p>Every operation, as REST, GraphQL and command. Machines read <a href="/openapi.json">/openapi.json</a> and GraphQL's own introspection at <code>POST /graphql</code>.</p>
<p class="soft">Send <code>Authorization: Bearer …</code> (<code>switchboard token create</code>). <code>Idempotency-Key</code> makes a call safe to repeat. Answers carry <code>Switchboard-Receipt</code> and <code>Switchboard-Cost-Micros</code>.</p>
<nav>${[...areas, 'denials'].map((area) => `<a href="#${text(area)}">${text(area)}</a>`).join(' ')}</nav>
${sections.join('\n')}
<section><h2 id="denials">denials</h2><p>An expected no: its code, what it says, and what would change it.</p>${denialsHtml(specs)}</section>`,
  })
}

function operationHtml(spec: OperationSpec): string {
  const command =
    spec.cli === undefined
      ? ''
      : `<p><code>switchboard ${text(spec.cli.command)}${(spec.cli.positional ?? []).map((name) => ` ${text(name.toUpperCase())}`).join('')}</code></p>`
  const graphql =
    spec.graphql === undefined
      ? ''
      : `<p>GraphQL ${spec.graphql.kind} <code>${text(spec.graphql.field)}</code></p>`
  const own = Object.keys(spec.denials)
  return `<details id="${text(spec.name)}"><summary><span class="method">${spec.rest?.method ?? ''}</span><code>${text(spec.rest?.path ?? '')}</code><span>${text(spec.summary)}</span></summary>
<p>${text(spec.description).replaceAll(/`([^`]+)`/g, '<code>$1</code>')}</p>${command}${graphql}
<h3>Input</h3>${fieldsHtml(spec.input)}
<h3>Output</h3><pre>${text(shapeOf(spec.output, 0))}</pre>
${own.length === 0 ? '' : `<h3>May refuse with</h3><p>${own.map((code) => `<a href="${denialReference(code).replace('/docs', '')}"><code>${text(code)}</code></a>`).join(', ')}, and what any operation may.</p>`}
</details>`
}

function fieldsHtml(schema: JsonSchema): string {
  const fields = fieldsOf(schema)
  if (fields.length === 0) return '<p class="soft">Nothing.</p>'
  const rows = fields.map(
    ({ name, schema: field, required }) =>
      `<tr><td><code>${text(name)}</code></td><td><code>${text(shapeOf(field, 0))}</code></td><td>${required ? 'required' : ''}</td><td>${text(field.description ?? '')}</td></tr>`,
  )
  return `<table>${rows.join('')}</table>`
}

/** A schema as a person writes types. */
function shapeOf(schema: JsonSchema, depth: number): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.anyOf !== undefined) return schema.anyOf.map((option) => shapeOf(option, depth)).join(' | ')
  if (schema.type === 'array') return `${shapeOf(schema.items ?? {}, depth)}[]`
  if (schema.properties !== undefined) {
    const pad = '  '.repeat(depth + 1)
    const lines = fieldsOf(schema).map(
      ({ name, schema: field, required }) =>
        `${pad}${name}${required ? '' : '?'}: ${shapeOf(field, depth + 1)}`,
    )
    return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${'  '.repeat(depth)}}`
  }
  return schema.type ?? 'any'
}

function denialsHtml(specs: readonly OperationSpec[]): string {
  const table: DenialTable = Object.assign(
    {},
    gateDenials,
    surfaceDenials,
    ...specs.map((spec) => denialTableOf(spec)),
  )
  const rows = Object.keys(table)
    .toSorted()
    .map((code) => {
      const { denial } = deny(table, code, table[code]?.example as never)
      return `<tr id="denial-${text(code.replaceAll(':', '-'))}"><td><code>${text(code)}</code></td><td>${httpStatusOf(denial)}</td><td>${text(denial.message)}<br><span class="soft">${text(denial.change)}</span></td></tr>`
    })
  return `<table><tr><th>Code</th><th>Status</th><th>Says, and what would change it</th></tr>${rows.join('')}</table>`
}
