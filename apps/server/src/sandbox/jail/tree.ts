import { execFileSync } from 'node:child_process'
import { existsSync, realpathSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { LaunchOrder } from '../launch.ts'

/** What a runner must be able to read: everything else of the machine is not there, or refused. */
export interface RunnerTree {
  readonly nodePath: string
  /** Loader and shared libraries of node, at the paths that the loader looks them up. */
  readonly libraries: readonly string[]
  readonly runnerFolder: string
  /** Folders of npm packages, by name. */
  readonly packages: ReadonlyMap<string, string>
}

export function findRunnerTree(order: LaunchOrder): RunnerTree {
  const nodePath = realpathSync(order.nodePath)
  return {
    nodePath,
    libraries: librariesOf(nodePath),
    runnerFolder: dirname(order.runnerPath),
    packages: new Map(order.packages.map((name) => [name, packageFolder(name, order.runnerPath)])),
  }
}

const libraries = new Map<string, readonly string[]>()

/**
 * Every shared library that a program is linked to, and the loader itself.
 *
 * `ldd` starts the program's own loader, which is why it is asked about node alone, and once.
 *
 * @throws when there is no `ldd`, or it finds a library missing
 */
export function librariesOf(program: string): readonly string[] {
  const known = libraries.get(program)
  if (known !== undefined) return known
  const text = execFileSync('ldd', [program], {
    encoding: 'utf8',
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const found = parseLdd(text)
  libraries.set(program, found)
  return found
}

/** Lines such as `libm.so.6 => /lib/libm.so.6 (0x…)`, `/lib64/ld-linux-x86-64.so.2 (0x…)`, `linux-vdso.so.1 (0x…)`. */
export function parseLdd(text: string): readonly string[] {
  const found = new Set<string>()
  for (const line of text.split('\n')) {
    if (line.includes('not found')) throw new Error(`node lacks a library: ${line.trim()}`)
    const path = /(?:=>\s+|^\s*)(\/.+?)\s+\(0x[0-9a-f]+\)$/.exec(line)?.[1]
    if (path !== undefined) found.add(path)
  }
  return [...found]
}

/** Where a package of that name lies for a file that imports it: the nearest `node_modules`, as Node looks it up. */
function packageFolder(name: string, from: string): string {
  for (const folder of createRequire(from).resolve.paths(name) ?? []) {
    const path = join(folder, name)
    if (existsSync(join(path, 'package.json'))) return realpathSync(path)
  }
  throw new Error(`the runner needs the package ${name}, which is not installed`)
}

/** Whether any user may read this path: by its own mode and those of the folders above it. */
export function readableByAnybody(path: string): boolean {
  const real = realpathSync(path)
  const mode = statSync(real).mode
  if ((mode & 0o004) === 0) return false
  for (let folder = dirname(real); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}
