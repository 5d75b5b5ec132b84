import { isDeepStrictEqual } from 'node:util'
import { Type } from 'typebox'
import type { Static, TProperties } from 'typebox'
import type { LocalRun } from './run-locally.ts'
import { WorldFile } from './world-schema.ts'

const closed = <const P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })
const Count = Type.Integer({ minimum: 1, maximum: 1_000_000_000 })

/** A file in `tests`: an input, the world it is tried in, and what has to come out. */
export const TestCase = closed({
  about: Type.Optional(Type.String({ description: 'What it shows; the name of the file when left out.' })),
  input: Type.Optional(Type.Unknown()),
  case: Type.Optional(Type.String({ pattern: '^case_[0-9a-f]{32}$' })),
  grants: Type.Optional(Type.Array(Type.String())),
  world: Type.Optional(WorldFile),
  budgets: Type.Optional(
    closed({
      ms: Type.Optional(Count),
      cpuMs: Type.Optional(Count),
      memoryMB: Type.Optional(Count),
      rows: Type.Optional(Type.Integer({ minimum: 0 })),
      calls: Type.Optional(Type.Integer({ minimum: 0 })),
      outputBytes: Type.Optional(Type.Integer({ minimum: 0 })),
    }),
  ),
  seed: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
  now: Type.Optional(
    Type.String({ description: 'What the clock shows at the start, such as 2026-01-01T00:00:00Z.' }),
  ),
  expect: Type.Union([
    closed({ result: Type.Unknown(), calls: Type.Optional(Type.Array(Type.String())) }),
    closed({
      denial: Type.String({ description: 'The code, such as CapabilityDenied.' }),
      calls: Type.Optional(Type.Array(Type.String())),
    }),
  ]),
})
export type TestCase = Static<typeof TestCase>

/** Where a run differs from what was expected, a line each; none: it passes. */
export function differencesOf(expected: TestCase['expect'], run: LocalRun): readonly string[] {
  const { outcome } = run
  const lines: string[] = []
  if ('denial' in expected) {
    if (outcome.ok)
      lines.push(`expected the denial ${expected.denial}, got the result ${show(outcome.value.result)}`)
    else if (outcome.denial.code !== expected.denial)
      lines.push(
        `expected the denial ${expected.denial}, got ${outcome.denial.code}: ${outcome.denial.message}`,
      )
  } else if (!outcome.ok) {
    lines.push(`expected a result, got the denial ${outcome.denial.code}: ${outcome.denial.message}`)
  } else {
    compare('', expected.result, outcome.value.result, lines)
  }
  if (expected.calls !== undefined) {
    const made = run.calls.map(({ method, decision }) =>
      decision === 'denied' ? `${method} denied` : method,
    )
    compare('calls', expected.calls, made, lines)
  }
  return lines
}

const mostLines = 20

function compare(at: string, wanted: unknown, got: unknown, lines: string[]): void {
  if (isDeepStrictEqual(wanted, got)) return
  if (lines.length >= mostLines) return
  if (isGroup(wanted) && isGroup(got) && Array.isArray(wanted) === Array.isArray(got)) {
    for (const name of new Set([...Object.keys(wanted), ...Object.keys(got)]))
      compare(`${at}/${name}`, wanted[name], got[name], lines)
    return
  }
  lines.push(`${at || '/'}: expected ${show(wanted)}, got ${show(got)}`)
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length <= 200 ? text : `${text.slice(0, 199)}…`
}
