import { randomUUID } from 'node:crypto'
import type { Outcome } from '@switchboard/api'
import type { PluginCode, RunBudgets, RunReport, Sandbox } from '../../../apps/server/src/sandbox/index.ts'
import type { Canaries } from './canaries.ts'
import type { HostileClass, HostileProgram } from './hostile-class.ts'

/** What one program came to, and what is wrong with that; nothing, if all is well. */
export interface Performed {
  readonly program: string
  readonly end: string
  readonly wrong: readonly string[]
}

const atOnce = 3
const budgets: RunBudgets = {
  // For a machine that does other things as well; what must be stopped has shorter ones.
  wallMs: 20_000,
  cpuMs: 10_000,
  memoryMB: 32,
  calls: 200,
  outputBytes: 1024 * 1024,
  logBytes: 64 * 1024,
}
const offered = 'graph.search'
/** The smallest part of a path of this machine that a stack trace could give away. */
const ownPath = import.meta.dirname.split('/').slice(0, -3).join('/')

/** Performs every program of a class in the sandbox, a few at once, in a trust domain of the class's own. */
export async function performClass(
  sandbox: Sandbox,
  hostile: HostileClass,
  canaries: Canaries,
): Promise<readonly Performed[]> {
  const trustDomain = `hostile/${randomUUID()}`
  const waiting = [...hostile.programs]
  const performed: Performed[] = []
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        performed.push(await performProgram({ sandbox, hostile, canaries, trustDomain }, next))
    }),
  )
  return performed
}

interface Setting {
  readonly sandbox: Sandbox
  readonly hostile: HostileClass
  readonly canaries: Canaries
  readonly trustDomain: string
}

async function performProgram(setting: Setting, program: HostileProgram): Promise<Performed> {
  const wrong: string[] = []
  const code = await codeOf(program)
  let end = ''
  for (let phase = 1; phase <= (program.twice === true ? 2 : 1); phase += 1) {
    const said: string[] = []
    const report = await setting.sandbox.run({
      trustDomain: setting.trustDomain,
      code,
      args: { ...setting.canaries.args, phase },
      methods: [offered],
      budgets: { ...budgets, ...setting.hostile.budgets },
      onCall: async ({ method, args }) => {
        said.push(JSON.stringify(args))
        // The engine must have refused it before.
        if (method !== offered) wrong.push(`called ${method}`)
        return answer(args)
      },
      onLog: (line) => said.push(line.text),
      signal: new AbortController().signal,
    })
    end = describeEnd(report)
    wrong.push(...judge(setting, report, said))
  }
  return { program: program.name, end, wrong }
}

async function codeOf({ code, entry = 'index.js' }: HostileProgram): Promise<PluginCode> {
  if (typeof code === 'function') return { engine: 'wasm', module: await code() }
  return { entry, files: new Map(Object.entries(typeof code === 'string' ? { 'index.js': code } : code)) }
}

function judge(setting: Setting, report: RunReport, said: readonly string[]): string[] {
  const { hostile, canaries } = setting
  const wrong: string[] = []
  if (!hostile.ends.includes(report.end)) wrong.push(`ended as ${describeEnd(report)}`)
  if (report.end === 'returned' && hostile.mayReturn?.(report.value) === false)
    wrong.push(`returned ${JSON.stringify(report.value).slice(0, 200)}`)
  // What the plugin can see or send out, all of it.
  const out = [JSON.stringify(report), ...said].join('\n')
  wrong.push(...canaries.hits(out))
  if (out.includes(ownPath)) wrong.push('a path of this machine was shown')
  if (report.usage.logBytes > { ...budgets, ...hostile.budgets }.logBytes) wrong.push('over the log budget')
  // A result that could change the objects of who reads it.
  if (Object.keys(Object.prototype).length > 0 || 'polluted' in {})
    wrong.push('Object.prototype of the host was changed')
  return wrong
}

function describeEnd(report: RunReport): string {
  switch (report.end) {
    case 'exceeded':
      return `exceeded:${report.budget}`
    case 'result_invalid':
      return `result_invalid:${report.reason}`
    case 'crashed':
      return `crashed: ${report.detail.slice(0, 200)}`
    case 'threw':
      return `threw ${report.error.name}: ${report.error.message.slice(0, 100)}`
    default:
      return report.end
  }
}

function answer(args: unknown): Outcome<unknown> {
  if ((args as { q?: unknown }).q !== 'refuse') return { ok: true, value: [{ id: 'n1' }] }
  return {
    ok: false,
    denial: {
      code: 'CapabilityDenied',
      category: 'forbidden',
      params: {},
      message: 'Not granted.',
      change: 'Grant it.',
    },
  }
}
