import assert from 'node:assert/strict'
import { performDirectly } from '../../../../tests/support/perform-directly.ts'
import { onEachStore } from '../../../../tests/support/stores.ts'
import type { Database } from '../kernel/db/index.ts'
import { createIdentity, identityMigrations } from './index.ts'
import type { Credential, User } from './index.ts'

const start = Date.UTC(2026, 2, 15)
const minute = 60_000
const hour = 60 * minute

async function organisation(database: Database) {
  const identity = createIdentity({
    database,
    clock: () => start,
    mayEver: (_, operation) => operation !== 'budget.set',
  })
  const { registrations, nobody } = identity
  const [ana, secret] = await database.writer.transact({ by: 'bootstrap' }, async (tx) => {
    const id = await identity.ensureOrganisation(tx, { name: 'Acme', demo: false })
    const user = await identity.ensureUser(tx, {
      organisation: id,
      name: 'ana',
      roles: ['analyst'],
      demo: false,
    })
    return [user, (await identity.issueSignInLink(tx, user)).secret]
  })
  const perform = (operation: string, input: unknown, actor = nobody, at = start) =>
    performDirectly(database, { registrations, operation, actor, input, at })
  const who = async (credential: Credential, at = start) => {
    const answer = await identity.authenticate(credential, at)
    return answer.ok ? answer.value : answer.denial.params.reason
  }
  const signIn = async (link: string): Promise<Credential & { kind: 'session' }> => {
    const answer = await perform('session.create', { secret: link })
    assert.ok(answer.ok)
    return { kind: 'session', secret: (answer.value as { session: string }).session }
  }
  return { identity, ana, secret, perform, who, signIn }
}

onEachStore(
  'a session acts as its user for twelve hours and not after its end',
  identityMigrations,
  async (database) => {
    const { ana, secret, perform, who, signIn } = await organisation(database)
    const session = await signIn(secret)
    const actor = await who(session)
    assert.ok(typeof actor === 'object')
    const { credential, ...rest } = actor
    assert.equal(credential?.kind, 'session')
    const expected = {
      organisation: ana.organisation,
      user: ana.id,
      name: 'ana',
      roles: ['analyst'],
      demo: false,
    }
    assert.deepEqual(rest, { ...expected, kind: 'user' })
    assert.equal(typeof (await who(session, start + 12 * hour - 1)), 'object')
    assert.equal(await who(session, start + 12 * hour), 'expired')
    assert.deepEqual(await perform('session.end', {}, actor), { ok: true, value: { ended: true } })
    assert.equal(await who(session), 'revoked')
  },
)

onEachStore(
  'a sign-in link works once and for fifteen minutes, also when many try at once',
  identityMigrations,
  async (database) => {
    const { identity, ana, secret, perform } = await organisation(database)
    const tries = await Promise.all([1, 2, 3, 4].map(() => perform('session.create', { secret })))
    assert.equal(tries.filter((answer) => answer.ok).length, 1)
    const reasons = tries.flatMap((answer) => (answer.ok ? [] : [answer.denial.params['reason']]))
    assert.deepEqual(reasons, ['used', 'used', 'used'])
    const late = await database.writer.transact({ by: 'bootstrap' }, (tx) =>
      identity.issueSignInLink(tx, ana),
    )
    const refused = await perform('session.create', { secret: late.secret }, undefined, start + 15 * minute)
    assert.deepEqual(!refused.ok && refused.denial.params, { reason: 'expired' })
    for (const unknown of ['x'.repeat(43), 'x'.repeat(5000)]) {
      const answer = await perform('session.create', { secret: unknown })
      assert.deepEqual(!answer.ok && [answer.denial.code, answer.denial.params], [
        'sign_in_refused',
        { reason: 'unknown' },
      ])
    }
  },
)

onEachStore(
  'a token carries its scopes until it is revoked or runs out',
  identityMigrations,
  async (database) => {
    const { identity, secret, perform, who, signIn } = await organisation(database)
    const ana = await who(await signIn(secret))
    assert.ok(typeof ana === 'object')
    const create = async (input: unknown, actor = ana) => {
      const answer = await perform('token.create', input, actor)
      assert.ok(answer.ok)
      return answer.value as { id: string; secret: string; expiresAt: number }
    }
    const token = await create({ name: 'ci', scopes: ['case.read'], hours: 2 })
    assert.match(token.secret, /^swb_[A-Za-z0-9_-]{43}$/)
    const credential = { kind: 'token', secret: token.secret } as const
    const actor = await who(credential)
    assert.ok(typeof actor === 'object')
    assert.deepEqual([actor.scopes, actor.credential], [['case.read'], { kind: 'token', id: token.id }])
    assert.equal(await who(credential, start + 2 * hour), 'expired')
    assert.equal(await who({ kind: 'session', secret: token.secret }), 'unknown', 'a token is no session')

    const child = await create({ name: 'child', scopes: ['case.read'], hours: 100 }, actor)
    assert.equal(child.expiresAt, token.expiresAt, 'a token of a token dies with it')
    const wide = await create({ name: 'all', scopes: ['*'] })
    const everything = await who({ kind: 'token', secret: wide.secret })
    assert.ok(typeof everything === 'object')
    assert.equal(everything.scopes, undefined)

    await perform('token.revoke', { id: token.id }, ana)
    assert.equal(await who(credential), 'revoked')
    const listed = await perform('token.list', {}, ana)
    assert.ok(listed.ok)
    const { rows } = listed.value as { rows: { name: string; revoked: boolean }[] }
    assert.deepEqual(
      rows.map(({ name, revoked }) => [name, revoked]),
      [
        ['all', false],
        ['child', false],
        ['ci', true],
      ],
    )
    assert.ok(!JSON.stringify(rows).includes('swb_'))
    assert.equal(await who({ kind: 'none' }), identity.nobody)
  },
)

onEachStore(
  'a token cannot be wider than its maker, and another user’s token is not found',
  identityMigrations,
  async (database) => {
    const { identity, ana, secret, perform, who, signIn } = await organisation(database)
    const actor = await who(await signIn(secret))
    assert.ok(typeof actor === 'object')
    const refused = async (scopes: string[], as = actor) => {
      const answer = await perform('token.create', { name: 't', scopes }, as)
      return !answer.ok && [answer.denial.code, answer.denial.params]
    }
    assert.deepEqual(await refused(['case.read', 'budget.set']), ['scope_too_wide', { scope: 'budget.set' }])
    const bounded = { ...actor, scopes: ['case.read', 'token.create'] }
    assert.deepEqual(await refused(['*'], bounded), ['scope_too_wide', { scope: '*' }])

    const made = await perform('token.create', { name: 't', scopes: ['case.read'] }, actor)
    assert.ok(made.ok)
    const { id } = made.value as { id: string }
    const ben = await database.writer.transact({ by: 'bootstrap' }, (tx) =>
      identity.ensureUser(tx, {
        organisation: ana.organisation,
        name: 'ben',
        roles: ['analyst'],
        demo: false,
      }),
    )
    const denied = await perform('token.revoke', { id }, { ...actor, user: ben.id, name: 'ben' })
    assert.deepEqual(!denied.ok && denied.denial.code, 'token_unknown')
  },
)

onEachStore(
  'deactivating a user ends all they could act with, at once',
  identityMigrations,
  async (database) => {
    const { identity, ana, secret, perform, who, signIn } = await organisation(database)
    const session = await signIn(secret)
    const actor = await who(session)
    assert.ok(typeof actor === 'object')
    const link = await database.writer.transact({ by: 'bootstrap' }, (tx) =>
      identity.issueSignInLink(tx, ana),
    )
    const answer = await perform('user.deactivate', { id: ana.id }, actor)
    assert.deepEqual(answer.ok && (answer.value as User).active, false)
    assert.equal(await who(session), 'deactivated')
    const refused = await perform('session.create', { secret: link.secret })
    assert.deepEqual(!refused.ok && refused.denial.params, { reason: 'used' })
    const later = await identity.actorOf(ana.organisation, ana.id)
    assert.deepEqual(!later.ok && later.denial.params, { reason: 'deactivated' })
    assert.equal(await identity.isActive(database.read, ana.organisation, ana.id), false)
  },
)

onEachStore('no secret is in the store', identityMigrations, async (database) => {
  const { ana, secret, perform, who, signIn } = await organisation(database)
  const session = await signIn(secret)
  const actor = await who(session)
  assert.ok(typeof actor === 'object')
  const token = await perform('token.create', { name: 't', scopes: ['case.read'] }, actor)
  assert.ok(token.ok)
  const tables = ['identity_sessions', 'identity_tokens', 'identity_sign_in_links', 'identity_users'] as const
  const rows = await Promise.all(tables.map((table) => database.read.selectFrom(table).selectAll().execute()))
  const stored = JSON.stringify(rows)
  assert.ok(stored.includes(ana.id))
  for (const one of [secret, session.secret, (token.value as { secret: string }).secret])
    assert.ok(!stored.includes(one))
})
