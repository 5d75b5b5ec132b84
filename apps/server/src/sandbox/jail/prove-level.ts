import { createHash } from 'node:crypto'
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import type { SandboxLevel } from '../boundary.ts'
import type { CanaryResult } from '../canary-result.ts'
import { findFfi } from './ffi.ts'
import { namespaceSettings } from './find-bwrap.ts'
import type { JailForm, Jails, JailSettings } from './open-jails.ts'
import { ProbeSurroundings, proves } from './probe.ts'

/** What the probe found about one form. */
export interface Verdict {
  readonly level: SandboxLevel
  readonly proved: boolean
  readonly canaries: readonly CanaryResult[]
  /** Why not, for operators. */
  readonly why?: string
}

export interface ProofOptions {
  readonly settings: JailSettings
  readonly jails: Jails
  readonly nodePath: string
  readonly log: (line: string) => void
}

/** Verdicts of this process: several sandboxes in it stand on the same machine. */
const verdicts = new Map<string, Promise<Verdict>>()

/**
 * Runs the canaries in this form of the jail, or takes an earlier verdict of the same boot about the same programs,
 * settings and rights. What a verdict can say is what the machine allows; that each single runner is held is looked at
 * when it starts.
 */
export async function proveLevel(form: JailForm, options: ProofOptions): Promise<Verdict> {
  if (form.level === 'development') return { level: form.level, proved: true, canaries: [] }
  const key = keyOf(form, options)
  const memory = `${key} ${options.settings.cacheFile}`
  let verdict = verdicts.get(memory)
  if (verdict === undefined) {
    const kept = readKept(options.settings.cacheFile)[form.level]
    verdict = kept?.key === key ? Promise.resolve(kept.verdict) : probe(form, options)
    verdicts.set(memory, verdict)
  }
  const found = await verdict
  if (found.proved) keep(options.settings.cacheFile, key, found)
  // A failure may pass, as when the machine had no memory: the next start tries again.
  else verdicts.delete(memory)
  return found
}

async function probe(
  form: Exclude<JailForm, { level: 'development' }>,
  { nodePath, log }: ProofOptions,
): Promise<Verdict> {
  const { level } = form
  let surroundings: ProbeSurroundings | undefined
  try {
    surroundings = await ProbeSurroundings.open(nodePath)
    const canaries = await surroundings.try(form)
    const failed = canaries.filter(({ verdict }) => verdict !== 'held')
    const proved = proves(canaries)
    const why = failed.map(({ canary, verdict }) => `${canary} ${verdict}`).join(', ')
    if (!proved) log(`sandbox level ${level} is not proved: ${why}`)
    return { level, proved, canaries, ...(proved ? {} : { why }) }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    log(`sandbox level ${level} is not reached: ${why}`)
    return { level, proved: false, canaries: [], why }
  } finally {
    await surroundings?.close()
  }
}

/** Everything the verdict hangs on. Programs are known by their place, size and times, which only their owner can set. */
function keyOf(form: JailForm, { settings, jails, nodePath }: ProofOptions): string {
  const { bwrapPath, cgroups } = jails.basis
  const sources = ['enter.js', 'canaries/attempts.js', 'jail-command.ts', 'seccomp-filter.ts', 'syscalls.ts']
  const facts = {
    level: form.level,
    boot: readQuietly('/proc/sys/kernel/random/boot_id'),
    kernel: release(),
    programs: [nodePath, bwrapPath, findFfi()].map((path) => (path === undefined ? null : printOf(path))),
    sources: sources.map((name) => readQuietly(new URL(name, import.meta.url))),
    user: [process.getuid?.(), process.geteuid?.()],
    capabilities: /^CapEff:.*$/m.exec(readQuietly('/proc/self/status') ?? '')?.[0],
    namespaces: namespaceSettings(),
    cgroups,
    without: settings.without ?? [],
  }
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex')
}

function printOf(path: string): readonly string[] {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  if (stat === undefined) return [path]
  return [path, ...[stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].map(String)]
}

type Kept = Partial<Record<SandboxLevel, { readonly key: string; readonly verdict: Verdict }>>

/** In the data folder, which only the server's user may write: who can change it can change the server. */
function readKept(file: string | undefined): Kept {
  if (file === undefined) return {}
  try {
    const kept: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return typeof kept === 'object' && kept !== null ? kept : {}
  } catch {
    // None yet, or spoilt: it is made again.
    return {}
  }
}

function keep(file: string | undefined, key: string, verdict: Verdict): void {
  if (file === undefined) return
  const kept = readKept(file)
  if (kept[verdict.level]?.key === key) return
  try {
    writeFileSync(`${file}.new`, JSON.stringify({ ...kept, [verdict.level]: { key, verdict } }), {
      mode: 0o600,
    })
    renameSync(`${file}.new`, file)
  } catch {
    // The next start probes again: slower, not weaker.
  }
}

function readQuietly(path: string | URL): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
