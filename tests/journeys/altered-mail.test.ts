import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { generatePublisherKey } from '@switchboard/plugin-sdk'
import { verifyBundle } from '@switchboard/verifier'
import type { BundleSummary } from '@switchboard/verifier'
import { nodeCrypto } from '@switchboard/verifier/node'
import { performJourney } from '../../apps/server/src/demo/index.ts'
import type { SignedPackages } from '../../apps/server/src/demo/index.ts'
import { temporaryFolder } from '../support/running-server.ts'
import { dataPackage, samplePackage } from '../support/test-package.ts'
import { createTestServer } from '../support/test-server.ts'

test(
  'the summary of the journey is counted from the receipts: another text of the mail changes every count',
  { timeout: 120_000 },
  async (t) => {
    // So many that their calls cost more than one run's CPU may differ from another's.
    const addresses = Array.from({ length: 60 }, (_, i) => `9.9.9[.]${i + 10}`).join(', ')
    const one = await journeyOver(
      t,
      `Return-Path: <a@b.example>\nSeen from ${addresses}, 1.1.1[.]1 and hxxp://portal[.]example/x\n`,
    )
    const other = await journeyOver(t, 'Seen from 9.9.9[.]9 alone\n')
    for (const count of ['entities', 'calls', 'rows', 'costMicros', 'receipts', 'logSize'] as const) {
      assert.ok(Number(one[count]) > Number(other[count]), `${count}: ${one[count]} against ${other[count]}`)
      assert.ok(Number(other[count]) > 0)
    }
  },
)

/** The demonstration's journey with small tables and a small graph; answers what the verifier counts. */
async function journeyOver(t: TestContext, text: string): Promise<BundleSummary> {
  await using work = await temporaryFolder()
  const s = await createTestServer(t)
  const { bundle, case: caseId } = await performJourney({
    perform: (person, operation, input) =>
      s.value(person === 'administrator' ? s.a.admin : s.a[person], operation, input),
    packages: await smallPackages(work.path),
    mail: { title: 'A mail', text },
    graph: [
      {
        source: { name: 'test', version: '1', licence: 'CC0-1.0' },
        entities: [
          { key: 'as:19281', type: 'autonomous-system', name: 'AS19281 QUAD9', properties: { asn: 19_281 } },
        ],
        relations: [],
      },
    ],
    onStep: () => undefined,
  })
  const report = await verifyBundle(bundle, { logKeys: [s.server.evidence.logKey] }, nodeCrypto)
  assert.ok(report.ok, JSON.stringify(report.findings))
  assert.deepEqual(report.about?.scope, { case: caseId })
  return report.summary
}

async function smallPackages(folder: string): Promise<SignedPackages> {
  const signedBy = generatePublisherKey()
  const files: { name: string; path: string }[] = []
  const ranges = { key: { kind: 'range', from: 'start', to: 'end' }, signedBy } as const
  const bounds = [
    { name: 'start', type: 'ip' },
    { name: 'end', type: 'ip' },
  ] as const
  const tables = {
    'ip-asn': dataPackage({
      ...ranges,
      name: 'ip-asn',
      csv: 'start,end,asn,organisation\n1.1.1.0,1.1.1.255,13335,CLOUDFLARENET\n9.9.9.0,9.9.9.255,19281,QUAD9\n',
      columns: [...bounds, { name: 'asn', type: 'integer' }, { name: 'organisation', type: 'string' }],
    }),
    'ip-country': dataPackage({
      ...ranges,
      name: 'ip-country',
      csv: 'start,end,country,name\n1.1.1.0,1.1.1.255,AU,Australia\n9.9.9.0,9.9.9.255,US,United States\n',
      columns: [...bounds, { name: 'country', type: 'string' }, { name: 'name', type: 'string' }],
    }),
  }
  const plugins = {
    'ioc-triage': samplePackage('ioc-triage', { signedBy }),
    'ip-asn-context': samplePackage('ip-asn-context', { signedBy }),
  }
  for (const [name, bytes] of Object.entries({ ...tables, ...plugins })) {
    const path = join(folder, `${name}.sbp`)
    await writeFile(path, await bytes)
    files.push({ name, path })
  }
  return { publisher: { name: 'Samples', publicKeyPem: signedBy.publicKeyPem }, files }
}
