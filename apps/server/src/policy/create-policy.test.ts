import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogue } from '@switchboard/api'
import type { Actor, Resource, Via } from '../kernel/handler.ts'
import { newId } from '../kernel/ids.ts'
import { createPolicy } from './index.ts'
import type { PolicyRequest } from './index.ts'

const policy = createPolicy()
const organisation = newId('org')
const allRoles = ['administrator', 'analyst', 'reviewer', 'auditor', 'finops']

const base: Actor = { organisation, user: newId('usr'), name: 'ana', roles: [], demo: false, kind: 'user' }
const via: Via = {
  package: 'sample-enricher',
  version: '1.0.0',
  digest: '0'.repeat(64),
  run: newId('run'),
  declared: ['read:graph'],
  lease: { calls: 1, callsAllowed: 1, rows: 1, rowsAllowed: 1, micros: 1n },
  marked: { tlp: 'CLEAR', pap: 'CLEAR' },
}
const ownCase: Resource = {
  type: 'Case',
  id: 'case_1',
  organisation,
  tlp: 'CLEAR',
  attributes: { pap: 'CLEAR' },
}
const ownEntity: Resource = {
  type: 'Entity',
  id: 'ent_1',
  organisation,
  tlp: 'CLEAR',
  attributes: { licence: 'MIT' },
}
const ownTable: Resource = { type: 'Table', id: 'ip-asn', organisation, attributes: { licence: 'MIT' } }
const ownValue: Resource = {
  type: 'Value',
  id: 'key',
  organisation,
  tlp: 'CLEAR',
  attributes: { pap: 'CLEAR' },
}
const ceilings = { tlp: 'GREEN', pap: 'GREEN', licences: ['MIT'] }
const code = (attributes: Resource['attributes']): Resource => ({
  type: 'Package',
  id: 'probe',
  organisation,
  ...(attributes === undefined ? {} : { attributes }),
})
const held = (attributes: { own: boolean; others: boolean }): Resource => ({
  type: 'Hold',
  id: 'probe',
  organisation,
  attributes,
})
const version = (attributes: { own: boolean; others: boolean }): Resource => ({
  type: 'Version',
  id: 'probe 1.0.0',
  organisation,
  attributes,
})
/** What an operation acts on, where it is not the organisation. */
const actsOn: Readonly<Record<string, Resource>> = {
  'evidence.export': ownCase,
  'case.set_tlp': ownCase,
  'case.set_pap': ownCase,
  'graph.entity': ownEntity,
  'graph.neighbours': ownEntity,
  'data.lookup': ownTable,
  'data.range': ownTable,
  'plugin.run': code({ trust: 'pinned', reviewed: true }),
  'run.submit': code({ trust: 'pinned', reviewed: true }),
  'run.replay': code({ trust: 'pinned', reviewed: true }),
  'plugin.uninstall': code({ trust: 'pinned', reviewed: true }),
  'plugin.release': held({ own: false, others: true }),
  'sandbox.resume': held({ own: false, others: true }),
  'plugin.review': version({ own: false, others: true }),
  'net.fetch': { type: 'Destination', id: 'api.example.org', organisation },
  'kv.get': ownValue,
  'kv.set': ownValue,
  'kv.delete': ownValue,
  'kv.list': ownValue,
}
const own: Resource = { type: 'Organisation', id: organisation, organisation }

interface Change {
  actor?: Partial<Actor>
  resource?: Resource
  context?: Partial<PolicyRequest['context']>
}
function decide(action: string, change: Change = {}) {
  return policy.decide({
    actor: { ...base, ...change.actor },
    action,
    resource: change.resource ?? actsOn[action] ?? own,
    context: {
      approved: false,
      region: 'local',
      level: 'development',
      holds: [],
      ...(change.actor?.via === undefined ? {} : { ceilings }),
      ...change.context,
    },
  })
}
const rulesOf = (action: string, change?: Change) => {
  const { effect, rules } = decide(action, change)
  return [effect, ...rules]
}
const as = (...roles: string[]): Change => ({ actor: { roles } })

test('each rule that permits does so for whom it names, and for nobody else', () => {
  const deny = ['forbid', 'default-deny']
  for (const [rule, action, permitted, forbidden] of [
    ['anyone-signs-in', 'session.create', { actor: { kind: 'nobody' } }, { actor: { kind: 'system' } }],
    ['user-keeps-own-credentials', 'token.create', {}, { actor: { kind: 'nobody' } }],
    ['user-sees-server', 'system.status', {}, { actor: { kind: 'nobody' } }],
    ['administrator-administers', 'plugin.install', as('administrator'), as('analyst')],
    ['analyst-investigates', 'plugin.run', as('analyst'), as('administrator')],
    ['reviewer-reviews', 'review.approve', as('reviewer'), as('analyst')],
    ['auditor-audits', 'user.list', as('auditor'), as('analyst')],
    ['finops-keeps-budgets', 'budget.set', as('finops'), as('auditor')],
    ['system-bootstraps', 'publisher.trust', { actor: { kind: 'system' } }, { actor: { kind: 'nobody' } }],
  ] satisfies [string, string, Change, Change][]) {
    assert.deepEqual(rulesOf(action, permitted), ['permit', rule])
    assert.deepEqual(rulesOf(action, forbidden), deny, rule)
  }
})

test('each rule that forbids does so over every permit, and only in its case', () => {
  const asPlugin = { roles: ['analyst'], via }
  const granted = { capability: 'read:graph', granted: true }
  const amber = { ...ownCase, tlp: 'AMBER' }
  /** A plugin asks outside, within all of its ceilings, and what it knows is marked so. */
  const outside = (marked: Via['marked']): Change => ({
    actor: { roles: ['analyst'], via: { ...via, marked } },
    context: {
      capability: 'net:api.example.org',
      granted: true,
      ceilings: { tlp: 'RED', pap: 'RED', licences: ['*'] },
    },
  })
  const marked = (as: Via['marked']) => ({
    actor: { roles: ['analyst'], via: { ...via, marked: as } },
    context: granted,
  })
  for (const [rule, action, forbidden, permitted] of [
    [
      'other-organisation',
      'graph.search',
      { ...as('analyst'), resource: { ...own, organisation: newId('org') } },
      as('analyst'),
    ],
    [
      'plugin-stays-in-its-case',
      'case.read',
      {
        actor: { roles: ['analyst'], via: { ...via, case: 'case_2' } },
        resource: ownCase,
        context: { capability: 'read:case', granted: true },
      },
      {
        actor: { roles: ['analyst'], via: { ...via, case: 'case_1' } },
        resource: ownCase,
        context: { capability: 'read:case', granted: true },
      },
    ],
    [
      'token-scope',
      'graph.search',
      { actor: { roles: ['analyst'], scopes: ['case.read'] } },
      { actor: { roles: ['analyst'], scopes: ['graph.search'] } },
    ],
    [
      'plugin-needs-grant',
      'graph.search',
      { actor: asPlugin, context: { ...granted, granted: false } },
      { actor: asPlugin, context: granted },
    ],
    ['plugin-reaches-capabilities-only', 'case.create', { actor: asPlugin }, as('analyst')],
    [
      'outside-under-a-grant-only',
      'net.fetch',
      { ...as('analyst'), context: { capability: 'net:api.example.org' } },
      { actor: asPlugin, context: { capability: 'net:api.example.org', granted: true } },
    ],
    [
      'outside-up-to-tlp-amber',
      'net.fetch',
      outside({ tlp: 'AMBER+STRICT', pap: 'CLEAR' }),
      outside({ tlp: 'AMBER', pap: 'CLEAR' }),
    ],
    [
      'outside-up-to-pap-amber',
      'net.fetch',
      outside({ tlp: 'CLEAR', pap: 'RED' }),
      outside({ tlp: 'CLEAR', pap: 'AMBER' }),
    ],
    [
      'export-of-amber-needs-approval',
      'evidence.export',
      { ...as('analyst'), resource: amber },
      as('analyst'),
    ],
    [
      'remarking-of-amber-needs-approval',
      'case.set_tlp',
      { ...as('analyst'), resource: amber },
      as('analyst'),
    ],
    [
      'repermitting-of-amber-needs-approval',
      'case.set_pap',
      { ...as('analyst'), resource: { ...ownCase, attributes: { pap: 'AMBER' } } },
      { ...as('analyst'), resource: amber },
    ],
    [
      'plugin-tlp-ceiling',
      'graph.entity',
      { actor: asPlugin, context: granted, resource: { ...ownEntity, tlp: 'AMBER' } },
      { actor: asPlugin, context: granted, resource: { ...ownEntity, tlp: 'GREEN' } },
    ],
    [
      'plugin-pap-ceiling',
      'kv.get',
      { actor: asPlugin, context: granted, resource: { ...ownValue, attributes: { pap: 'AMBER' } } },
      { actor: asPlugin, context: granted, resource: { ...ownValue, attributes: { pap: 'GREEN' } } },
    ],
    [
      'plugin-licence-ceiling',
      'data.lookup',
      { actor: asPlugin, context: granted, resource: { ...ownTable, attributes: { licence: 'GPL-3.0' } } },
      { actor: asPlugin, context: granted },
    ],
    [
      'run-tlp-ceiling',
      'graph.search',
      marked({ tlp: 'AMBER', pap: 'CLEAR' }),
      marked({ tlp: 'GREEN', pap: 'CLEAR' }),
    ],
    [
      'run-pap-ceiling',
      'graph.search',
      marked({ tlp: 'CLEAR', pap: 'AMBER' }),
      marked({ tlp: 'CLEAR', pap: 'GREEN' }),
    ],
    [
      'stopped-sandbox-does-nothing',
      'plugin.run',
      { ...as('analyst'), context: { holds: ['stopped'] } },
      as('analyst'),
    ],
    [
      'stopped-sandbox-does-nothing',
      'graph.search',
      { actor: asPlugin, context: { ...granted, holds: ['stopped'] } },
      { actor: asPlugin, context: granted },
    ],
    [
      'quarantined-package-does-nothing',
      'run.submit',
      { ...as('analyst'), context: { holds: ['quarantined'] } },
      as('analyst'),
    ],
    [
      'quarantined-package-does-nothing',
      'graph.search',
      { actor: asPlugin, context: { ...granted, holds: ['quarantined'] } },
      { actor: asPlugin, context: granted },
    ],
    [
      'quarantine-keeps-evidence',
      'plugin.uninstall',
      { ...as('administrator'), context: { holds: ['quarantined'] } },
      { ...as('administrator'), context: { holds: ['stopped'] } },
    ],
    [
      'second-person-lifts',
      'sandbox.resume',
      { ...as('administrator'), resource: held({ own: true, others: true }) },
      { ...as('administrator'), resource: held({ own: true, others: false }) },
    ],
    [
      'code-needs-its-level',
      'plugin.run',
      { ...as('analyst'), resource: code({ trust: 'verified', reviewed: false }) },
      as('analyst'),
    ],
    [
      'adder-reviews-only-alone',
      'plugin.review',
      { ...as('administrator'), resource: version({ own: true, others: true }) },
      { ...as('administrator'), resource: version({ own: true, others: false }) },
    ],
  ] satisfies [string, string, Change, Change][]) {
    assert.deepEqual(rulesOf(action, forbidden), ['forbid', rule])
    assert.equal(decide(action, permitted).effect, 'permit', rule)
  }
})

test('what no rule permits is forbidden: an unknown operation, an unknown role, no role', () => {
  const deny = ['forbid', 'default-deny']
  assert.deepEqual(rulesOf('graph.explode', as(...allRoles)), deny)
  assert.deepEqual(rulesOf('toString', as(...allRoles)), deny)
  assert.deepEqual(rulesOf('graph.search', as('Analyst')), deny)
  assert.deepEqual(rulesOf('graph.search'), deny)
})

test('a refusal by default says which roles may', () => {
  const decision = decide('budget.set', as('analyst'))
  assert.deepEqual(decision.reasons, [
    'No rule permits the role analyst to budget.set; administrator or finops may.',
  ])
  assert.deepEqual(decision.facts, { 'principal.roles': ['analyst'] })
})

test('a decision names its rules, a sentence each, and the facts they read', () => {
  const resource = { ...ownCase, tlp: 'RED', organisation: newId('org') }
  const decision = decide('evidence.export', { ...as('analyst'), resource })
  assert.deepEqual(decision.rules, ['export-of-amber-needs-approval', 'other-organisation'])
  assert.deepEqual(decision.reasons, [
    'Case case_1 is marked TLP:RED, and above TLP:GREEN an export needs an approval.',
    'Case case_1 belongs to another organisation.',
  ])
  assert.deepEqual(decision.facts, {
    'resource.tlp': 'RED',
    'context.approved': false,
    'principal.organisation': organisation,
    'resource.organisation': resource.organisation,
  })
  assert.match(decision.digest, /^sha256:[0-9a-f]{64}$/)
  assert.equal(decision.approval, undefined, 'an approval would not help')
})

test('a fact that is missing or mistyped is a no that names it', () => {
  const wrong = (action: string, change: Change) => {
    const { effect, rules, reasons } = decide(action, change)
    assert.deepEqual([effect, rules], ['forbid', ['facts-missing']])
    return reasons[0]
  }
  const { tlp: _, ...unmarked } = ownCase
  assert.match(wrong('evidence.export', { ...as('analyst'), resource: unmarked }) ?? '', /resource\.tlp/)
  assert.match(wrong('evidence.export', { ...as('analyst'), resource: own }) ?? '', /resource\.type/)
  // What the types forbid can still arrive at run time; that is what this stage is for.
  const broken = (value: unknown) => value as never
  assert.match(wrong('graph.search', { actor: { roles: broken('analyst') } }) ?? '', /principal\.roles/)
  assert.match(
    wrong('graph.search', { ...as('analyst'), context: { region: broken(undefined) } }) ?? '',
    /context\.region/,
  )
  assert.match(
    wrong('graph.search', { ...as('analyst'), context: { approved: broken('yes') } }) ?? '',
    /context\.approved/,
  )
  assert.match(
    wrong('graph.search', { ...as('analyst'), resource: { ...own, organisation: broken(1) } }) ?? '',
    /resource\.organisation/,
  )
  const asPlugin = {
    actor: { roles: ['analyst'], via },
    context: { capability: 'read:graph', granted: true },
  }
  for (const [change, fact] of [
    [{ ...asPlugin, context: { ...asPlugin.context, ceilings: broken(undefined) } }, /context\.tlpWithin/],
    [{ actor: { roles: ['analyst'], via: { ...via, marked: broken({ tlp: 'CLEAR' }) } } }, /context\.pap/],
    [{ ...asPlugin, resource: { ...ownEntity, tlp: broken(undefined) } }, /resource\.tlp/],
    [{ ...asPlugin, resource: { ...ownEntity, attributes: {} } }, /resource\.licence/],
    [{ ...asPlugin, resource: { ...ownEntity, attributes: { licence: 7 } } }, /resource\.licence/],
  ] satisfies [Change, RegExp][])
    assert.match(wrong('graph.entity', change) ?? '', fact)
  const ungranted = { actor: { roles: ['analyst'], via }, context: { capability: 'read:graph' } }
  assert.match(wrong('graph.search', ungranted) ?? '', /context\.granted/)
})

test('code runs at the level that its trust asks for, at a stronger one, and at no level that nobody foresaw', () => {
  const may = (trust: string, reviewed: boolean) =>
    ['none', 'development', 'reduced', 'full', 'Full', ''].filter((level) =>
      ['plugin.run', 'run.submit'].every(
        (action) =>
          decide(action, { ...as('analyst'), resource: code({ trust, reviewed }), context: { level } })
            .effect === 'permit',
      ),
    )
  assert.deepEqual(may('pinned', false), ['full'])
  assert.deepEqual(may('somebody says so', false), ['full'])
  for (const trust of ['verified', 'built_in']) assert.deepEqual(may(trust, false), ['reduced', 'full'])
  for (const trust of ['pinned', 'verified', 'built_in'])
    assert.deepEqual(may(trust, true), ['development', 'reduced', 'full'])
  const needed = (trust: string, reviewed: boolean) => policy.neededLevel({ trust, reviewed })
  assert.deepEqual(
    [needed('pinned', false), needed('verified', false), needed('pinned', true)],
    ['full', 'reduced', 'development'],
  )
})

test('code of which trust or review is unknown does not run, at any level', () => {
  const broken = (value: unknown) => value as never
  for (const attributes of [
    undefined,
    { trust: 'verified' },
    { reviewed: true },
    { trust: broken(undefined), reviewed: broken('yes') },
  ]) {
    const { rules } = decide('plugin.run', {
      ...as('analyst'),
      resource: code(attributes),
      context: { level: 'full' },
    })
    assert.deepEqual(rules, ['facts-missing'])
  }
  const unknown = { ...as('analyst'), context: { level: broken(undefined) } }
  assert.deepEqual(decide('plugin.run', unknown).rules, ['facts-missing'])
  const unheld = { ...as('analyst'), context: { holds: broken(undefined) } }
  assert.deepEqual(decide('plugin.run', unheld).rules, ['facts-missing'])
})

test('a marking nobody foresaw is bound, not free', () => {
  for (const tlp of ['AMBER', 'AMBER+STRICT', 'RED', 'amber', 'WHITE', ''])
    assert.equal(
      decide('evidence.export', { ...as('analyst'), resource: { ...ownCase, tlp } }).effect,
      'forbid',
      tlp,
    )
  for (const tlp of ['CLEAR', 'GREEN'])
    assert.equal(
      decide('evidence.export', { ...as('analyst'), resource: { ...ownCase, tlp } }).effect,
      'permit',
      tlp,
    )
})

test('approval is offered when it is all that is missing, and lifts what it was offered for', () => {
  const resource = { ...ownCase, tlp: 'AMBER' }
  const offered = { rule: 'export-of-amber-needs-approval', quorum: 1 }
  assert.deepEqual(decide('evidence.export', { ...as('analyst'), resource }).approval, offered)
  const approved = decide('evidence.export', { ...as('analyst'), resource, context: { approved: true } })
  assert.deepEqual([approved.effect, approved.approval], ['permit', undefined])

  const unpermitted = decide('evidence.export', { ...as('finops'), resource })
  assert.deepEqual([unpermitted.rules, unpermitted.approval], [['default-deny'], undefined])
  const bounded = decide('evidence.export', {
    actor: { roles: ['analyst'], scopes: ['case.read'] },
    resource,
  })
  assert.deepEqual([bounded.rules.includes('token-scope'), bounded.approval], [true, undefined])
})

test('a plugin has at most the rights of its user', () => {
  const context = { capability: 'read:graph', granted: true }
  const byRole = (roles: string[]) =>
    catalogue.filter(({ name }) => decide(name, { actor: { roles, via }, context }).effect === 'permit')
  for (const role of allRoles) {
    const asPerson = new Set(catalogue.filter(({ name }) => decide(name, as(role)).effect === 'permit'))
    for (const operation of byRole([role])) assert.ok(asPerson.has(operation), `${role} ${operation.name}`)
  }
  assert.deepEqual(
    byRole([]).filter(
      ({ name }) => !/^(session|user|token|system|policy|checkpoint)\.|^log\.consistency$/.test(name),
    ),
    [],
  )
})

test('mayEver says what a token may be made for: roles and scopes count, markings do not', () => {
  const analyst = { ...base, roles: ['analyst'] }
  assert.equal(policy.mayEver(analyst, 'evidence.export'), true)
  assert.equal(policy.mayEver(analyst, 'budget.set'), false)
  assert.equal(policy.mayEver(analyst, 'graph.explode'), false)
  assert.equal(policy.mayEver({ ...analyst, scopes: ['case.read'] }, 'case.read'), true)
  assert.equal(policy.mayEver({ ...analyst, scopes: ['case.read'] }, 'evidence.export'), false)
})

test('every operation of the catalogue is in the schema and somebody may perform it', () => {
  const everybody = { ...base, roles: allRoles }
  const nobodyMay = catalogue.filter(({ name }) => !policy.mayEver(everybody, name)).map(({ name }) => name)
  assert.deepEqual(nobodyMay, [])
})

test('who may do what is as reviewed', (t) => {
  const columns: [string, Change][] = [
    ['nobody', { actor: { kind: 'nobody' } }],
    ['system', { actor: { kind: 'system' } }],
    ['no role', {}],
    ...allRoles.map((role): [string, Change] => [role, as(role)]),
  ]
  const lines = catalogue.map(({ name }) => {
    const may = columns
      .filter(([, change]) => decide(name, change).effect === 'permit')
      .map(([column]) => column)
    return `${name.padEnd(20)} ${may.includes('no role') ? ['everyone', ...may.filter((who) => who === 'nobody' || who === 'system')].join(', ') : may.join(', ')}`
  })
  t.assert.fileSnapshot(`${lines.join('\n')}\n`, `${import.meta.dirname}/who-may-what.snapshot.txt`, {
    serializers: [(text: string) => text],
  })
})
