import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeCrypto } from '../node-crypto.ts'
import { rulesByCheck } from '../rules.ts'
import type { Rule } from '../rules.ts'
import { approvals } from '../testing/wrong-bundles/approvals.ts'
import { exportsAndProofs } from '../testing/wrong-bundles/exports-and-proofs.ts'
import { files } from '../testing/wrong-bundles/files.ts'
import { groups } from '../testing/wrong-bundles/groups.ts'
import { keys } from '../testing/wrong-bundles/keys.ts'
import { manifests } from '../testing/wrong-bundles/manifests.ts'
import { statements } from '../testing/wrong-bundles/statements.ts'
import { good } from '../testing/wrong-bundles/wrong.ts'
import type { Trust } from '../trust.ts'
import { verifyBundle } from '../verify-bundle.ts'

async function redRules(bytes: Uint8Array, given: Trust = good.trust): Promise<readonly Rule[]> {
  const report = await verifyBundle(bytes, given, nodeCrypto)
  const red = report.findings.filter((finding) => finding.severity === 'red')
  assert.equal(report.ok, red.length === 0)
  return [...new Set(red.map(({ rule }) => rule))]
}

const table = [...files, ...groups, ...manifests, ...exportsAndProofs, ...keys, ...statements, ...approvals]

for (const { what, make, rules, includes } of table) {
  test(`${what} is red`, async () => {
    const produced = make()
    const [bytes, trust] = produced instanceof Uint8Array ? [produced, good.trust] : produced
    const red = await redRules(bytes, trust)
    if (rules !== undefined) assert.deepEqual(red, rules)
    if (includes !== undefined) assert.ok(red.includes(includes), red.join() || 'green')
  })
}

test('every rule that version 2 has of its own is provoked here', () => {
  const provoked = new Set(
    table.flatMap(({ rules = [], includes }) => [...rules, ...(includes === undefined ? [] : [includes])]),
  )
  const own = [
    ...rulesByCheck.file,
    ...rulesByCheck.groups,
    ...rulesByCheck.statements,
    ...rulesByCheck.folds,
    ...rulesByCheck.witnesses,
    ...rulesByCheck.rotations,
    ...rulesByCheck.completeness,
    ...rulesByCheck.approvals,
    'manifest_log',
    'entry_class',
    'subtree_known',
    'checkpoint_duplicate',
    'checkpoint_key_retired',
  ] as const
  assert.deepEqual(
    own.filter((rule) => !provoked.has(rule)),
    [],
  )
})
