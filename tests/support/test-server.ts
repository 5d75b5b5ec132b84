import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { TestContext } from 'node:test'
import { findOperation } from '@switchboard/api'
import type { Denial, InputOf, OperationByName, OperationName, OutputOf } from '@switchboard/api'
import { Check, Errors } from 'typebox/value'
import { composeServer } from '../../apps/server/src/compose.ts'
import type { ComposeOptions, Server } from '../../apps/server/src/compose.ts'
import type { Caller, GateRequest } from '../../apps/server/src/gate/index.ts'
import type { Role } from '../../apps/server/src/identity/index.ts'
import { readConfig } from '../../apps/server/src/kernel/config.ts'
import type { Config } from '../../apps/server/src/kernel/config.ts'
import type { Tx, WriteEvent } from '../../apps/server/src/kernel/db/index.ts'
import type { Performed } from '../../apps/server/src/kernel/handler.ts'
import type { OrganisationId, UserId } from '../../apps/server/src/kernel/ids.ts'
import type { Logger } from '../../apps/server/src/kernel/log.ts'
import { createSandbox } from '../../apps/server/src/sandbox/index.ts'
import type { RunRequest, Sandbox } from '../../apps/server/src/sandbox/index.ts'
import { testJail } from '../../apps/server/src/sandbox/testing/open-test-sandbox.ts'
import { createMetrics } from '../../apps/server/src/surface/index.ts'
import { buildPackage, testPublisher } from './test-package.ts'
import type { TestPackage } from './test-package.ts'

/** One person for each role, and two whose roles differ in nothing. */
const people = {
  admin: ['administrator'],
  analyst: ['analyst'],
  colleague: ['analyst'],
  reviewer: ['reviewer'],
  auditor: ['auditor'],
  finops: ['finops'],
} as const satisfies Record<string, readonly Role[]>
type Person = keyof typeof people

export interface Who {
  readonly kind: 'user'
  readonly organisation: OrganisationId
  readonly user: UserId
}
export type People = Readonly<Record<Person, Who>> & { readonly organisation: OrganisationId }

export interface TestServerOptions extends Pick<
  ComposeOptions,
  'stages' | 'onPoint' | 'ceilings' | 'sandbox' | 'resolve' | 'outboundLimits' | 'feedLimits'
> {
  readonly config?: Partial<Config>
  /** Monthly budget of an organisation. */
  readonly budgetMicros?: number
  /** What the server is expected to log as an error; anything else fails the test. */
  readonly expectErrors?: RegExp
  readonly database?: string
  /** What the sandbox says it reached, and what would raise that; what it really reached when left out. */
  readonly claims?: Pick<Sandbox, 'level' | 'mend'>
  /** Sees what the sandbox is asked to run. */
  readonly onSandboxRun?: (request: RunRequest) => void
  /** What the sandbox is asked in its place. */
  readonly changeRun?: (request: RunRequest) => RunRequest
}

/**
 * One sandbox for all tests of the process: starting one is half of what a server costs, and it keeps nothing but
 * processes, which no two organisations share.
 */
let sharedSandbox: Promise<Sandbox> | undefined
after(async () => await (await sharedSandbox)?.close())

type AskOptions = Pick<GateRequest, 'idempotencyKey' | 'signal' | 'traceId' | 'approvedBy'>

/** A receipt with its parts opened. */
export interface StoredReceipt {
  readonly id: string
  readonly organisation: string
  readonly operation: string
  readonly phase: string
  readonly decision: string
  readonly parent: string | null
  readonly run: string | null
  readonly calls: number
  readonly rows: number
  readonly cost_micros: number
  readonly level: string
  readonly parts: Readonly<Record<string, Record<string, unknown>>>
}

export type TestServer = Awaited<ReturnType<typeof createTestServer>>

const hourMs = 3_600_000

/** Meters are kept by month, in UTC: a test in which one ends would find nothing in it. */
function untilNextMonth(): number {
  const now = new Date()
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1) - now.getTime()
}

/**
 * The whole product without HTTP, in a temporary folder: real store, cores, sandbox and packages. Organisations A and B
 * have one person for each role and have pinned {@link testPublisher}. Every answer is held against the catalogue's
 * output schema, and an error that the server logs fails the test.
 */
export async function createTestServer(t: TestContext, options: TestServerOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-server-'))
  const errors: { message: string; error: unknown }[] = []
  const writes: WriteEvent[] = []
  let ahead = untilNextMonth() < hourMs ? hourMs : 0
  const clock = (): number => Date.now() + ahead
  let server = await open()
  let closed = false

  async function open(change: Pick<TestServerOptions, 'stages' | 'onPoint'> = {}): Promise<Server> {
    const { stages, onPoint, ceilings, resolve, outboundLimits, feedLimits } = { ...options, ...change }
    return await composeServer({
      config: {
        ...readConfig({}, folder),
        data: folder,
        database: options.database ?? '',
        runners: 1,
        budgetMicros: options.budgetMicros ?? 1_000_000_000,
        ...options.config,
      },
      version: '0.0.0-test',
      log: capturingLog(errors),
      metrics: createMetrics(),
      clock,
      sandbox: seenBy(
        options,
        options.sandbox ??
          (await (sharedSandbox ??= createSandbox({
            poolSize: 1,
            maxRunners: 6,
            idleMs: 2_000,
            jail: testJail,
          }))),
      ),
      observeWrites: (event) => writes.push(event),
      // Tests do it when they want it done, however long they take.
      housekeepingEveryMs: 3_600_000,
      ...(stages === undefined ? {} : { stages }),
      ...(onPoint === undefined ? {} : { onPoint }),
      ...(ceilings === undefined ? {} : { ceilings }),
      ...(resolve === undefined ? {} : { resolve }),
      ...(outboundLimits === undefined ? {} : { outboundLimits }),
      ...(feedLimits === undefined ? {} : { feedLimits }),
    })
  }
  async function close(): Promise<void> {
    if (!closed) await server.close()
    closed = true
  }
  t.after(async () => {
    await close()
    await rm(folder, { recursive: true })
    const unexpected = errors.filter(
      ({ message, error }) => options.expectErrors?.test(`${message} ${String(error)}`) !== true,
    )
    assert.deepEqual(unexpected, [], 'the server logged errors')
  })

  /** Performs as somebody and answers all that the gate does. */
  async function ask(
    caller: Caller,
    operation: string,
    input: unknown = {},
    extra: AskOptions = {},
  ): Promise<Performed> {
    const performed = await server.gate.perform({ operation, input, caller, ...extra })
    const spec = findOperation(operation)
    if (performed.outcome.ok && spec !== undefined && !Check(spec.output, performed.outcome.value)) {
      assert.fail(
        `${operation} answered what its schema forbids: ${JSON.stringify(Errors(spec.output, performed.outcome.value)[0])}`,
      )
    }
    return performed
  }
  /** Performs and insists on a value. */
  async function value<N extends OperationName>(
    caller: Caller,
    operation: N,
    input: InputOf<OperationByName<N>>,
    extra: AskOptions = {},
  ): Promise<OutputOf<OperationByName<N>>> {
    const { outcome } = await ask(caller, operation, input, extra)
    if (!outcome.ok)
      assert.fail(`${operation} was refused: ${outcome.denial.code}: ${outcome.denial.message}`)
    return outcome.value as OutputOf<OperationByName<N>>
  }
  /** Performs and insists on a denial. */
  async function denial(
    caller: Caller,
    operation: string,
    input: unknown = {},
    extra: AskOptions = {},
  ): Promise<Denial> {
    const { outcome } = await ask(caller, operation, input, extra)
    assert.ok(!outcome.ok, `${operation} was allowed`)
    return outcome.denial
  }

  async function makePeople(name: string, demo: boolean): Promise<People> {
    const made = await server.database.writer.transact({ by: 'bootstrap' }, async (tx) => {
      const organisation = await server.identity.ensureOrganisation(tx, { name, demo })
      const entries: [string, Who][] = []
      for (const [person, roles] of Object.entries(people)) {
        const { id } = await server.identity.ensureUser(tx, { organisation, name: person, roles, demo })
        entries.push([person, { kind: 'user', organisation, user: id }])
      }
      return { organisation, ...(Object.fromEntries(entries) as Record<Person, Who>) }
    })
    await value(made.admin, 'publisher.trust', {
      publisher: 'Test publisher',
      key: testPublisher.publicKeyPem,
    })
    return made
  }
  const a = await makePeople('Organisation A', true)
  const b = await makePeople('Organisation B', false)

  return {
    folder,
    a,
    b,
    writes,
    errors,
    get server() {
      return server
    },
    get database() {
      return server.database
    },
    get gate() {
      return server.gate
    },
    clock,
    advance: (ms: number) => void (ahead += ms),
    ask,
    value,
    denial,
    makePeople,
    /** Somebody reads what another added, as people must wherever the sandbox is weaker than `full`. */
    async review(who: People, id: string, version: string) {
      return await value(who.reviewer, 'plugin.review', { id, version, note: 'read for this test' })
    },
    /** Adds a package to an organisation's catalogue. */
    async add(who: People, wanted: TestPackage | Buffer) {
      const bytes = Buffer.isBuffer(wanted) ? wanted : await buildPackage(wanted)
      return await value(who.admin, 'package.add', { content: bytes.toString('base64') })
    },
    /** Adds, reviews and installs a package; grants `caps`. Answers its name. */
    async install(who: People, wanted: TestPackage | Buffer, caps: readonly string[] = []): Promise<string> {
      const { name, version, kind } = await this.add(who, wanted)
      if (kind === 'plugin') await this.review(who, name, version)
      await value(who.admin, 'plugin.install', { id: name, caps: [...caps] })
      return name
    },
    /** All receipts in order, parts opened. */
    async receipts(
      filter: { readonly operation?: string; readonly organisation?: string } = {},
    ): Promise<readonly StoredReceipt[]> {
      let query = server.database.read.selectFrom('receipts').selectAll().orderBy('id')
      if (filter.operation !== undefined) query = query.where('operation', '=', filter.operation)
      if (filter.organisation !== undefined) query = query.where('organisation', '=', filter.organisation)
      return (await query.execute()).map((row) => ({ ...row, parts: openParts(row.parts) }))
    },
    /** Changes the store past the gate, as somebody with a hand on the disk might. */
    edit: (work: (tx: Tx) => Promise<unknown>): Promise<unknown> =>
      server.database.writer.transact({ by: 'bootstrap' }, work),
    /** Stops the server and starts it again on the same folder, with other stages if need be. */
    async reopen(change: Pick<TestServerOptions, 'stages' | 'onPoint'> = {}): Promise<Server> {
      await close()
      server = await open(change)
      closed = false
      return server
    },
    /** A second server over the same store and folder, as on PostgreSQL there may be; whoever asks closes it. */
    another: open,
    close,
  }
}

/** The same sandbox, saying what a test has it say. */
function seenBy({ claims, onSandboxRun, changeRun }: TestServerOptions, sandbox: Sandbox): Sandbox {
  if (claims === undefined && onSandboxRun === undefined && changeRun === undefined) return sandbox
  return {
    level: sandbox.level,
    ...claims,
    run(request) {
      onSandboxRun?.(request)
      return sandbox.run(changeRun?.(request) ?? request)
    },
    stats: () => sandbox.stats(),
    close: () => sandbox.close(),
  }
}

function openParts(json: string): StoredReceipt['parts'] {
  const parts = JSON.parse(json) as Record<string, Record<string, unknown>>
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, (part['value'] ?? part) as Record<string, unknown>]),
  )
}

function capturingLog(errors: { message: string; error: unknown }[]): Logger {
  const keep = (facts: { err?: unknown }, message: string): void =>
    void errors.push({ message, error: facts.err ?? facts })
  const ignore = (): void => undefined
  // Of a logger the server uses the levels alone.
  return { error: keep, warn: ignore, info: ignore, debug: ignore } as unknown as Logger
}
