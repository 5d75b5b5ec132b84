import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  policySetTextToParts,
  policyToJson,
  preparsePolicySet,
  schemaToJsonWithResolvedTypes,
  validate,
} from '@cedar-policy/cedar-wasm/nodejs'
import type { DetailedError } from '@cedar-policy/cedar-wasm/nodejs'
import { canonicalJson, sha256Hex } from '../kernel/canonical.ts'
import { Fault } from '../kernel/fault.ts'
import { readRule } from './rule.ts'
import type { Rule } from './rule.ts'
import { readVocabulary } from './vocabulary.ts'
import type { Vocabulary } from './vocabulary.ts'

export interface LoadedPolicies {
  readonly rules: ReadonlyMap<string, Rule>
  readonly vocabulary: Vocabulary
  /** `sha256:` over the names and contents of every policy file and the schema. */
  readonly digest: string
  /** Names the parsed set, kept by the engine, of those rules that speak of `action`. */
  setFor(action: string): string
}

/**
 * Reads, validates and parses the policies of `folder`: `*.cedar` and one `*.cedarschema`.
 *
 * @throws {Fault} `policy_invalid`, naming the file and what is wrong: the server must not start on half a policy.
 */
export function loadPolicies(folder: string): LoadedPolicies {
  const files = readdirSync(folder)
    .filter((file) => /\.cedar(schema)?$/.test(file))
    .sort()
    .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }))
  const schemas = files.filter(({ file }) => file.endsWith('.cedarschema'))
  const [schema] = schemas
  if (schema === undefined || schemas.length > 1)
    throw invalid(folder, `needs exactly one .cedarschema file; it has ${schemas.length}`)

  const vocabulary = readSchema(schema.file, schema.text)
  const rules = new Map<string, Rule>()
  for (const { file, text } of files.filter(({ file }) => file.endsWith('.cedar'))) {
    for (const rule of readFile(file, text)) {
      const other = rules.get(rule.id)
      if (other) throw invalid(file, `the id ${rule.id} is taken by a rule in ${other.file}`)
      rules.set(rule.id, rule)
    }
  }
  validateRules(schema.text, rules)
  checkSentences(rules, vocabulary)

  const digest = `sha256:${sha256Hex(canonicalJson(Object.fromEntries(files.map(({ file, text }) => [file, sha256Hex(text)]))))}`
  return { rules, vocabulary, digest, setFor: keepSets(digest, rules) }
}

/** One parsed set per operation: about 90 µs instead of 130, and the answer is the same. */
function keepSets(digest: string, rules: ReadonlyMap<string, Rule>): (action: string) => string {
  const kept = new Map<string, string>()
  return (action) => {
    const known = kept.get(action)
    if (known !== undefined) return known
    // The engine keeps sets by name for the whole process; the digest makes equal names mean equal sets.
    const setId = `${digest} ${action}`
    const speaking = [...rules].filter(([, rule]) => rule.actions?.has(action) ?? true)
    const parsed = preparsePolicySet(setId, { staticPolicies: textsOf(new Map(speaking)) })
    if (parsed.type === 'failure') throw invalid(`set for ${action}`, messages(parsed.errors))
    kept.set(action, setId)
    return setId
  }
}

function readSchema(file: string, text: string): Vocabulary {
  const answer = schemaToJsonWithResolvedTypes(text)
  if (answer.type === 'failure') throw invalid(file, messages(answer.errors))
  const [namespace, ...others] = Object.values(answer.json)
  if (namespace === undefined || others.length > 0)
    throw invalid(file, 'must declare everything in no namespace')
  return naming(file, () => readVocabulary(namespace))
}

function readFile(file: string, text: string): Rule[] {
  const parts = policySetTextToParts(text)
  if (parts.type === 'failure') throw invalid(file, messages(parts.errors))
  if (parts.policy_templates.length > 0)
    throw invalid(file, 'holds a template, which nothing would ever link')
  return parts.policies.map((policy) => {
    const answer = policyToJson(policy)
    if (answer.type === 'failure') throw invalid(file, messages(answer.errors))
    return naming(file, () => readRule(file, policy, answer.json))
  })
}

/** Cedar's strict validation: every attribute that a rule reads is declared, required and of the right type. */
function validateRules(schema: string, rules: ReadonlyMap<string, Rule>): void {
  const answer = validate({ schema, policies: { staticPolicies: textsOf(rules) } })
  if (answer.type === 'failure') throw invalid('the policies', messages(answer.errors))
  // A warning is a rule that can never apply or a confusable letter: neither belongs in a policy.
  for (const { policyId, error } of [...answer.validationErrors, ...answer.validationWarnings])
    throw invalid(rules.get(policyId)?.file ?? 'the policies', `${policyId}: ${error.message}`)
}

function checkSentences(rules: ReadonlyMap<string, Rule>, { entities, actions }: Vocabulary): void {
  const known = new Set(['resource.type', 'resource.id'])
  for (const [name, shape] of entities)
    for (const attribute of shape.keys())
      known.add(`${['User', 'Nobody', 'System'].includes(name) ? 'principal' : 'resource'}.${attribute}`)
  for (const { context } of actions.values())
    for (const attribute of context.keys()) known.add(`context.${attribute}`)
  for (const rule of rules.values())
    for (const [, path] of rule.says.matchAll(/\{([^}]*)\}/g))
      if (path === undefined || !known.has(path))
        throw invalid(
          rule.file,
          `${rule.id}: its @says names {${path ?? ''}}, which the schema does not declare`,
        )
}

function textsOf(rules: ReadonlyMap<string, Rule>): Record<string, string> {
  return Object.fromEntries([...rules.values()].map((rule) => [rule.id, rule.text]))
}

function naming<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw invalid(file, cause instanceof Error ? cause.message : String(cause))
  }
}

function messages(errors: readonly DetailedError[]): string {
  return errors.map(({ message, help }) => (help ? `${message} (${help})` : message)).join('; ')
}

function invalid(file: string, what: string): Fault {
  return new Fault('policy_invalid', `Policy ${file}: ${what}.`, { retryable: false })
}
