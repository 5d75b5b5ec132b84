import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSandbox } from '../../apps/server/src/sandbox/index.ts'
import type { JailSettings } from '../../apps/server/src/sandbox/index.ts'
import { createTestServer } from '../support/test-server.ts'

const cases: readonly (readonly [string, JailSettings, string])[] = [
  ['user namespaces', { level: 'auto', without: ['namespaces'] }, 'reduced'],
  ['cgroups', { level: 'auto', without: ['cgroup'] }, 'reduced'],
  ['bubblewrap', { level: 'auto', bwrapPath: null }, 'reduced'],
  ['seccomp', { level: 'auto', without: ['seccomp'], bwrapPath: null }, 'development'],
]

/** From the jail that really started to the answer that an analyst gets. */
async function runUnreviewed(t: Parameters<typeof createTestServer>[0], jail: JailSettings) {
  const sandbox = await createSandbox({ poolSize: 1, jail })
  t.after(() => sandbox.close())
  const s = await createTestServer(t, { sandbox })
  const { name } = await s.add(s.a, { code: 'return 7' })
  await s.value(s.a.admin, 'plugin.install', { id: name })
  const { outcome } = await s.ask(s.a.analyst, 'plugin.run', { id: name })
  const { rows } = await s.value(s.a.analyst, 'run.list', {})
  return { sandbox, outcome, runs: rows.length }
}

for (const [layer, jail, level] of cases) {
  test(
    `without ${layer} unreviewed code does not run, and the refusal has the line that mends it`,
    { skip: process.platform !== 'linux' && 'the jail is made of what Linux has' },
    async (t) => {
      const { sandbox, outcome, runs } = await runUnreviewed(t, jail)
      assert.equal(sandbox.level, level)
      assert.ok(!outcome.ok, 'it ran')
      assert.equal(outcome.denial.code, 'sandbox_level_insufficient')
      assert.ok(sandbox.mend !== undefined && outcome.denial.change.includes(sandbox.mend))
      assert.equal(runs, 0)
    },
  )
}

test('with every layer it runs', async (t) => {
  const sandbox = await createSandbox({ poolSize: 1, jail: { level: 'auto' } })
  await sandbox.close()
  if (sandbox.level !== 'full') return t.skip(`full is not reached here: ${sandbox.mend}`)
  const { outcome } = await runUnreviewed(t, { level: 'full' })
  assert.deepEqual(outcome.ok && (outcome.value as { result: unknown }).result, 7)
})
