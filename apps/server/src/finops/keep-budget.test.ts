import assert from 'node:assert/strict'
import { performDirectly } from '../../../../tests/support/perform-directly.ts'
import { onEachStore } from '../../../../tests/support/stores.ts'
import type { Actor } from '../kernel/handler.ts'
import { newId } from '../kernel/ids.ts'
import { createFinops, finopsMigrations } from './index.ts'

const march = Date.UTC(2026, 2, 15)
const april = Date.UTC(2026, 3, 1)
const actor: Actor = {
  organisation: 'org_a',
  user: 'usr_a',
  name: 'fin',
  roles: ['finops'],
  demo: false,
  kind: 'user',
}

onEachStore(
  'a budget that was set holds for the months after it, and what is spent stays spent',
  finopsMigrations,
  async (database) => {
    const finops = createFinops({ defaultLimitMicros: 1_000n })
    const ask = (operation: string, input: unknown, at: number) =>
      performDirectly(database, { registrations: finops.registrations, operation, actor, input, at })
    const amounts = async (at: number) => {
      const answer = await ask('budget.read', {}, at)
      assert.ok(answer.ok)
      const { limitMicros, spentMicros, leftMicros } = answer.value as Record<string, string>
      return [limitMicros, spentMicros, leftMicros]
    }
    assert.deepEqual(await amounts(march), ['1000', '0', '1000'])
    const reservation = newId('rct')
    await database.writer.transact({ by: 'gate', operation: 'test' }, async (tx) => {
      await finops.reserve(tx, { id: reservation, organisation: 'org_a', micros: 800n, at: march })
      const use = {
        runs: 1,
        calls: 0,
        rows: 0,
        cpuMicros: 0,
        organisation: 'org_a',
        user: 'usr_a',
        at: march,
      }
      await finops.settle(tx, { ...use, reservation, micros: 700n, final: true })
    })
    await ask('budget.set', { limitMicros: '500' }, march)
    assert.deepEqual(await amounts(march), ['500', '700', '0'])
    assert.deepEqual(await amounts(april), ['500', '0', '500'])
    const past = await ask('budget.read', { month: '2026-03' }, april)
    assert.ok(past.ok)
    assert.equal((past.value as Record<string, string>)['spentMicros'], '700')
  },
)

onEachStore('usage is shown by package, by user and in one sum', finopsMigrations, async (database) => {
  const finops = createFinops()
  const use = {
    organisation: 'org_a',
    at: march,
    runs: 1,
    calls: 2,
    rows: 3,
    cpuMicros: 4,
    micros: 10n,
    final: true,
  }
  await database.writer.transact({ by: 'gate', operation: 'test' }, async (tx) => {
    await finops.settle(tx, { ...use, user: 'usr_a', package: 'one' })
    await finops.settle(tx, { ...use, user: 'usr_b', package: 'one' })
    await finops.settle(tx, { ...use, user: 'usr_b', package: 'two' })
    await finops.settle(tx, { ...use, organisation: 'org_b', user: 'usr_c', package: 'one' })
  })
  const rows = async (by: string) => {
    const asked = {
      registrations: finops.registrations,
      operation: 'usage.read',
      actor,
      input: { by },
      at: march,
    }
    const answer = await performDirectly(database, asked)
    assert.ok(answer.ok)
    return (answer.value as { rows: unknown[] }).rows
  }
  const once = { runs: 1, calls: 2, rows: 3, cpuMicros: 4, costMicros: '10', perRun: null }
  const twice = { runs: 2, calls: 4, rows: 6, cpuMicros: 8, costMicros: '20', perRun: null }
  assert.deepEqual(await rows('package'), [
    { key: 'one', name: 'one', ...twice },
    { key: 'two', name: 'two', ...once },
  ])
  assert.deepEqual(await rows('user'), [
    { key: 'usr_b', name: 'usr_b', ...twice },
    { key: 'usr_a', name: 'usr_a', ...once },
  ])
  const sum = { runs: 3, calls: 6, rows: 9, cpuMicros: 12, costMicros: '30', perRun: null }
  const all = { key: 'org_a', name: 'org_a', ...sum }
  assert.deepEqual(await rows('organisation'), [all])
})
