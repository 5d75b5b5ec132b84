import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { caseMigrations, casePlaces, casesWith, createCases, detachEntities } from './cases/index.ts'
import { containmentMigrations, createContainment, stopsPlace } from './containment/index.ts'
import { createData } from './data/index.ts'
import {
  createEvidence,
  deleteLegalHoldsOf,
  deleteRulesOf,
  evidenceMigrations,
  parseWitnesses,
  holdsOn,
  keepHoldsAsTheyAre,
  refuseHeld,
} from './evidence/index.ts'
import type { BundleDocument, BundleSources } from './evidence/index.ts'
import { createFeeds, feedMigrations, feedsPlace, hasNoFeedSecrets } from './feeds/index.ts'
import type { SendLimits } from './feeds/index.ts'
import { createFinops, finopsMigrations } from './finops/index.ts'
import { answersPlace, createGate, forgetAnswersOf, gateMigrations } from './gate/index.ts'
import type { GateDeps } from './gate/index.ts'
import { createGovernance, governanceMigrations, reviewPlaces } from './governance/index.ts'
import { createGraph, graphMigrations } from './graph/index.ts'
import { accountsPlace, createIdentity, identityMigrations, tokensPlace } from './identity/index.ts'
import { createFileBlobs } from './kernel/blobs.ts'
import { systemClock } from './kernel/clock.ts'
import type { Clock } from './kernel/clock.ts'
import type { Config } from './kernel/config.ts'
import { wordFunctions, migrate, openDatabase } from './kernel/db/index.ts'
import type { WriteEvent } from './kernel/db/index.ts'
import type { OrganisationId, UserId } from './kernel/ids.ts'
import { jobMigrations, startJobs } from './kernel/jobs.ts'
import { repeat } from './kernel/repeat.ts'
import type { SubjectPlace } from './kernel/subject-place.ts'
import type { Logger } from './kernel/log.ts'
import { codeReviewsPlace, createMarketplace, marketplaceMigrations } from './marketplace/index.ts'
import type { Marketplace, Purger } from './marketplace/index.ts'
import { createOutbound } from './outbound/index.ts'
import type { OutboundLimits, Resolve } from './outbound/index.ts'
import {
  createPlugins,
  defaultCeilings,
  licencesIn,
  pluginMigrations,
  queuePlace,
  recordingsPlace,
  runBudgets,
  runJobKind,
  runPlaces,
  valueMigrations,
  valuesPlace,
} from './plugins/index.ts'
import type { RunCeilings, RunJob } from './plugins/index.ts'
import { createPolicy, readPolicy } from './policy/index.ts'
import { createSandbox, levelNotice, runnerEndings } from './sandbox/index.ts'
import type { Sandbox } from './sandbox/index.ts'
import { subjectOperations } from './subjects/index.ts'
import { createSecrets, hasNoSecrets, openSecretBox, secretMigrations } from './secrets/index.ts'
import type { Metrics } from './surface/index.ts'
import { systemOperations } from './system-operations.ts'
import type { Remover } from './system-operations.ts'

export const migrations = [
  wordFunctions,
  ...jobMigrations,
  ...gateMigrations,
  ...identityMigrations,
  ...governanceMigrations,
  ...finopsMigrations,
  ...evidenceMigrations,
  ...marketplaceMigrations,
  ...graphMigrations,
  ...caseMigrations,
  ...pluginMigrations,
  ...secretMigrations,
  ...containmentMigrations,
  ...valueMigrations,
  ...feedMigrations,
]

export interface ComposeOptions {
  readonly config: Config
  readonly version: string
  readonly log: Logger
  readonly metrics: Metrics
  readonly clock?: Clock
  readonly ceilings?: Partial<RunCeilings>
  /** Several servers of one test process may share one; whoever made it closes it. */
  readonly sandbox?: Sandbox
  /** For tests: who says where hosts are, and what a request may take. */
  readonly resolve?: Resolve
  readonly outboundLimits?: Partial<OutboundLimits>
  readonly feedLimits?: Partial<SendLimits>
  /** How long after one look for recordings and receipts that are due the next comes; default a minute. */
  readonly housekeepingEveryMs?: number
  /** For tests: sees every write, every point of the gate. */
  readonly observeWrites?: (event: WriteEvent) => void
  readonly onPoint?: GateDeps['onPoint']
  readonly stages?: GateDeps['stages']
}

const housekeepingEveryMs = 60_000

export type Server = Awaited<ReturnType<typeof composeServer>>

/** Puts the product together, without a surface. The only place that knows every part. */
export async function composeServer(options: ComposeOptions) {
  const { config, log, metrics } = options
  const clock = options.clock ?? systemClock
  const folder = config.data
  const database = await openDatabase(
    config.database === '' ? join(folder, 'state', 'switchboard.db') : config.database,
    options.observeWrites,
  )
  await migrate(database, migrations)

  const blobs = createFileBlobs(join(folder, 'packages'))
  const policy = createPolicy()
  const identity = createIdentity({ database, clock, mayEver: policy.mayEver })

  // Parts that know each other meet through closures, called only once all are there: an approval re-enters the gate,
  // and the gate's stages know governance.
  const governance = createGovernance({
    clock,
    isActive: identity.isActive,
    resume: (task) => {
      gate
        .resume(task)
        .catch((error: unknown) =>
          log.error({ err: error, task }, 'an approved operation could not be performed'),
        )
    },
  })
  const finops = createFinops({
    defaultLimitMicros: BigInt(config.budgetMicros),
    // Ids of meters come from actors; one that is nobody's any more finds nobody.
    nameOf: async (db, organisation, user) =>
      (await identity.findUser(db, organisation as OrganisationId, user as UserId))?.name,
  })
  const graph = createGraph({ database })
  const cases = createCases({ graph })
  const sources: BundleSources = {
    caseTlps: cases.tlps,
    openReviewsSince: governance.waitingSince,
    async packages(db, organisation, packages) {
      const known = await marketplace.describe(
        db,
        organisation,
        packages.map((ref) => ref.digest),
      )
      return packages.flatMap((ref) => {
        const row = known.find((candidate) => candidate.digest === ref.digest)
        return row === undefined ? [] : [{ ...ref, publisher: row.publisher, keyId: row.key_id }]
      })
    },
    documents: async (db, about) => [
      ...(await packageDocuments(marketplace, db, about)),
      ...(await plugins.results(db, about.organisation, about.runs)).map(({ run, result }) => ({
        name: `runs/${run}/result.json`,
        bytes: new TextEncoder().encode(result),
      })),
    ],
  }
  const peers = parseWitnesses(config.witnesses, config.witnessesNeeded)
  const evidence = await createEvidence({
    database,
    clock,
    folder: join(folder, 'evidence'),
    sources,
    written: (db, organisation, run) => graph.writtenBy(db, organisation, run),
    witnesses: {
      peers,
      needed: config.witnessesNeeded,
      onConflict(found) {
        metrics.witnessConflict(found.conflict)
        log.error(
          { ...found },
          `a witness refused the log (${found.conflict}): it is no longer called witnessed; see docs/runbooks/witness-conflict.md`,
        )
      },
    },
    compactAfterMs: config.compactAfterHours * 3_600_000,
    onFault: (cause) => log.error({ err: cause }, 'evidence log'),
  })
  metrics.gauge(
    'evidence_witnessed',
    '1 while every log is cosigned by as many witnesses as are needed and none refuses it.',
    () => (evidence.witnessed() === 'yes' ? 1 : 0),
  )
  metrics.logSize(evidence.logSize)
  metrics.receiptsPending(evidence.pendingCount)
  metrics.gauge('store_commits', 'Commits that reached the disk since start.', () => database.stats().commits)
  metrics.gauge(
    'store_transactions',
    'Transactions in those commits: those of one moment share one.',
    () => database.stats().transactions,
  )

  const sandboxFacts = { level: () => sandbox.level, mend: () => sandbox.mend }
  const gate = createGate({
    database,
    clock,
    region: config.region,
    residency: config.residency === '' ? config.region : config.residency,
    identity,
    policy,
    governance,
    finops,
    evidence,
    permitsOf: (db, organisation, name) => marketplace.permitsOf(db, organisation, name),
    holdsOf: (db, organisation, name) => containment.holdsOf(db, organisation, name),
    sandbox: sandboxFacts,
    onPerformed: (operation, { outcome }) => {
      if (outcome.ok) return
      metrics.denied(outcome.denial.code)
      // A run that ends because of a refused call has the same code: the call is what counts.
      if (outcome.denial.code === 'CapabilityDenied' && operation !== 'plugin.run')
        metrics.capabilityDenied(String(outcome.denial.params['capability']))
    },
    onBug: (error, operation, traceId) => log.error({ err: error, operation, traceId }, 'bug'),
    ...(options.onPoint === undefined ? {} : { onPoint: options.onPoint }),
    ...(options.stages === undefined ? {} : { stages: options.stages }),
  })

  const data = createData({ folder: join(folder, 'tables'), marketplace: () => marketplace })
  const box = openSecretBox(
    join(folder, 'keys'),
    (await hasNoSecrets(database.read)) && (await hasNoFeedSecrets(database.read)),
  )
  const secrets = createSecrets({ box, marketplace: () => marketplace })
  const feeds = createFeeds({
    config,
    database,
    clock,
    evidence,
    box,
    resolve: options.resolve,
    outboundLimits: options.outboundLimits,
    limits: options.feedLimits,
    onFailure: metrics.feedFailed,
    onFault: (cause) => log.error({ err: cause }, 'feeds'),
  })
  metrics.feedLags(feeds.lags)
  const outbound = createOutbound({
    config,
    clock,
    secretsOf: secrets.usable,
    resolve: options.resolve,
    limits: options.outboundLimits,
  })
  const purgers: Purger[] = [
    secrets.purger,
    outbound.purger,
    { what: 'answers kept for idempotency keys', rows: forgetAnswersOf },
    { what: 'unpacked tables and indexes', files: data.purge },
  ]
  const ceilings = { ...defaultCeilings, ...options.ceilings }
  const marketplace = createMarketplace({
    database,
    blobs,
    folder,
    prepareInstall: data.prepare,
    purgers: () => [...plugins.purgers, ...purgers],
    onRefused: () => metrics.signatureFailed(),
    neededLevel: policy.neededLevel,
    reachedLevel: () => sandbox.level,
    runBudgets: (asked) => runBudgets(asked, ceilings),
    hasOther: identity.hasOther,
  })
  const sandbox =
    options.sandbox ??
    (await createSandbox({
      poolSize: config.runners,
      jail: { level: config.sandbox, cacheFile: join(folder, 'sandbox-probe.json') },
      log: (line) => log.info({ sandbox: line }, 'sandbox'),
    }))
  metrics.sandboxReached(sandbox.level)
  const notice = levelNotice(sandbox.level, sandbox)
  if (notice !== undefined) log.warn({ sandbox: sandbox.level }, notice)
  metrics.sandboxCounts(runnerEndings, () => sandbox.stats())
  const plugins = createPlugins({
    marketplace,
    cases,
    graph,
    finops,
    sandbox,
    ceilings,
    read: database.read,
    clock,
    heldBy: async (organisation, name) =>
      (await containment.holdsOf(database.read, organisation, name))[0]?.denial,
    wake: () => worker.wake(),
    recording: {
      days: config.recordingDays,
      mostBytes: config.recordingMegabytes * 1024 * 1024,
      licencesNotKept: licencesIn(config.recordingLicencesNotKept),
      receiptOf: evidence.receiptOfRun,
      secretsOf: secrets.usable,
      keptOf: async (db, organisation) => ({
        packages: await containment.quarantined(db, organisation),
        cases: (await holdsOn(db, organisation)).map((hold) => hold.case_id),
      }),
    },
    onRun(run) {
      metrics.pluginExec({ plugin: run.package, outcome: run.end, ms: run.wallMs })
      const [budget, kind] = run.end.split(':')
      if (budget === 'BudgetExceeded' && kind !== undefined) metrics.budgetBreached(kind)
      metrics.pluginRowsRead({ plugin: run.package, org: run.organisation, rows: run.rows })
    },
  })

  const containment = createContainment({
    hasOther: identity.hasOther,
    findPackage: marketplace.find,
    stopRuns: (which) => plugins.active.stopAll(which),
    activeRuns: (organisation, name) => plugins.active.of(organisation, name),
    sandbox: sandboxFacts,
  })

  /** Everywhere the product keeps something of people. A test holds the list against the store's schema. */
  const places: readonly SubjectPlace[] = [
    graph.place({ casesWith, detach: detachEntities }),
    ...casePlaces,
    ...runPlaces,
    recordingsPlace,
    queuePlace,
    valuesPlace,
    ...reviewPlaces,
    codeReviewsPlace,
    stopsPlace,
    feedsPlace,
    answersPlace,
    tokensPlace,
    ...evidence.subjectPlaces,
    // Last: the others find a user's rows by the name that goes here.
    accountsPlace,
  ]
  /** Everything an organisation has, by the parts that keep it; receipts stay. */
  const removers: readonly Remover[] = [
    async (tx, organisation) => [{ what: 'secrets', count: await secrets.removeAll(tx, organisation) }],
    async (tx, organisation) => counted(await plugins.removeAll(tx, organisation)),
    async (tx, organisation) => counted(await cases.removeAll(tx, organisation)),
    async (tx, organisation) => counted(await graph.removeAll(tx, organisation)),
    async (tx, organisation) => counted(await marketplace.removeAll(tx, organisation)),
    async (tx, organisation) => [{ what: 'feeds', count: await feeds.removeAll(tx, organisation) }],
    async (tx, organisation) => [{ what: 'holds', count: await containment.removeAll(tx, organisation) }],
    async (tx, organisation) => [{ what: 'legal holds', count: await deleteLegalHoldsOf(tx, organisation) }],
    async (tx, organisation) => [{ what: 'retention rules', count: await deleteRulesOf(tx, organisation) }],
    async (tx, organisation) => [{ what: 'answers', count: await forgetAnswersOf(tx, organisation) }],
    governance.removeOrganisation,
    finops.removeOrganisation,
    identity.removeOrganisation,
  ]
  gate.register([
    readPolicy(policy),
    ...identity.registrations,
    ...governance.registrations,
    ...finops.registrations,
    ...evidence.registrations,
    ...marketplace.registrations,
    ...data.registrations,
    ...graph.registrations,
    ...cases.registrations,
    ...plugins.registrations,
    ...secrets.registrations,
    ...outbound.registrations,
    ...feeds.registrations,
    ...containment.registrations,
    ...subjectOperations({
      places,
      findUser: identity.findUser,
      forgetTraces(organisation) {
        outbound.forget(organisation)
        // What was overwritten leaves the write-ahead log too.
        database.scrub().catch((error: unknown) => log.error({ err: error }, 'freed pages were not cleared'))
      },
    }),
    ...systemOperations({
      config,
      version: options.version,
      database,
      evidence,
      sandbox,
      marketplace,
      removers,
      async evidenceHeld(tx, organisation) {
        await keepHoldsAsTheyAre(tx, organisation)
        const holds = await holdsOn(tx, organisation)
        return holds.length > 0 ? refuseHeld(holds) : await containment.evidenceHeld(tx, organisation)
      },
      removeFiles(organisation) {
        data.removeAll(organisation)
        outbound.forget(organisation)
        // Before the answer: a start that mends an earlier one makes the same files next.
        forgetDemoFiles(join(folder, 'demo'))
      },
      demoOrganisation: identity.demoOrganisation,
    }),
  ])
  const recovered = await gate.recover()
  // The rows of an uninstall that was cut short went with its intent; its files and freed pages follow now.
  await data.sweep(database.read)
  if (recovered.unknown > 0) await database.scrub()
  const worker = startJobs({
    kind: runJobKind,
    read: database.read,
    writer: database.writer,
    clock,
    log,
    concurrency: config.runners,
    pollMs: 1_000,
    giveUp: (tx, payload) => plugins.giveUpQueued(tx, payload as RunJob),
    async work(payload, { createdAt }) {
      const job = payload as RunJob
      metrics.queueWaited(clock() - createdAt)
      await gate.perform({
        operation: 'plugin.run',
        input: job.input,
        caller: {
          kind: 'user',
          user: job.user as UserId,
          organisation: job.organisation as OrganisationId,
          scopes: job.scopes,
        },
      })
    },
  })

  feeds.start()

  const pruning = repeat(
    options.housekeepingEveryMs ?? housekeepingEveryMs,
    async () => {
      for (const organisation of await plugins.recordingsDue(clock())) {
        const caller = { kind: 'system', organisation: organisation as OrganisationId } as const
        for (let more = true; more;) {
          const { outcome } = await gate.perform({ operation: 'recording.prune', input: {}, caller })
          more = outcome.ok && (outcome.value as { more: boolean }).more
        }
      }
    },
    (error) => log.error({ err: error }, 'recordings could not be pruned'),
  )

  const retiring = repeat(
    options.housekeepingEveryMs ?? housekeepingEveryMs,
    async () => {
      for (const due of await evidence.retention.dueForWork(clock())) {
        const caller = {
          kind: 'user',
          user: due.user as UserId,
          organisation: due.organisation as OrganisationId,
        } as const
        const ended = await evidence.retention.work(due, clock(), async (operation, input) => {
          const { outcome } = await gate.perform({ operation, input, caller })
          return outcome.ok ? undefined : outcome.denial
        })
        if (ended !== 'done')
          log.warn(
            { organisation: due.organisation, ended },
            'receipts were not pruned and folded to the end',
          )
      }
    },
    (error) => log.error({ err: error }, 'receipts could not be pruned and folded'),
  )

  return {
    config,
    clock,
    database,
    gate,
    identity,
    evidence,
    marketplace,
    plugins,
    sandbox,
    policy,
    subjectPlaces: places,
    recovered,
    async close() {
      await pruning.stop()
      await retiring.stop()
      await feeds.stop()
      await worker.stop()
      if (options.sandbox === undefined) await sandbox.close()
      await evidence.close()
      await database.close()
    },
  }
}

function counted(counts: Readonly<Record<string, number>>): { what: string; count: number }[] {
  return Object.entries(counts).map(([what, count]) => ({ what, count }))
}

async function packageDocuments(
  marketplace: Marketplace,
  db: Parameters<BundleSources['documents']>[0],
  about: Parameters<BundleSources['documents']>[1],
): Promise<readonly BundleDocument[]> {
  const documents: BundleDocument[] = []
  for (const { name, version, digest } of about.packages) {
    const found = await marketplace.documents(db, about.organisation, digest)
    if (found === undefined) continue
    const of = `${name}-${version}`
    documents.push(
      { name: `packages/${of}/sbom.spdx.json`, bytes: found.sbom, of: { kind: 'sbom', package: of } },
      {
        name: `packages/${of}/attestation.sigstore.json`,
        bytes: found.attestation,
        of: { kind: 'attestation', package: of },
      },
    )
  }
  return documents
}

/** What only the demonstration could use: its packages and its command's token. Its bundle and the keys to it are evidence, and stay. */
function forgetDemoFiles(folder: string): void {
  for (const name of ['packages', 'cli.json']) rmSync(join(folder, name), { recursive: true, force: true })
}
