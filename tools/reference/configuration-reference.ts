import { fieldsOf } from '@switchboard/api'
import type { JsonSchema } from '@switchboard/api'
import { configSchema, variableOf } from '../../apps/server/src/kernel/config.ts'

/** docs/reference/configuration.md: every setting with its variable, default and meaning. */
export function configurationReferencePage(): string {
  const rows = fieldsOf(configSchema).map(
    ({ name, schema }) =>
      `| \`${name}\` | \`${variableOf(name)}\` | ${ruleOf(schema)} | ${defaultOf(schema)} | ${schema.description ?? ''} |`,
  )
  return `# Configuration

<!-- Made from the sources: node tools/reference/write-reference.ts -->

Defaults, then the JSON file that \`SWITCHBOARD_CONFIG\` names (or \`switchboard.json\` in the folder where the server
starts), then the environment. A setting that is not allowed stops the start and names itself.

| Setting | Variable | Kind | Default | Meaning |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`
}

function ruleOf(schema: JsonSchema): string {
  const choices = schema.anyOf?.map((option) => `\`${String(option.const)}\``)
  if (choices !== undefined) return choices.join(', ')
  const range = schema.minimum === undefined ? '' : `, ${schema.minimum} to ${schema.maximum ?? 'any'}`
  return `${schema.type ?? ''}${range}`
}

function defaultOf(schema: JsonSchema): string {
  return schema.default === '' ? '(empty)' : `\`${String(schema.default)}\``
}
