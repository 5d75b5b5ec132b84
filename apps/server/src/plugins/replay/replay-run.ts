import { allow, deny, marketplaceDenials, pluginDenials } from '@switchboard/api'
import type { DenialsOf, OperationByName, OutputOf } from '@switchboard/api'
import type { Cases } from '../../cases/index.ts'
import type { ReceiptOfRun } from '../../evidence/index.ts'
import type { Finops } from '../../finops/index.ts'
import { sha256Hex } from '../../kernel/canonical.ts'
import type { Reader } from '../../kernel/db/index.ts'
import { handleExternal, operationOf } from '../../kernel/handler.ts'
import type { Context, Registration, Resource } from '../../kernel/handler.ts'
import { storableJson } from '../../kernel/storable-json.ts'
import type { Marketplace, Shelved } from '../../marketplace/index.ts'
import { pluginMethods } from '../../sandbox/capabilities/index.ts'
import type { Sandbox } from '../../sandbox/index.ts'
import type { ActiveRun, ActiveRuns } from '../active-runs.ts'
import { requireDecided } from '../code-resource.ts'
import { codeOf, mayCompile, trustDomainOf } from '../code-of.ts'
import { howItEnded } from '../judge-report.ts'
import { runBudgets } from '../run-budgets.ts'
import type { RunCeilings } from '../run-budgets.ts'
import { findRun } from '../run-store.ts'
import type { RunRow } from '../run-store.ts'
import { compareJson } from './compare-json.ts'
import { forbidsKeeping } from './keeping-rules.ts'
import type { KeepingRules } from './keeping-rules.ts'
import { loadRecording } from './load-recording.ts'
import type { LoadedRecording } from './load-recording.ts'
import { findRecording } from './recording-store.ts'
import type { RecordingRow } from './recording-store.ts'
import { replayFreely, replayStrictly } from './replay-in-sandbox.ts'
import type { Divergence, Replayed, ReplayedCode } from './replay-in-sandbox.ts'
import { isLimit, isStop } from './run-output.ts'

type Operation = OperationByName<'run.replay'>
type Answer = OutputOf<Operation>
type No = { readonly ok: false; readonly denial: DenialsOf<Operation> }

export interface ReplayDeps {
  readonly marketplace: Marketplace
  readonly cases: Pick<Cases, 'find'>
  readonly finops: Pick<Finops, 'prices'>
  readonly sandbox: Sandbox
  readonly ceilings: RunCeilings
  /** What a hold placed meanwhile ends. */
  readonly active: Pick<ActiveRuns, 'start'>
  readonly rules: KeepingRules
  /** What a receipt says of its run; undefined when the organisation has no such receipt. */
  readonly receiptOf: (db: Reader, organisation: string, id: string) => Promise<ReceiptOfRun | undefined>
}

/** Differences and calls that an answer lists. */
const mostListed = 200

/** `run.replay`: recorded inputs through the sandbox once more, with nothing behind the broker but the recording. */
export function replayRun(deps: ReplayDeps): Registration {
  return handleExternal<Operation>(operationOf('run.replay'), {
    // The code that will run, as policy sees it: at which level it may is asked anew for each replay.
    async resource(ctx, { id, against }) {
      const found = await findRecorded(deps, ctx, id)
      if (!found.ok) return found
      const { row } = found.value
      const shelved = await versionOf(deps, ctx, row, against)
      if (!shelved.ok) return shelved
      const { version, digest, trust, reviewed } = shelved.value
      const { organisation, package: name } = row
      ctx.subject({
        run: row.id,
        package: name,
        version,
        digest,
        ...(row.case_id === null ? {} : { case: row.case_id }),
      })
      return allow<Resource>({ type: 'Package', id: name, organisation, attributes: { trust, reviewed } })
    },
    async estimate(ctx, { id, against }) {
      const found = await findRecorded(deps, ctx, id)
      if (!found.ok) return 0n
      const shelved = await versionOf(deps, ctx, found.value.row, against)
      if (!shelved.ok || shelved.value.manifest.kind !== 'plugin') return 0n
      const { cpuMs } = runBudgets(shelved.value.manifest.budgets, deps.ceilings)
      // Another version may be played in the recorded order, then freely, and the recorded one for its result.
      return (
        deps.finops.prices.run +
        deps.finops.prices.cpuMs * BigInt(Math.ceil(cpuMs) * (against === undefined ? 1 : 3))
      )
    },
    async run(ctx, { id, against }) {
      const found = await findRecorded(deps, ctx, id)
      if (!found.ok) return { outcome: found }
      const { organisation, package: name, id: run } = found.value.row
      const active = await deps.active.start(run, { organisation, package: name, replay: ctx.receiptId })
      try {
        return { outcome: await replay(deps, ctx, { ...found.value, against, active }) }
      } finally {
        active.end()
      }
    },
  })
}

type Found = Extract<Awaited<ReturnType<typeof findRecorded>>, { ok: true }>['value']

async function replay(
  deps: ReplayDeps,
  ctx: Context,
  { row, recordingRow, against, active }: Found & { against: string | undefined; active: ActiveRun },
) {
  const receipt =
    row.receipt === null ? undefined : await deps.receiptOf(ctx.read, row.organisation, row.receipt)
  const loaded = await loadRecording(ctx.read, recordingRow, receipt?.recording)
  if (!loaded.ok) return loaded
  const { recording } = loaded.value
  const shelved = await versionOf(deps, ctx, row, against)
  if (!shelved.ok) return shelved
  requireDecided(ctx, shelved.value)

  const played = new Played(deps, ctx, loaded.value, active)
  const isOther = shelved.value.digest !== recording.digest
  const strict = await played.strictly(shelved.value)
  if (!strict.ok) return strict
  let replayed: Omit<Replayed, 'divergence'> = strict.value
  let divergence = strict.value.divergence
  // What it had not asked for yet when the machine ended it is no divergence. Another version that needs more is one.
  const left = divergence !== undefined && divergence.kind !== 'call_removed'
  if (!isOther && !left && isLimit(replayed.output) && !isStop(recording.output)) {
    played.charge()
    return deny(pluginDenials, 'replay_stopped', { runId: row.id, code: replayed.output.code ?? '' })
  }
  if (isOther && divergence !== undefined) {
    const free = await played.freely(shelved.value)
    if (!free.ok) return free
    replayed = free.value
  }
  const expected = recording.output
  const actual = replayed.output
  const isSame = expected.kind === actual.kind && expected.sha256 === actual.sha256
  let differences: Answer['differences'] = []
  if (!isSame && replayed.end.ok && expected.kind === 'result') {
    const reference = await recordedResult(deps, ctx, played, row, isOther ? shelved.value : undefined)
    if (reference !== undefined)
      differences = [...compareJson(reference.result, replayed.end.value.result, mostListed)]
  }
  divergence ??= isSame || isStop(expected) ? undefined : outputDiffers(expected, actual, differences)
  const stopped = isStop(expected) && !isSame
  const verdict =
    loaded.value.damaged.length > 0
      ? 'damaged'
      : divergence !== undefined
        ? 'diverged'
        : stopped
          ? 'same_until_stop'
          : 'same'
  const costMicros = played.charge()
  return allow({
    verdict,
    runId: row.id,
    receiptId: receipt?.id ?? ctx.receiptId,
    package: row.package,
    recordedVersion: recording.version,
    version: shelved.value.version,
    level: deps.sandbox.level,
    expected,
    actual,
    divergence: divergence ?? null,
    damaged: [...loaded.value.damaged],
    differences,
    recordedCalls: recording.calls.length,
    addedCalls: replayed.added.slice(0, mostListed),
    removedCalls: replayed.removed.slice(0, mostListed),
    cpuMicros: played.cpuMicros,
    costMicros: costMicros.toString(),
  } satisfies Answer)
}

/** Plays of one replay: who stopped or lost them, and what they used. */
class Played {
  cpuMicros = 0
  readonly #deps: ReplayDeps
  readonly #ctx: Context
  readonly #loaded: LoadedRecording
  readonly #active: ActiveRun
  readonly #signal: AbortSignal
  #chargedMicros = 0n

  constructor(deps: ReplayDeps, ctx: Context, loaded: LoadedRecording, active: ActiveRun) {
    this.#deps = deps
    this.#ctx = ctx
    this.#loaded = loaded
    this.#active = active
    this.#signal = AbortSignal.any([ctx.signal, active.signal])
  }

  async strictly(shelved: Shelved) {
    const code = await this.#code(shelved)
    return this.#ended(await replayStrictly(this.#deps.sandbox, code, this.#loaded, this.#signal))
  }

  async freely(shelved: Shelved) {
    const code = await this.#code(shelved)
    return this.#ended(await replayFreely(this.#deps.sandbox, code, this.#loaded, this.#signal))
  }

  get recorded(): LoadedRecording['recording'] {
    return this.#loaded.recording
  }

  /** The price of all plays so far; what was charged before is not charged again. */
  charge(): bigint {
    const { prices } = this.#deps.finops
    const micros = prices.run + prices.cpuMs * BigInt(Math.ceil(this.cpuMicros / 1000))
    this.#ctx.charge(micros - this.#chargedMicros)
    this.#chargedMicros = micros
    return micros
  }

  async #code(shelved: Shelved): Promise<ReplayedCode> {
    const { recording } = this.#loaded
    const { organisation } = this.#ctx.actor
    const { manifest } = shelved
    if (manifest.kind !== 'plugin') throw new TypeError('unreachable: no plugin')
    const { files } = await this.#deps.marketplace.load(this.#ctx.read, organisation, shelved)
    const isRecorded = shelved.digest === recording.digest
    return {
      trustDomain: trustDomainOf(organisation, shelved),
      code: codeOf(manifest.entry, files),
      jit: mayCompile({ manifest, reviewed: shelved.reviewed }),
      manifest,
      // What `api` looks like is an input as well; another version may know methods that came later.
      methods: isRecorded ? recording.methods : [...new Set([...recording.methods, ...pluginMethods])],
      budgets: isRecorded ? recording.budgets : runBudgets(manifest.budgets, this.#deps.ceilings),
    }
  }

  /** Counts what a play used; one that this replay's caller or the machine ended says nothing about the code. */
  #ended<P extends Omit<Replayed, 'divergence'> & { readonly divergence?: Divergence | undefined }>(play: P) {
    this.cpuMicros += play.report.usage.cpuMicros
    this.#ctx.count({ cpuMicros: play.report.usage.cpuMicros })
    const { level } = this.#deps.sandbox
    this.#ctx.level(level === 'none' ? 'development' : level)
    const { run } = this.#loaded.recording
    const held = this.#active.stopped()
    if (held !== undefined) {
      this.charge()
      // What a hold answers, the gate declares for every operation.
      return { ok: false, denial: held } as No
    }
    if (this.#ctx.signal.aborted) {
      this.charge()
      return deny(pluginDenials, 'run_cancelled', { runId: run })
    }
    if (play.report.end === 'crashed') {
      this.charge()
      return deny(pluginDenials, 'runner_lost', { runId: run, detail: howItEnded(play.report.detail) })
    }
    return allow(play)
  }
}

/** The run that `id` names, or whose receipt it names, and its recording. */
async function findRecorded(deps: ReplayDeps, ctx: Context, id: string) {
  const { organisation } = ctx.actor
  const run = id.startsWith('rct_') ? (await deps.receiptOf(ctx.read, organisation, id))?.run : id
  const row = typeof run === 'string' ? await findRun(ctx.read, organisation, run) : undefined
  if (row === undefined) return deny(pluginDenials, 'run_unknown', { run: id })
  const recordingRow = await findRecording(ctx.read, organisation, row.id)
  const keptAfter = ctx.at - deps.rules.days * 24 * 60 * 60 * 1000
  // Its time may be over before the next sweep.
  if (recordingRow === undefined || recordingRow.recorded_at < keptAfter)
    return deny(pluginDenials, 'recording_absent', { run: row.id })
  const where = recordingRow.withheld_at
  const { body } = recordingRow
  if (where !== null || body === null) {
    return deny(pluginDenials, 'run_not_replayable', {
      run: row.id,
      where: where ?? 'it',
      rule: recordingRow.withheld_by ?? 'unknown',
    })
  }
  const rule = await forbiddenByNow(deps, ctx, row)
  if (rule !== undefined)
    return deny(pluginDenials, 'run_not_replayable', { run: row.id, where: `case ${row.case_id}`, rule })
  return allow({ row, recordingRow: { ...recordingRow, body } satisfies RecordingRow })
}

/** A case may have been marked since; what was kept of its runs is then as forbidden as if it had been so marked before. */
async function forbiddenByNow(deps: ReplayDeps, ctx: Context, row: RunRow): Promise<string | undefined> {
  if (row.case_id === null) return undefined
  const found = await deps.cases.find(ctx.read, row.organisation, row.case_id)
  return found === undefined ? 'case-unknown' : forbidsKeeping(deps.rules, { tlp: found.tlp, licences: [] })
}

/** The version to run: on the shelf, whether it is installed or not, since nothing that it asks for is granted. */
async function versionOf(
  deps: ReplayDeps,
  ctx: Context,
  row: RunRow,
  against: string | undefined,
): Promise<{ readonly ok: true; readonly value: Shelved } | No> {
  const version = against ?? row.version
  const shelved = await deps.marketplace.shelved(ctx.read, row.organisation, row.package, version)
  const isThere =
    shelved?.manifest.kind === 'plugin' && (version !== row.version || shelved.digest === row.digest)
  if (shelved === undefined || !isThere)
    return deny(marketplaceDenials, 'package_unknown', { package: row.package, version })
  return allow(shelved)
}

/**
 * The result as it was recorded: the stored one while it is there and has the recorded digest, or, for the sake of
 * comparing another version with it, made once more by the recorded code.
 */
async function recordedResult(
  deps: ReplayDeps,
  ctx: Context,
  played: Played,
  row: RunRow,
  other: Shelved | undefined,
): Promise<{ readonly result: unknown } | undefined> {
  const { sha256 } = played.recorded.output
  if (row.result !== null) {
    const result: unknown = JSON.parse(row.result)
    const storable = storableJson(result)
    if ('text' in storable && sha256Hex(storable.text) === sha256) return { result }
  }
  if (other === undefined) return undefined
  const shelved = await versionOf(deps, ctx, row, undefined)
  // Policy was asked about the other version: this one runs on the same answer only if it is trusted just so.
  if (!shelved.ok || shelved.value.trust !== other.trust || shelved.value.reviewed !== other.reviewed)
    return undefined
  const again = await played.strictly(shelved.value)
  if (!again.ok || !again.value.end.ok || again.value.output.sha256 !== sha256) return undefined
  return { result: again.value.end.value.result }
}

function outputDiffers(
  expected: Answer['expected'],
  actual: Answer['actual'],
  differences: Answer['differences'],
): Divergence {
  const isOtherEnd = expected.kind !== actual.kind || expected.code !== actual.code
  return {
    kind: isOtherEnd ? 'end' : 'output',
    call: null,
    method: null,
    path: differences[0]?.path ?? null,
    expected: isOtherEnd ? (expected.code ?? expected.kind) : expected.sha256,
    actual: isOtherEnd ? (actual.code ?? actual.kind) : actual.sha256,
  }
}
