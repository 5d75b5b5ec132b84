import { deny, gateDenials } from '@switchboard/api'
import type { Evidence } from '../evidence/index.ts'
import type { Finops } from '../finops/index.ts'
import type { Governance } from '../governance/index.ts'
import type { Identity } from '../identity/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Database } from '../kernel/db/index.ts'
import { Fault } from '../kernel/fault.ts'
import type { Performed, Registration, Via } from '../kernel/handler.ts'
import { newId } from '../kernel/ids.ts'
import type { ReviewId } from '../kernel/ids.ts'
import type { Policy } from '../policy/index.ts'
import type { ContextDeps } from './context.ts'
import type { GateRequest, Passage, Stages } from './passage.ts'
import { createPipeline } from './pipeline.ts'
import type { GatePoint } from './pipeline.ts'
import { recoverDangling } from './recover.ts'
import { resumeApproved } from './resume.ts'
import { approveStage } from './stages/approve.ts'
import { authenticateStage } from './stages/authenticate.ts'
import { decideStage } from './stages/decide.ts'
import type { HoldsOf, PermitsOf, SandboxFacts } from './stages/decide.ts'
import { parseStage } from './stages/parse.ts'
import { receiptStage } from './stages/receipt.ts'
import { reserveStage } from './stages/reserve.ts'
import { runStage } from './stages/run.ts'
import { settleStage } from './stages/settle.ts'

export interface GateDeps {
  readonly database: Database
  readonly clock: Clock
  readonly region: string
  readonly residency: string
  readonly identity: Identity
  readonly policy: Policy
  readonly governance: Governance
  readonly finops: Finops
  readonly evidence: Evidence
  readonly permitsOf: PermitsOf
  readonly holdsOf: HoldsOf
  readonly sandbox: SandboxFacts
  /** Sees each point of each passage; for traces and for crash rehearsals. */
  readonly onPoint?: (point: GatePoint, passage: Passage) => void
  readonly onPerformed?: (operation: string, performed: Performed) => void
  readonly onBug: (error: unknown, operation: string, traceId: string) => void
  /** Replaces stages; only the test that proves each one matters does. */
  readonly stages?: Partial<Stages>
}

export interface Gate {
  /** @throws {Fault} when the world failed; everything else, refusals included, is the answer. */
  perform(request: GateRequest): Promise<Performed>
  /** Performs the parked operation of an approved review as its requester. */
  resume(task: ReviewId): Promise<void>
  /** At start: intents without outcome become `unknown`, approved reviews that never ran are performed. */
  recover(): Promise<{ readonly unknown: number; readonly resumed: number }>
  register(registrations: readonly Registration[]): void
  /** Operations that have a handler. */
  registered(): readonly string[]
}

export function createGate(deps: GateDeps): Gate {
  const registrations = new Map<string, Registration>()
  const monotonicMicros = (): number => performance.now() * 1000
  const contextDeps: ContextDeps = { database: deps.database, nested }
  const stages: Stages = {
    authenticate: authenticateStage(deps.identity),
    parse: parseStage(),
    decide: decideStage({
      ...contextDeps,
      policy: deps.policy,
      permitsOf: deps.permitsOf,
      holdsOf: deps.holdsOf,
      sandbox: deps.sandbox,
      region: deps.region,
    }),
    approve: approveStage(deps.governance),
    reserve: reserveStage({ ...contextDeps, finops: deps.finops }),
    run: runStage({ ...contextDeps, finops: deps.finops }),
    settle: settleStage({ finops: deps.finops, monotonicMicros }),
    receipt: receiptStage({
      evidence: deps.evidence,
      policy: deps.policy,
      region: deps.region,
      residency: deps.residency,
      monotonicMicros,
    }),
    ...deps.stages,
  }
  const pipeline = createPipeline(stages, {
    ...contextDeps,
    database: deps.database,
    evidence: deps.evidence,
    monotonicMicros,
    ...(deps.onPoint === undefined ? {} : { onPoint: deps.onPoint }),
    onBug: (error, passage) => deps.onBug(error, passage.spec.name, passage.traceId),
  })

  function passageOf(request: GateRequest, registration: Registration, parent?: Passage, via?: Via): Passage {
    const signals = [request.signal, parent?.signal].filter((signal) => signal !== undefined)
    return {
      request,
      registration,
      spec: registration.spec,
      receiptId: newId('rct'),
      outcomeId: newId('rct'),
      traceId: parent?.traceId ?? traceIdOf(request),
      at: deps.clock(),
      startedMicros: monotonicMicros(),
      signal: signals.length === 0 ? new AbortController().signal : AbortSignal.any(signals),
      ...(parent === undefined ? {} : { parent }),
      ...(via === undefined ? {} : { via }),
      inputDigest: { sha256: '', bytes: 0 },
      reservedMicros: 0n,
      subject: {},
      placed: { licences: [] },
      counts: { calls: 0, rows: 0, bytesIn: 0, bytesOut: 0, cpuMicros: 0 },
      chargedMicros: 0n,
      drawn: { calls: 0, rows: 0 },
      level: 'none',
      afterCommit: [],
      nested: [],
    }
  }

  async function enter(request: GateRequest, parent?: Passage, via?: Via): Promise<Performed> {
    const registration = registrations.get(request.operation)
    if (registration === undefined) {
      const outcome = deny(gateDenials, 'operation_unknown', { operation: request.operation.slice(0, 64) })
      return { outcome, costMicros: 0n, wallMicros: 0, rows: 0 }
    }
    const passage = passageOf(request, registration, parent, via)
    if (via !== undefined)
      Object.assign(passage.subject, {
        package: via.package,
        version: via.version,
        digest: via.digest,
        run: via.run,
      })
    if (parent?.subject.case !== undefined) passage.subject.case = parent.subject.case
    const result = await pipeline(passage)
    deps.onPerformed?.(request.operation, result)
    return result
  }

  function nested(
    parent: Passage,
    operation: string,
    input: unknown,
    options: { via?: Via; signal?: AbortSignal },
  ): Promise<Performed> {
    parent.counts.calls += 1
    const { signal, via } = options
    const request: GateRequest = {
      operation,
      input,
      caller: { kind: 'none' },
      ...(signal === undefined ? {} : { signal }),
    }
    const answer = enter(request, parent, via ?? parent.via)
    // A plugin need not await its calls, but its run does: none is left without a receipt.
    parent.nested.push(
      answer.catch(() => {
        // The caller is told; the fault has its own receipt.
      }),
    )
    return answer
  }

  return {
    perform: (request) => enter(request),
    resume: (task) => resumeApproved({ ...deps, perform: (request) => enter(request) }, task),
    recover: () => recoverDangling({ ...deps, registrations, perform: (request) => enter(request) }),
    register(added) {
      for (const registration of added) {
        const { name } = registration.spec
        if (registrations.has(name))
          throw new Fault('operation_registered_twice', `Two handlers for ${name}.`, { retryable: false })
        registrations.set(name, registration)
      }
    },
    registered: () => [...registrations.keys()],
  }
}

/** The caller's, when it is one: 32 hexadecimal digits, not all zero. A wrong one is no reason to refuse. */
function traceIdOf({ traceId }: GateRequest): string {
  if (traceId !== undefined && /^(?!0{32})[0-9a-f]{32}$/.test(traceId)) return traceId
  return newId('trace').slice('trace_'.length)
}
