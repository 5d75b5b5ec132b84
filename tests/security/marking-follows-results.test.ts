import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createTestServer } from '../support/test-server.ts'

test('what a run on a marked case quoted stays bound by its marking, into whatever case it was accepted', async (t) => {
  const s = await createTestServer(t)
  const { analyst } = s.a
  const code =
    'const found = await api.cases.read({ id: args.case }); return { entities: [{ key: "k", type: "t", name: found.notes[0].text }] }'
  const id = await s.install(s.a, { name: 'quoter', code, manifest: { capabilities: { cases: ['read'] } } }, [
    'read:case',
  ])
  const red = await s.value(analyst, 'case.create', { title: 'red', tlp: 'RED', note: 'not for everybody' })
  const clear = await s.value(analyst, 'case.create', { title: 'clear', tlp: 'CLEAR' })
  const run = await s.value(analyst, 'plugin.run', { id, case: red.id })
  assert.ok((await s.ask(analyst, 'evidence.export', { case: clear.id })).outcome.ok)

  // A period that begins after the run holds its acceptance, and with it the result.
  await pause(5)
  const from = s.clock()
  await s.value(analyst, 'run.accept', { id: run.runId, case: clear.id })
  for (const scope of [{ case: clear.id }, { from }]) {
    const denial = await s.denial(analyst, 'evidence.export', scope)
    assert.equal(denial.code, 'approval_required', JSON.stringify(scope))
  }
  const other = await s.value(analyst, 'case.create', { title: 'other', tlp: 'CLEAR' })
  assert.ok((await s.ask(analyst, 'evidence.export', { case: other.id })).outcome.ok)
})
