import type { Database } from '../../kernel/db/index.ts'
import { newId } from '../../kernel/ids.ts'
import { readBundle, rawBytes } from '@switchboard/bundle'
import type { BundleSources, EvidenceDeps, ReceiptDraft } from '../index.ts'
import { ana, draftOf, drafts, hex64, openEvidence, organisation } from './evidence-fixture.ts'

export const mailCase = 'case_019900000000700080000000000000c1'
export const triage = { package: 'ioc-triage', version: '1.0.0', digest: hex64('d') }
export const run = 'run_019900000000700080000000000000d1'
const actor = { organisation, user: ana, name: 'Ana', roles: ['analyst'] }

export const sources: BundleSources = {
  openReviewsSince: () => Promise.resolve(undefined),
  caseTlps: (_db, asked, cases) =>
    Promise.resolve(
      new Map(cases.filter((id) => id === mailCase && asked === organisation).map((id) => [id, 'AMBER'])),
    ),
  packages: (_db, _organisation, packages) =>
    Promise.resolve(packages.map((each) => ({ ...each, publisher: 'Demo', keyId: '0123456789abcdef' }))),
  documents: (_db, { packages, runs }) =>
    Promise.resolve([
      ...runs.map((id) => ({ name: `results/${id}.json`, bytes: Buffer.from('{"ok":true}') })),
      ...packages.map(({ name, version }) => ({
        name: `${name}-${version}/sbom.spdx.json`,
        bytes: Buffer.from('{"spdxVersion":"SPDX-2.3"}'),
        of: { kind: 'sbom' as const, package: `${name}-${version}` },
      })),
    ]),
}

/** An install, a run with two calls (one denied) on a case, and things that do not belong to the case. */
export function journey(): {
  readonly inCase: readonly ReceiptDraft[]
  readonly elsewhere: readonly ReceiptDraft[]
} {
  const intent = newId('rct')
  const subject = { operation: 'plugin.run', ...triage, case: mailCase, run }
  const via = { ...actor, via: { ...triage, run } }
  const denial = {
    code: 'CapabilityDenied',
    category: 'forbidden',
    message: 'No.',
    change: 'Ask.',
    params: {},
  }
  return {
    inCase: [
      draftOf({}, { subject: { operation: 'plugin.install', ...triage } }),
      draftOf({ id: intent, phase: 'intent', costMicros: 0n }, { subject, output: { pending: true } }),
      draftOf({ parent: intent }, { actor: via, subject: { operation: 'graph.search', ...triage, run } }),
      draftOf(
        { parent: intent, decision: 'denied', costMicros: 0n },
        { actor: via, subject: { operation: 'case.read', ...triage, run }, output: { denial } },
      ),
      draftOf({ parent: intent, phase: 'outcome', level: 'development', costMicros: 3_400n }, { subject }),
    ],
    elsewhere: [
      draftOf(
        {},
        { subject: { operation: 'plugin.install', package: 'other', version: '2.0.0', digest: hex64('e') } },
      ),
      draftOf({}, { subject: { operation: 'case.read', case: 'case_019900000000700080000000000000c2' } }),
      draftOf(
        { organisation: 'org_019900000000700080000000000000a2' },
        { subject: { operation: 'case.read', case: mailCase } },
      ),
    ],
  }
}

/** An organisation's evidence with the journey in it, between things that do not belong to it. */
export async function prepared(database: Database, folder: string, deps: Partial<EvidenceDeps> = {}) {
  const evidence = await openEvidence(database, folder, { sources, ...deps })
  const { inCase, elsewhere } = journey()
  await evidence.recordAndIntegrate(...drafts(3), ...inCase, ...elsewhere, ...drafts(260))
  return { evidence, inCase }
}

/** Ids of the receipts inside, in order; the export's own is not among them. */
export function idsIn(file: Buffer): readonly string[] {
  return readBundle(file).groups.flatMap((group) =>
    Array.from({ length: group.count }, (_, place) => group.receiptIdOf(place)),
  )
}

/** The receipts inside, in order, with what is opened of them; commitments of opened parts are left zero. */
export function receiptsIn(file: Buffer) {
  return readBundle(file).groups.flatMap((group) => [...group.receipts(() => new Uint8Array(32))])
}

/** Everything of a file that can be read, inflated. */
export function textIn(file: Buffer): string {
  return Buffer.concat(readBundle(file).sections.map(rawBytes)).toString('latin1')
}

export function historyIn(file: Buffer): readonly number[] {
  const { logs } = readBundle(file).trailer as { logs: { history: { size: number }[] }[] }
  return logs.flatMap((log) => log.history.map((earlier) => earlier.size))
}
