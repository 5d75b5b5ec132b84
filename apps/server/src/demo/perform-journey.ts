import type { InputOf, OperationByName, OperationName, OutputOf } from '@switchboard/api'
import { demoGraph } from './dataset.ts'
import type { DemoBatch } from './dataset.ts'
import { demoMail } from './mail.ts'
import type { DemoPerson } from './people.ts'
import { readPackage } from './sample-packages.ts'
import type { SignedPackages } from './sample-packages.ts'

/** Performs an operation through the gate as one of the demonstration's people; a denial or fault is thrown. */
export type PerformAs = <N extends OperationName>(
  person: DemoPerson,
  operation: N,
  input: InputOf<OperationByName<N>>,
) => Promise<OutputOf<OperationByName<N>>>

export interface Journey {
  readonly case: string
  /** The evidence bundle of the case. */
  readonly bundle: Uint8Array
  readonly checkpoint: string
}

/**
 * The first journey: a graph from real data, a case with a suspicious mail, a plugin installed with the least it needs,
 * indicators found and enriched, proposals accepted, evidence exported. Every step is an operation that people have too.
 */
export async function performJourney(deps: {
  readonly perform: PerformAs
  /** May still be under way: nothing asks for them until the graph is imported. */
  readonly packages: SignedPackages | Promise<SignedPackages>
  /** The mail to triage; the invented one unless a test brings another. */
  readonly mail?: { readonly title: string; readonly text: string }
  /** What the graph is made of; all that the npm packages hold unless a test brings less. */
  readonly graph?: AsyncIterable<DemoBatch> | Iterable<DemoBatch>
  readonly onStep: (step: string) => void
}): Promise<Journey> {
  const { perform, onStep } = deps
  const mail = deps.mail ?? demoMail

  onStep('importing autonomous systems, organisations, countries and ports')
  let entities = 0
  for await (const batch of deps.graph ?? demoGraph()) {
    const { created } = await perform('administrator', 'graph.import', {
      ...batch,
      entities: [...batch.entities],
      relations: [...batch.relations],
    } as never)
    entities += created
  }
  onStep(`the graph has ${entities.toLocaleString('en')} entities`)

  const packages = await deps.packages
  onStep('pinning the publisher of the samples and adding its packages')
  await perform('administrator', 'publisher.trust', {
    publisher: packages.publisher.name,
    key: packages.publisher.publicKeyPem,
  })
  for (const { path } of packages.files)
    await perform('administrator', 'package.add', { content: await readPackage(path) })

  onStep('installing two data packages and two plugins, each with the least it needs')
  for (const id of ['ip-asn', 'ip-country']) await perform('administrator', 'plugin.install', { id })
  await perform('administrator', 'plugin.install', { id: 'ioc-triage' })
  await perform('administrator', 'plugin.grant', { id: 'ioc-triage', caps: ['read:case'] })
  await perform('administrator', 'plugin.install', { id: 'ip-asn-context', minimal: true })

  onStep('reviewing the two plugins, by somebody else than who added them')
  for (const id of ['ioc-triage', 'ip-asn-context']) {
    const { package: read } = await perform('reviewer', 'plugin.detail', { id })
    await perform('reviewer', 'plugin.review', {
      id,
      version: read.version,
      digest: read.digest,
      note: 'A sample of this repository, packed on this machine.',
    })
  }

  onStep('opening a case with the suspicious mail')
  const { id: caseId } = await perform('analyst', 'case.create', {
    title: mail.title,
    tlp: 'GREEN',
    note: mail.text,
  })

  onStep('running ioc-triage: indicators with the place each was read at')
  const triage = await perform('analyst', 'plugin.run', { id: 'ioc-triage', case: caseId })
  await perform('analyst', 'run.accept', { id: triage.runId, case: caseId })

  onStep('running ip-asn-context: who announces each address')
  const context = await perform('analyst', 'plugin.run', { id: 'ip-asn-context', case: caseId })
  await perform('analyst', 'run.accept', { id: context.runId, case: caseId })

  onStep('exporting the evidence of the case')
  const exported = await perform('analyst', 'evidence.export', { case: caseId })
  return {
    case: caseId,
    bundle: new Uint8Array(Buffer.from(exported.bundle, 'base64')),
    checkpoint: exported.checkpoint,
  }
}
