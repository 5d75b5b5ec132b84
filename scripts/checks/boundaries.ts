// Checks every import of the project against tools/boundaries.json, and that no imports run in a circle.
// `node scripts/checks/boundaries.ts [root]`: another root is for the test that plants violations in a copy.
import { existsSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, posix, resolve } from 'node:path'
import { sourceFiles } from '../bootstrap/source-files.mjs'
import { readBoundaryMap } from './boundary-map.ts'
import { importCircles } from './import-circles.ts'
import { readImports } from './read-imports.ts'

const root = resolve(process.argv[2] ?? '.')
// Guest code is input to the product, not part of it.
const files = sourceFiles(root).filter((file) => /\.tsx?$/.test(file) || file.startsWith('scripts/'))
const map = readBoundaryMap(root)
const graph = new Map<string, string[]>()
const violations: string[] = []
let imports = 0

for (const file of files) {
  try {
    for (const violation of check(file)) violations.push(`${file}: ${violation}`)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    violations.push(error.message)
  }
}
for (const circle of importCircles(graph))
  violations.push(`${[...circle, circle[0]].join(' → ')}: imports run in a circle`)
// A parser that fails quietly finds nothing and reports nothing.
if (graph.size > 1 && imports === 0) violations.push('no module imports another: the parser does not work')

for (const violation of violations) console.log(violation)
console.log(
  `boundaries: read ${graph.size} of ${files.length} modules, ${imports} imports, ${violations.length} violations`,
)
process.exitCode = violations.length > 0 || graph.size < files.length ? 1 : 0

/** What is wrong with one file; puts its local imports into the graph. */
function check(file: string): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found = [map.placeViolationOf(file), ...map.wordViolationsOf(file, text)]
  const targets: string[] = []
  for (const { name } of readImports(file, text)) {
    imports += 1
    if (name === undefined) {
      found.push(map.computedViolationOf(file))
      continue
    }
    const target = localTarget(file, name)
    if (target === undefined) {
      found.push(map.packageViolationOf(file, isBuiltin(name) ? `node:${name.replace(/^node:/, '')}` : name))
    } else if (!existsSync(join(root, target))) {
      found.push(`${name} does not exist`)
    } else {
      found.push(map.violationOf({ from: file, to: target }))
      targets.push(target)
    }
  }
  graph.set(file, targets)
  return found.filter((violation) => violation !== undefined)
}

/** The file that a name means inside the repository; undefined for packages. */
function localTarget(file: string, name: string): string | undefined {
  // What follows a question mark tells a bundler what to make of the file.
  if (name.startsWith('.')) return posix.join(posix.dirname(file), name.replace(/\?.*$/, ''))
  const workspace = /^@switchboard\/([^/]+)(\/.*)?$/.exec(name)
  if (!workspace) return undefined
  const [, folder, rest = ''] = workspace
  const parent = ['packages', 'apps'].find((parentFolder) =>
    existsSync(join(root, parentFolder, folder ?? '')),
  )
  const place = `${parent ?? 'packages'}/${folder}`
  return posix.join(place, exportsOf(place)[`.${rest}`] ?? `${rest} (not exported)`)
}

/** What a workspace's package.json exports, by the path behind its name: its doors. */
function exportsOf(place: string): Readonly<Record<string, string>> {
  const manifest = join(root, place, 'package.json')
  if (!existsSync(manifest)) return { '.': './src/index.ts' }
  const { exports = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as { exports?: Record<string, string> }
  return exports
}
