import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { CliIo } from '../cli-io.ts'
import { findServer } from '../find-server.ts'
import { describeRefusal, refusalLine, runLocalCommand, UsageError } from './command-io.ts'
import type { CommandCall, CommandEnd, LocalCommand } from './command-io.ts'
import { chooseGrants } from './local/choose-grants.ts'
import { checkEntry, loadPlugin } from './local/load-plugin.ts'
import { openLocalSandbox } from './local/open-local-sandbox.ts'
import { callText, logLineText, runJson, runLines } from './local/print-local-run.ts'
import { readFixtures } from './local/read-fixtures.ts'
import { FileRefused } from './local/read-json-file.ts'
import { runLocally } from './local/run-locally.ts'
import type { LocalRun } from './local/run-locally.ts'
import { createServerWorld } from './local/server-world.ts'
import { createWorld } from './local/world.ts'
import type { World } from './local/world.ts'

const help = `switchboard plugin dev [FOLDER] [options]

Runs a plugin in the server's own sandbox, with the budgets of its manifest, and again at each change of a file, until Ctrl+C.
Its calls go to the world in FOLDER/fixtures, behind the same checks as on a server.

  --input JSON|FILE  args of run (default: input.json of the folder, else {})
  --grant SCOPE      a scope that is granted; repeat it, or use commas. Without it those that the manifest
                     requires are; "none" grants nothing
  --case ID          the case that the run is on
  --once             run once and end: exit code 0 for a result, 1 for anything else
  --server           ask a running server instead of fixtures, as the signed-in user; it only reads there
  --server-writes    with --server: write there too
  --url, --token, --data   which server and who asks, as for every command
  --json             print one JSON object per run
`

const dev: LocalCommand<CliIo> = {
  help,
  options: {
    input: { type: 'string' },
    grant: { type: 'string', multiple: true },
    case: { type: 'string' },
    once: { type: 'boolean' },
    server: { type: 'boolean' },
    'server-writes': { type: 'boolean' },
    url: { type: 'string' },
    token: { type: 'string' },
    data: { type: 'string' },
  },
  positionals: [0, 1],
  run: (call) => (call.flag('once') ? runOnce(call) : runAtEachChange(call)),
}

/** `switchboard plugin dev` */
export function devCommand(argv: readonly string[], io: CliIo): Promise<number> {
  return runLocalCommand(dev, argv, io)
}

type Call = CommandCall<CliIo>

async function runOnce(call: Call): Promise<CommandEnd> {
  await using sandbox = await openLocalSandbox(call.io)
  const run = await performRun(call, sandbox)
  return { result: runJson(run), lines: runLines(run), refused: !run.outcome.ok }
}

/** What is wrong in the meantime is printed and mended, not an end. */
async function runAtEachChange(call: Call): Promise<CommandEnd> {
  const { io } = call
  const [folder = '.'] = call.positionals
  await using sandbox = await openLocalSandbox(call.io)
  using changes = watchFolder(folder)
  const asked = stopAsked()
  for (let round = 1; ; round += 1) {
    try {
      const run = await performRun(call, sandbox, asked.signal)
      io.stdout.write(call.json ? `${JSON.stringify(runJson(run))}\n` : `${runLines(run).join('\n')}\n`)
    } catch (error) {
      const refusal = describeRefusal(error)
      if (refusal === undefined && !(error instanceof UsageError)) throw error
      // Nothing to mend in the folder when the command itself was wrong.
      if (refusal === undefined && round === 1) throw error
      io.stderr.write(`${refusal === undefined ? String(error) : refusalLine(refusal)}\n`)
    }
    if (!call.json) io.stdout.write('Waiting for a change; Ctrl+C ends.\n')
    const changed = await Promise.race([changes.next(), asked.ended])
    if (changed === undefined) return { lines: [] }
    if (!call.json) io.stdout.write(`\n── ${changed} changed\n`)
  }
}

async function performRun(
  call: Call,
  sandbox: Awaited<ReturnType<typeof openLocalSandbox>>,
  signal?: AbortSignal,
): Promise<LocalRun> {
  const { io, option, json } = call
  const [folder = '.'] = call.positionals
  const plugin = await loadPlugin(folder)
  await checkEntry(plugin, sandbox)
  const granted = chooseGrants(plugin, call.list('grant'))
  const world = await worldOf(call, folder)
  const input = await readInput(option('input'), folder)
  const { name, version } = plugin.manifest
  const say = (text: string) => void (json ? undefined : io.stdout.write(`${text}\n`))
  say(`${name} ${version}, granted ${[...granted].join(', ') || 'nothing'}`)
  for (const warning of plugin.prepared.warnings) say(`Warning  ${warning}`)
  const caseId = option('case')
  return await runLocally(plugin, sandbox, {
    input,
    granted,
    world,
    ...(caseId === undefined ? {} : { caseId }),
    ...(signal === undefined ? {} : { signal }),
    onLog: (line) => say(logLineText(line)),
    onCall: (one) => say(callText(one)),
  })
}

async function worldOf({ flag, option, io }: Call, folder: string): Promise<World> {
  if (flag('server-writes') && !flag('server')) throw new UsageError('--server-writes wants --server.')
  if (!flag('server')) return await createWorld(await readFixtures(folder))
  const [url, token, data] = [option('url'), option('token'), option('data')]
  const server = await findServer(
    {
      ...(url === undefined ? {} : { url }),
      ...(token === undefined ? {} : { token }),
      ...(data === undefined ? {} : { data }),
    },
    io,
  )
  return createServerWorld(server, io, { writes: flag('server-writes') })
}

/** JSON as it stands when it looks like it, else the name of a file. */
async function readInput(given: string | undefined, folder: string): Promise<unknown> {
  const isText = given !== undefined && /^\s*[[{"]/.test(given)
  const file = given ?? join(folder, 'input.json')
  let text: string
  try {
    text = isText ? given : await readFile(file, 'utf8')
  } catch (error) {
    // Nobody asked for it, and not every plugin wants arguments.
    if (given === undefined && error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new FileRefused(
      isText ? '--input' : file,
      `It is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

// Editors write a file in several steps, and save several files at once.
const settleMs = 100

/** The files that change below a folder, a group at a time. */
function watchFolder(folder: string): { next(): Promise<string> } & Disposable {
  let waiting: ((name: string) => void) | undefined
  let changed: string | undefined
  let timer: NodeJS.Timeout | undefined
  const watcher = watch(folder, { recursive: true }, (_event, path) => {
    const names = (path ?? '').split(/[\\/]/)
    // What tools write beside the sources: their folders are hidden or node_modules, packages are made by packing.
    if (
      names.some((name) => name.startsWith('.') || name === 'node_modules') ||
      /\.sbp(\.part)?$|~$/.test(path ?? '')
    )
      return
    changed = path === null ? basename(folder) : path
    clearTimeout(timer)
    timer = setTimeout(give, settleMs)
  })
  function give(): void {
    if (changed === undefined || waiting === undefined) return
    const [tell, name] = [waiting, changed]
    waiting = undefined
    changed = undefined
    tell(name)
  }
  return {
    next: () =>
      new Promise((resolve) => {
        waiting = resolve
        // Something changed while the run was under way.
        if (changed !== undefined) timer = setTimeout(give, settleMs)
      }),
    [Symbol.dispose]() {
      clearTimeout(timer)
      watcher.close()
    },
  }
}

function stopAsked() {
  const controller = new AbortController()
  const ended = new Promise<undefined>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        controller.abort()
        resolve(undefined)
      })
    }
  })
  return { signal: controller.signal, ended }
}
