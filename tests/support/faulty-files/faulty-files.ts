import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** How a call goes wrong; see faulty-files.c. */
export type FaultKind = 'torn' | 'cut' | 'short' | 'full' | 'once' | 'sync' | 'readonly'

const source = fileURLToPath(new URL('faulty-files.c', import.meta.url))

/** Why there can be no fault layer here; undefined where there can. */
export function whyNoFaults(): string | undefined {
  if (process.platform !== 'linux') return 'the fault layer is put in by LD_PRELOAD, which is of Linux'
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'there is no C compiler (cc) to build the fault layer with'
  }
}

/** Builds the layer in `folder`; answers the path of the library. */
export async function buildFaultLayer(folder: string): Promise<string> {
  const library = join(folder, 'faulty-files.so')
  await new Promise<void>((done, failed) => {
    execFile(
      'cc',
      ['-O2', '-fPIC', '-shared', '-Wall', '-Wextra', '-Werror', '-o', library, source, '-ldl'],
      (error, _out, said) =>
        error === null ? done() : failed(new Error(`The layer cannot be built:\n${said}`)),
    )
  })
  return library
}

export interface Ended {
  readonly lines: readonly string[]
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly errors: string
  /** Calls below the folder; undefined when the process did not end by itself. */
  readonly calls: number | undefined
}

/** Runs a script of ours with `folder` as its first argument, with one call below that folder going wrong. */
export async function runWithFault(options: {
  readonly library: string
  readonly script: string
  readonly folder: string
  readonly args?: readonly string[]
  readonly fault?: { readonly kind: FaultKind; readonly at: number }
}): Promise<Ended> {
  const { library, script, folder, fault, args = [] } = options
  const countFolder = mkdtempSync(join(tmpdir(), 'switchboard-calls-'))
  const countFile = join(countFolder, 'count')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, folder, ...args], {
    env: {
      PATH: process.env['PATH'] ?? '',
      LD_PRELOAD: library,
      // Hundreds of starts of the same modules: stripped and compiled once.
      NODE_COMPILE_CACHE: join(tmpdir(), 'switchboard-compiled'),
      FAULTY_FOLDER: folder,
      FAULTY_COUNT: countFile,
      FAULTY_KIND: fault?.kind ?? 'none',
      FAULTY_AT: String(fault?.at ?? 0),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  // Whoever hangs has failed as well.
  const late = setTimeout(() => child.kill('SIGKILL'), 60_000)
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done, failed) => {
    child.on('error', failed)
    child.on('close', (...end) => done(end))
  })
  clearTimeout(late)
  const calls = readCount(countFile)
  rmSync(countFolder, { recursive: true })
  return {
    lines: said.split('\n').filter((line) => line !== ''),
    code,
    signal,
    errors,
    calls,
  }
}

function readCount(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    // The process was killed before it could say.
    return undefined
  }
}
