import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CliIo } from '../cli-io.ts'
import { runLocalCommand } from './command-io.ts'
import type { CommandCall, CommandEnd, LocalCommand } from './command-io.ts'
import { chooseGrants } from './local/choose-grants.ts'
import { checkEntry, loadPlugin } from './local/load-plugin.ts'
import type { LocalPlugin } from './local/load-plugin.ts'
import { openLocalSandbox } from './local/open-local-sandbox.ts'
import { jsonFilesIn, readFixtures } from './local/read-fixtures.ts'
import { FileRefused, readJsonFile } from './local/read-json-file.ts'
import { runLocally } from './local/run-locally.ts'
import type { LocalRun } from './local/run-locally.ts'
import { differencesOf, TestCase } from './local/test-case.ts'
import { createWorld } from './local/world.ts'
import type { WorldFile } from './local/world-schema.ts'

const help = `switchboard plugin test [FOLDER] [options]

Runs each FOLDER/tests/*.json in the server's own sandbox and compares what came out. Seed and clock are fixed, so the
same plugin gives the same answer every time. Exit code 0 when all pass, 1 when one fails or there is none.

A test says input, case, grants (those that the manifest requires, when left out), world (in place of fixtures), budgets (below
those of the manifest), seed, now, and expect: { "result": … } or { "denial": CODE }, with "calls": [ … ] if those matter.

  --update   write what came out into the tests that differ, to be read before it is committed
  --json     print one JSON object
`

const test: LocalCommand<CliIo> = {
  help,
  options: { update: { type: 'boolean' } },
  positionals: [0, 1],
  run: runTests,
}

/** `switchboard plugin test` */
export function testCommand(argv: readonly string[], io: CliIo): Promise<number> {
  return runLocalCommand(test, argv, io)
}

interface Verdict {
  readonly name: string
  readonly about: string
  readonly passed: boolean
  readonly differences: readonly string[]
  readonly updated: boolean
}

async function runTests(call: CommandCall<CliIo>): Promise<CommandEnd> {
  const [folder = '.'] = call.positionals
  const say = (text: string) => void (call.json ? undefined : call.io.stdout.write(`${text}\n`))
  const plugin = await loadPlugin(folder)
  for (const warning of plugin.prepared.warnings) say(`Warning  ${warning}`)
  const names = await jsonFilesIn(join(folder, 'tests'))
  if (names.length === 0)
    throw new FileRefused(
      join(folder, 'tests'),
      'There is no test: write tests/NAME.json with input and expect.',
    )
  await using sandbox = await openLocalSandbox(call.io)
  await checkEntry(plugin, sandbox)
  const fixtures = await readFixtures(folder)
  const verdicts: Verdict[] = []
  for (const name of names) {
    const file = join(folder, 'tests', name)
    const one = await readJsonFile(file, TestCase)
    const run = await runLocally(plugin, sandbox, await orderOf(plugin, one, `tests/${name}`, fixtures))
    const differences = differencesOf(one.expect, run)
    const updated = differences.length > 0 && call.flag('update')
    if (updated)
      await writeFile(file, `${JSON.stringify({ ...one, expect: expectationOf(one, run) }, null, 2)}\n`)
    const verdict = { name, about: one.about ?? name, passed: differences.length === 0, differences, updated }
    verdicts.push(verdict)
    say(`${verdict.passed ? 'pass' : updated ? 'updated' : 'FAIL'}  ${verdict.about} (tests/${name})`)
    for (const line of differences) say(`      ${line}`)
  }
  const passed = verdicts.filter((one) => one.passed).length
  const failed = verdicts.filter((one) => !one.passed && !one.updated).length
  const updated = verdicts.length - passed - failed
  return {
    result: { passed, failed, updated, level: sandbox.level, tests: verdicts },
    lines: [
      `${passed} passed, ${failed} failed${updated === 0 ? '' : `, ${updated} updated`} at sandbox level ${sandbox.level}`,
    ],
    refused: failed > 0,
  }
}

const seed = '0'.repeat(64)
const startMs = Date.UTC(2026, 0, 1)

async function orderOf(
  plugin: LocalPlugin,
  one: TestCase,
  where: string,
  fixtures: ReadonlyMap<string, WorldFile>,
): Promise<Parameters<typeof runLocally>[2]> {
  const now = one.now === undefined ? startMs : Date.parse(one.now)
  if (Number.isNaN(now))
    throw new FileRefused(`${where}#/now`, 'It is no instant such as 2026-01-01T00:00:00Z.')
  const undeclared = one.grants?.find((scope) => !plugin.declared.has(scope))
  if (undeclared !== undefined) {
    throw new FileRefused(
      `${where}#/grants`,
      `manifest.json does not name ${undeclared}, so it can never be granted.`,
    )
  }
  return {
    input: one.input,
    granted: chooseGrants(plugin, one.grants),
    // A world of its own for each test: what one writes, no other sees.
    world: await createWorld(one.world === undefined ? fixtures : new Map([[`${where}#/world`, one.world]])),
    ...(one.case === undefined ? {} : { caseId: one.case }),
    budgets: budgetsOf(plugin, one),
    determinism: { seed: one.seed ?? seed, startMs: now },
  }
}

/** No test can raise what the manifest states: the server would not either. */
function budgetsOf(
  { budgets }: LocalPlugin,
  { budgets: asked = {} }: TestCase,
): Partial<LocalPlugin['budgets']> {
  const below = (allowed: number, wanted: number | undefined) => Math.min(allowed, wanted ?? allowed)
  return {
    wallMs: below(budgets.wallMs, asked.ms),
    cpuMs: below(budgets.cpuMs, asked.cpuMs),
    memoryMB: below(budgets.memoryMB, asked.memoryMB),
    rows: below(budgets.rows, asked.rows),
    calls: below(budgets.calls, asked.calls),
    outputBytes: below(budgets.outputBytes, asked.outputBytes),
  }
}

function expectationOf({ expect }: TestCase, { outcome, calls }: LocalRun): object {
  return {
    ...(outcome.ok ? { result: outcome.value.result } : { denial: outcome.denial.code }),
    ...(expect.calls === undefined
      ? {}
      : {
          calls: calls.map(({ method, decision }) => (decision === 'denied' ? `${method} denied` : method)),
        }),
  }
}
