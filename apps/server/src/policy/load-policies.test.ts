import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { findOperation } from '@switchboard/api'
import { loadPolicies } from './load-policies.ts'

const schema = `
entity User = { organisation: String, roles: Set<String> };
entity Case = { organisation: String, tlp?: String };
action "case.read", "case.list" appliesTo { principal: [User], resource: [Case], context: { region: String } };
`
const rule = `@id("a") @says("{context.region} is fine.") permit (principal, action, resource) when { context.region == "eu" };`

function load(t: TestContext, files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-policy-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [file, text] of Object.entries({ 'x.cedarschema': schema, 'a.cedar': rule, ...files }))
    if (text !== '') writeFileSync(join(folder, file), text)
  return loadPolicies(folder)
}

test('rules keep their file, sentence, operations and the facts they read', (t) => {
  const { rules } = load(t, {
    'b.cedar': `@id("b") @says("No.") @approval("quorum:2")
      forbid (principal, action in [Action::"case.read"], resource) unless { principal.roles.contains("boss") };`,
  })
  const { text: _, ...b } = rules.get('b') ?? { text: '' }
  assert.deepEqual(b, {
    id: 'b',
    file: 'b.cedar',
    effect: 'forbid',
    says: 'No.',
    quorum: 2,
    reads: ['principal.roles'],
    roles: ['boss'],
    actions: new Set(['case.read']),
  })
  assert.equal(rules.get('a')?.actions, undefined)
})

test('the digest changes with every file, its name included', (t) => {
  const digests = [
    load(t, {}),
    load(t, { 'a.cedar': `${rule}\n` }),
    load(t, { 'x.cedarschema': `${schema}\n` }),
    load(t, { 'a.cedar': '', 'b.cedar': rule }),
  ].map(({ digest }) => digest)
  assert.equal(new Set(digests).size, 4)
  assert.equal(load(t, {}).digest, digests[0])
})

test('a policy that is not sound stops the start and names its file', (t) => {
  const with_ = (annotations: string, condition = 'true') =>
    `${annotations} permit (principal, action, resource) when { ${condition} };`
  const cases: [string, RegExp][] = [
    ['permit (principal action, resource);', /b\.cedar.*unexpected token/],
    [with_('@says("x")'), /b\.cedar: a policy without @id/],
    [with_('@id("b")'), /b\.cedar: b has no @says/],
    [with_('@id("a") @says("x")'), /b\.cedar: the id a is taken by a rule in a\.cedar/],
    [with_('@id("b") @says("{resource.owner}")'), /b\.cedar: b: its @says names \{resource\.owner\}/],
    [with_('@id("b") @says("x") @approval("quorum:1")'), /b\.cedar: b permits/],
    [
      with_('@id("b") @says("x") @approval("some")').replace('permit', 'forbid'),
      /b\.cedar: b has @approval\("some"\)/,
    ],
    [with_('@id("b") @says("x")', 'resource.owner == "me"'), /b\.cedar: b: .*owner/],
    [with_('@id("b") @says("x")', 'resource.tlp == "RED"'), /b\.cedar: b: .*tlp/],
    [with_('@id("b") @says("x")', 'context.region == 3'), /b\.cedar: b: /],
    [
      '@id("b") @says("x") permit (principal, action == Action::"case.raed", resource);',
      /b\.cedar: b: .*case\.raed/,
    ],
    ['@id("b") @says("x") permit (principal == ?principal, action, resource);', /b\.cedar: holds a template/],
  ]
  for (const [text, message] of cases) {
    assert.throws(() => load(t, { 'b.cedar': text }), { name: 'Fault', code: 'policy_invalid', message })
  }
})

test('a schema that requests cannot meet stops the start and names its file', (t) => {
  const cases: [string, RegExp][] = [
    ['', /exactly one \.cedarschema/],
    ['entity User = {', /x\.cedarschema/],
    [schema.replace('region: String', 'region: User'), /x\.cedarschema: .*region has the type/],
    [
      `${schema} action g; action "case.x" in [g] appliesTo { principal: [User], resource: [Case], context: { region: String } };`,
      /x\.cedarschema: action/,
    ],
    [`namespace N { ${schema} } entity Other;`, /x\.cedarschema: must declare everything in no namespace/],
  ]
  for (const [text, message] of cases)
    assert.throws(() => load(t, { 'x.cedarschema': text }), {
      name: 'Fault',
      code: 'policy_invalid',
      message,
    })
})

test('approval lifts no rule over an operation that is secret or anonymous: its input is kept and shown', () => {
  const { rules } = loadPolicies(join(import.meta.dirname, 'policies'))
  const liftable = [...rules.values()].filter((rule) => rule.quorum !== undefined)
  assert.ok(liftable.length > 0)
  for (const { id, actions } of liftable) {
    assert.ok(actions !== undefined, `${id} speaks of every operation`)
    for (const action of actions) {
      const spec = findOperation(action)
      assert.ok(
        spec !== undefined && !('secretOutput' in spec) && !('secretInput' in spec) && !('anonymous' in spec),
        `${id}: ${action}`,
      )
    }
  }
})
