import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { allow } from '@switchboard/api'
import { handleExternal, operationOf } from '../../../apps/server/src/kernel/handler.ts'
import type { Context, Registration, Via } from '../../../apps/server/src/kernel/handler.ts'
import { operationBehind, pluginMethods } from '../../../apps/server/src/sandbox/capabilities/index.ts'
import { createTestGate, testVia, trustedCode } from '../../support/test-gate.ts'
import type { TestServer } from '../../support/test-server.ts'
import { essences, inputs } from './calls.ts'
import { drawFrom } from './draw.ts'
import type { Draw } from './draw.ts'
import { handlersOf } from './handlers.ts'
import { leaking } from './leaks.ts'
import type { Leak } from './leaks.ts'
import { models } from './oracle.ts'
import type { Installation, Run } from './oracle.ts'
import type { Outside } from './outside.ts'
import { declared, makeWorld, packages, reconfigure } from './world.ts'
import type { Side } from './world.ts'

const callsPerRun = 25
const runsPerConfiguration = 4

export interface Comparison {
  readonly seed: number
  readonly calls: number
  readonly leak?: Leak
  /** Ends it soon after so many differences. */
  readonly differencesAtMost: number
}
export interface Found {
  readonly differences: string[]
  asked: number
  /** How often each method was answered. */
  readonly answered: Map<string, number>
  readonly refused: Map<string, number>
  /** How often the outside was really asked. */
  sent: number
}

interface Stream {
  readonly own: Side
  readonly others: Side
  readonly draw: Draw
}

/**
 * Performs calls of both tenants at the same time, each tenant's in order, and holds every end against the model's. What a
 * tenant asks depends on the seed alone, however the two are interleaved.
 */
export async function compare(s: TestServer, outside: Outside, comparison: Comparison): Promise<Found> {
  const { seed, leak } = comparison
  const [a, b] = await makeWorld(s, outside, drawFrom(seed))
  const found: Found = { differences: [], asked: 0, answered: new Map(), refused: new Map(), sent: 0 }
  const streams: readonly Stream[] = [
    { own: a, others: b, draw: drawFrom(seed + 1) },
    { own: b, others: a, draw: drawFrom(seed + 2) },
  ]
  const inside = async (ctx: Context): Promise<void> => {
    const stream = streams.find(({ own }) => own.who.organisation === ctx.actor.organisation)
    assert.ok(stream)
    await askAll(ctx, { s, outside, comparison, found, stream })
  }
  const gate = createTestGate(s, [outer(inside), ...handlersOf(s, outside, leak)], {
    database: leaking(s.database, leak),
    async permitsOf(db, organisation, name) {
      const permits = await s.server.marketplace.permitsOf(db, organisation, name)
      return {
        ...permits,
        ...(leak?.forgets === 'ceilings' ? { ceilings: { tlp: 'RED', pap: 'RED', licences: ['*'] } } : {}),
        ...(leak?.forgets === 'grants' ? { granted: new Set(declared) } : {}),
      }
    },
  })
  const ends = await Promise.all(
    streams.map(({ own }) =>
      gate.perform({ operation: 'plugin.run', input: { id: packages[0] }, caller: own.who.analyst }),
    ),
  )
  for (const { outcome } of ends) assert.ok(outcome.ok, JSON.stringify(outcome))
  return found
}

/** The operation that the calls are nested in, as a run's would be. */
function outer(inside: (ctx: Context) => Promise<void>): Registration {
  return handleExternal(operationOf('plugin.run'), {
    resource: trustedCode,
    async run(ctx) {
      await inside(ctx)
      return { outcome: allow({}) as never }
    },
  })
}

interface Asking {
  readonly s: TestServer
  readonly outside: Outside
  readonly comparison: Comparison
  readonly found: Found
  readonly stream: Stream
}

async function askAll(ctx: Context, asking: Asking): Promise<void> {
  const { s, outside, comparison, found, stream } = asking
  const { own, draw } = stream
  const all = comparison.calls / 2
  for (let number = 0; number < all;) {
    const id = draw.one(packages)
    await reconfigure(s, outside, own, id, draw)
    for (let runs = runsPerConfiguration; runs > 0; runs -= 1) {
      const { run, via } = startRun(own, id, draw)
      for (let calls = callsPerRun; calls > 0 && number < all; calls -= 1, number += 1) {
        if (found.differences.length >= comparison.differencesAtMost) return
        await askOne(ctx, asking, { run, via, number })
      }
    }
  }
}

function startRun({ tenant }: Side, id: string, draw: Draw): { readonly run: Run; readonly via: Via } {
  const on = draw.chance(0.7) ? draw.one(tenant.cases) : undefined
  const marked = { tlp: on?.tlp ?? 'CLEAR', pap: on?.pap ?? 'CLEAR' }
  const installation = tenant.packages.get(id) as Installation
  return {
    run: { tenant, installation, declared, on, ...marked },
    via: testVia({
      package: id,
      declared,
      calls: 1_000,
      rows: 1_000_000,
      ...(on === undefined ? {} : { case: on.id }),
      marked,
    }),
  }
}

async function askOne(
  ctx: Context,
  { outside, found, stream }: Asking,
  { run, via, number }: { readonly run: Run; readonly via: Via; readonly number: number },
): Promise<void> {
  const { own, others, draw } = stream
  const method = draw.one(pluginMethods)
  const input = inputs[method]?.({ run, own, others, draw, number, port: outside.port }) ?? {}
  const { outcome } = await ctx.perform(operationBehind(method)?.operation ?? '', input, { via })
  const expected = models[method]?.(run, input)
  found.asked += 1
  count(outcome.ok ? found.answered : found.refused, outcome.ok ? method : outcome.denial.code)
  const actual = outcome.ok
    ? { answer: essences[method]?.(outcome.value as never) }
    : { refused: outcome.denial.code }
  if (outcome.ok && method === 'net.fetch' && !(outcome.value as { cached: boolean }).cached) found.sent += 1
  const wanted = expected !== undefined && 'answer' in expected ? { answer: expected.answer } : expected
  // Of another tenant's words a refusal may say none either.
  const strayed = JSON.stringify(outcome).includes(others.tenant.name)
  if (
    strayed ||
    !isDeepStrictEqual(actual, wanted) ||
    !isDeepStrictEqual(via.marked, { tlp: run.tlp, pap: run.pap })
  ) {
    found.differences.push(
      `${strayed ? 'the other tenant’s words: ' : ''}call ${number} of ${own.tenant.name}: ${method} ${shortly(input)}, knowing ${run.tlp} ${run.pap} and ${via.marked.tlp} ${via.marked.pap}: ${shortly(actual)} and not ${shortly(wanted)}`,
    )
    Object.assign(run, via.marked)
  }
  if (outcome.ok && expected !== undefined && 'answer' in expected) expected.learn?.(outcome.value as never)
}

function count(of: Map<string, number>, name: string): void {
  of.set(name, (of.get(name) ?? 0) + 1)
}

const shortly = (value: unknown): string => JSON.stringify(value).slice(0, 300)
