import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import type { People, TestServer } from '../../../../tests/support/test-server.ts'
import { dataPackage } from '../../../../tests/support/test-package.ts'
import type { SandboxLevel } from '../sandbox/index.ts'

const serverAt = (t: TestContext, level: SandboxLevel, mend?: string): Promise<TestServer> =>
  createTestServer(t, { claims: { level, ...(mend === undefined ? {} : { mend }) } })

async function unreviewed(s: TestServer, who: People = s.a): Promise<string> {
  const { name } = await s.add(who, { code: 'return 7' })
  await s.value(who.admin, 'plugin.install', { id: name })
  return name
}

test('code that nobody reviewed runs at full only; the refusal says both ways out, for runs and jobs', async (t) => {
  const s = await serverAt(t, 'development', 'apt-get install bubblewrap')
  const id = await unreviewed(s)
  for (const operation of ['plugin.run', 'run.submit']) {
    const denial = await s.denial(s.a.analyst, operation, { id })
    assert.deepEqual(
      [denial.code, denial.params],
      [
        'sandbox_level_insufficient',
        {
          package: id,
          version: '1.0.0',
          reached: 'development',
          needed: 'full',
          mend: 'apt-get install bubblewrap',
        },
      ],
    )
    assert.match(
      denial.change,
      /apt-get install bubblewrap.*switchboard plugin review probe --version 1\.0\.0/,
    )
    const [receipt] = await s.receipts({ operation })
    assert.deepEqual(
      [receipt?.decision, receipt?.parts['policy']?.['rules']],
      ['denied', ['code-needs-its-level']],
    )
  }
  await s.value(s.a.reviewer, 'plugin.review', { id, note: 'twelve lines, all read' })
  const run = await s.value(s.a.analyst, 'plugin.run', { id })
  assert.equal(run.result, 7)
})

test('a verified publisher lifts its packages to reduced, from the next run on, and no further', async (t) => {
  const s = await serverAt(t, 'reduced')
  const id = await unreviewed(s)
  assert.equal((await s.denial(s.a.analyst, 'plugin.run', { id })).code, 'sandbox_level_insufficient')
  assert.equal(
    (await s.denial(s.a.reviewer, 'publisher.verify', { publisher: 'Test publisher', note: 'x' })).code,
    'policy_denied',
  )
  const verified = await s.value(s.a.admin, 'publisher.verify', {
    publisher: 'Test publisher',
    note: 'we know them',
  })
  assert.equal(verified.trust, 'verified')
  assert.equal((await s.value(s.a.analyst, 'plugin.run', { id })).ok, true)
  const { package: seen, reachedLevel } = await s.value(s.a.analyst, 'plugin.detail', { id })
  assert.deepEqual(
    [seen.trust, seen.reviewed, seen.neededLevel, reachedLevel],
    ['verified', false, 'reduced', 'reduced'],
  )
  // Another organisation has the same publisher pinned and vouches for nobody.
  const theirs = await unreviewed(s, s.b)
  assert.equal((await s.denial(s.b.analyst, 'plugin.run', { id: theirs })).params['needed'], 'full')

  await s.value(s.a.admin, 'publisher.unverify', { publisher: 'Test publisher', note: 'we knew them' })
  assert.equal((await s.denial(s.a.analyst, 'plugin.run', { id })).code, 'sandbox_level_insufficient')
  for (const operation of ['publisher.verify', 'publisher.unverify'])
    assert.equal(
      (await s.denial(s.a.admin, operation, { publisher: 'Nobody', note: 'x' })).code,
      'publisher_unknown',
    )
})

test('a review is of one content: another version, or other bytes of the same version, have none', async (t) => {
  const s = await serverAt(t, 'development')
  const first = await s.add(s.a, { code: 'return 1' })
  const second = await s.add(s.a, { version: '2.0.0', code: 'return 2' })
  const read = { id: 'probe', version: '1.0.0', note: 'read' }
  const denial = await s.denial(s.a.reviewer, 'plugin.review', { ...read, digest: second.digest })
  assert.deepEqual([denial.code, denial.params['digest']], ['review_digest_differs', first.digest])
  await s.value(s.a.reviewer, 'plugin.review', { ...read, digest: first.digest })
  const of = async (version: string) =>
    (await s.value(s.a.analyst, 'plugin.detail', { id: 'probe', version })).review?.digest
  assert.deepEqual([await of('1.0.0'), await of('2.0.0')], [first.digest, undefined])
  assert.deepEqual(
    (await s.value(s.a.analyst, 'plugin.list', {})).rows.map(({ version, reviewed }) => [version, reviewed]),
    [['2.0.0', false]],
  )
  await s.value(s.a.admin, 'plugin.install', { id: 'probe', version: '2.0.0' })
  assert.equal((await s.denial(s.a.analyst, 'plugin.run', { id: 'probe' })).params['version'], '2.0.0')

  // Taken off the shelf and put there again with other content, the version comes back without its review.
  await s.value(s.a.admin, 'plugin.uninstall', { id: 'probe', forget: true })
  await s.add(s.a, { code: 'return "other"' })
  assert.equal(await of('1.0.0'), undefined)
})

test('whoever added a version reviews it only where nobody else could', async (t) => {
  const s = await serverAt(t, 'development')
  await s.add(s.a, { code: 'return 1' })
  const own = await s.denial(s.a.admin, 'plugin.review', { id: 'probe', note: 'mine, so it is good' })
  assert.deepEqual([own.code, own.params['rules']], ['policy_denied', ['adder-reviews-only-alone']])
  assert.match(own.message, /Whoever added probe 1\.0\.0 does not review it/)
  for (const who of [s.a.analyst, s.a.auditor, s.a.finops])
    assert.equal(
      (await s.denial(who, 'plugin.review', { id: 'probe', note: 'x' })).params['rules']?.toString(),
      'default-deny',
    )
  // Nobody else is left who could.
  await s.value(s.a.admin, 'user.deactivate', { id: s.a.reviewer.user })
  const alone = await s.value(s.a.admin, 'plugin.review', { id: 'probe', note: 'nobody else is here' })
  assert.equal(alone.by, 'admin')
})

test('a review is taken back for the runs to come, and what has none or is no code is told so', async (t) => {
  const s = await serverAt(t, 'development')
  const id = await s.install(s.a, { code: 'return 1' })
  assert.equal((await s.value(s.a.analyst, 'plugin.run', { id })).ok, true)
  const back = await s.value(s.a.admin, 'plugin.unreview', { id, note: 'I overlooked line 3' })
  assert.equal(back.neededLevel, 'full')
  assert.equal((await s.denial(s.a.analyst, 'plugin.run', { id })).code, 'sandbox_level_insufficient')
  assert.equal((await s.denial(s.a.admin, 'plugin.unreview', { id, note: 'x' })).code, 'not_reviewed')
  const table = await dataPackage({
    name: 'ports',
    csv: 'port\n22\n',
    columns: [{ name: 'port', type: 'integer' }],
    key: { kind: 'exact', column: 'port' },
  })
  assert.equal((await s.add(s.a, table)).neededLevel, 'none')
  assert.equal(
    (await s.denial(s.a.reviewer, 'plugin.review', { id: 'ports', note: 'x' })).code,
    'kind_mismatch',
  )
  assert.equal(
    (await s.denial(s.a.reviewer, 'plugin.review', { id: 'nothing', note: 'x' })).code,
    'package_unknown',
  )
})

test('a run that was queued while its code was reviewed does not start when the review has gone', async (t) => {
  const s = await serverAt(t, 'development')
  const slow = await s.install(s.a, { name: 'slow', code: 'await api.sleep(4_000); return 1' })
  const id = await s.install(s.a, { code: 'return 1' })
  const first = await s.value(s.a.analyst, 'run.submit', { id: slow })
  const { runId } = await s.value(s.a.analyst, 'run.submit', { id })
  await s.value(s.a.admin, 'plugin.unreview', { id, note: 'doubt' })
  await s.value(s.a.analyst, 'run.cancel', { id: first.runId })
  const stateOf = async (run: string) => (await s.value(s.a.analyst, 'run.detail', { id: run })).run.state
  while (['queued', 'running'].includes(await stateOf(runId)))
    await new Promise((resolve) => setTimeout(resolve, 20))
  const { run, denial } = await s.value(s.a.analyst, 'run.detail', { id: runId })
  assert.deepEqual([run.state, (denial as { code: string }).code], ['denied', 'sandbox_level_insufficient'])
})

test('a review that goes between the decision and the start leaves nothing to start, neither a run nor a replay', async (t) => {
  const s = await serverAt(t, 'development')
  const id = await s.install(s.a, { code: 'return 1' })
  const { runId } = await s.value(s.a.analyst, 'plugin.run', { id })
  for (const [operation, input] of [
    ['plugin.run', { id }],
    ['run.replay', { id: runId }],
  ] as const) {
    await s.reopen({
      stages: {
        // In the transaction of the intent, which comes after the decision.
        async approve(passage, tx) {
          if (passage.spec.name === operation) await tx?.deleteFrom('code_reviews').execute()
          return undefined
        },
      },
    })
    await assert.rejects(s.ask(s.a.analyst, operation, input), { code: 'code_changed', retryable: true })
    await s.reopen()
    await s.edit((tx) => tx.deleteFrom('code_reviews').execute())
    assert.equal((await s.denial(s.a.analyst, operation, input)).code, 'sandbox_level_insufficient')
    await s.review(s.a, id, '1.0.0')
    assert.equal((await s.ask(s.a.analyst, operation, input)).outcome.ok, true)
  }
})

test('unreviewed code of one publisher shares no process with its other code', async (t) => {
  const domains: string[] = []
  const s = await createTestServer(t, {
    claims: { level: 'full' },
    onSandboxRun: (request) => domains.push(request.trustDomain),
  })
  for (const [name, reviewed] of [
    ['one', false],
    ['two', true],
    ['three', true],
    ['four', false],
  ] as const) {
    const { version } = await s.add(s.a, { name, code: 'return 1' })
    if (reviewed) await s.review(s.a, name, version)
    await s.value(s.a.admin, 'plugin.install', { id: name })
    await s.value(s.a.analyst, 'plugin.run', { id: name })
  }
  const [one, two, three, four] = domains
  assert.equal(new Set([one, two, three, four]).size, 3)
  assert.equal(two, three)
})

test('machine code is given to reviewed code that asks for it, and to no other', async (t) => {
  const given: [string, boolean | undefined][] = []
  let name = ''
  const s = await createTestServer(t, {
    claims: { level: 'full' },
    onSandboxRun: (request) => given.push([name, request.jit]),
  })
  for (const [asks, reviewed] of [
    [true, true],
    [true, false],
    [false, true],
  ] as const) {
    name = `jit-${asks}-${reviewed}`
    const manifest = asks ? { jit: true } : {}
    const { version } = await s.add(s.a, { name, manifest, code: 'return 1' })
    if (reviewed) await s.review(s.a, name, version)
    await s.value(s.a.admin, 'plugin.install', { id: name })
    await s.value(s.a.analyst, 'plugin.run', { id: name })
  }
  assert.deepEqual(given, [
    ['jit-true-true', true],
    ['jit-true-false', false],
    ['jit-false-true', false],
  ])
})
