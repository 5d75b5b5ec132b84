import assert from 'node:assert/strict'
import { performDirectly } from '../../../../tests/support/perform-directly.ts'
import { onEachStore } from '../../../../tests/support/stores.ts'
import type { Database } from '../kernel/db/index.ts'
import { newId } from '../kernel/ids.ts'
import { createIdentity, identityMigrations } from './index.ts'
import type { User } from './index.ts'

const at = Date.UTC(2026, 2, 15)

async function twoOrganisations(database: Database) {
  const identity = createIdentity({ database, clock: () => at, mayEver: () => true })
  const [ada, eve] = await database.writer.transact({ by: 'bootstrap' }, async (tx) => {
    const acme = await identity.ensureOrganisation(tx, { name: 'Acme', demo: false })
    const other = await identity.ensureOrganisation(tx, { name: 'Other', demo: true })
    return [
      await identity.ensureUser(tx, {
        organisation: acme,
        name: 'ada',
        roles: ['administrator'],
        demo: false,
      }),
      await identity.ensureUser(tx, {
        organisation: other,
        name: 'eve',
        roles: ['administrator'],
        demo: true,
      }),
    ]
  })
  const { id: user, active: _, ...rest } = ada
  const actor = { ...rest, user, kind: 'user' } as const
  const perform = (operation: string, input: unknown) =>
    performDirectly(database, { registrations: identity.registrations, operation, actor, input, at })
  return { identity, ada, eve, perform }
}

onEachStore(
  'an invitation adds a user, and repeating it only renews the link',
  identityMigrations,
  async (database) => {
    const { perform } = await twoOrganisations(database)
    const invite = { name: 'rea', roles: ['reviewer', 'auditor'] }
    const first = await perform('user.invite', invite)
    const again = await perform('user.invite', { ...invite, roles: ['auditor', 'reviewer'] })
    assert.ok(first.ok && again.ok)
    const [a, b] = [first.value, again.value] as { user: User; secret: string }[]
    assert.equal(a?.user.id, b?.user.id)
    assert.notEqual(a?.secret, b?.secret)
    const otherRoles = await perform('user.invite', { name: 'rea', roles: ['administrator'] })
    assert.deepEqual(!otherRoles.ok && [otherRoles.denial.code, otherRoles.denial.params], [
      'user_exists',
      { name: 'rea' },
    ])
    await perform('user.deactivate', { id: a?.user.id })
    const woken = await perform('user.invite', invite)
    assert.deepEqual(!woken.ok && woken.denial.code, 'user_exists')
  },
)

onEachStore(
  'users of another organisation are neither listed nor found',
  identityMigrations,
  async (database) => {
    const { eve, perform } = await twoOrganisations(database)
    const listed = await perform('user.list', {})
    assert.ok(listed.ok)
    assert.deepEqual(
      (listed.value as { rows: User[] }).rows.map((user) => user.name),
      ['ada'],
    )
    for (const id of [eve.id, newId('usr')]) {
      const answer = await perform('user.deactivate', { id })
      assert.deepEqual(!answer.ok && [answer.denial.code, answer.denial.params], [
        'user_unknown',
        { user: id },
      ])
    }
  },
)

onEachStore(
  'what is ensured twice is there once, and an organisation is removed whole',
  identityMigrations,
  async (database) => {
    const { identity, ada, eve } = await twoOrganisations(database)
    await database.writer.transact({ by: 'bootstrap' }, async (tx) => {
      assert.equal(await identity.ensureOrganisation(tx, { name: 'Acme', demo: false }), ada.organisation)
      const again = { organisation: ada.organisation, name: 'ada', roles: ['finops'] as const, demo: false }
      assert.deepEqual(
        await identity.ensureUser(tx, again),
        ada,
        'one who is there keeps the roles they have',
      )
      await identity.issueSignInLink(tx, eve)
      const removed = await identity.removeOrganisation(tx, eve.organisation)
      assert.deepEqual(removed, [
        { what: 'users', count: 1 },
        { what: 'sessions', count: 0 },
        { what: 'tokens', count: 0 },
      ])
    })
    assert.equal(await identity.isActive(database.read, eve.organisation, eve.id), false)
    assert.equal(await identity.isActive(database.read, ada.organisation, ada.id), true)
  },
)
