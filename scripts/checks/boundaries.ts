// Checks every import of the project against tools/boundaries.json, and that no imports run in a circle.
// `node scripts/checks/boundaries.ts [root]`: another root is for the test that plants violations in a copy.
import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, resolve } from 'node:path'
import { cruise, type ICruiseResult, type IModule } from 'dependency-cruiser'
import { sourceFiles } from '../bootstrap/source-files.mjs'
import { readBoundaryMap } from './boundary-map.ts'

const root = resolve(process.argv[2] ?? '.')
const files = sourceFiles(root).filter((file) => file.endsWith('.ts') || file.startsWith('scripts/'))
const map = readBoundaryMap(root)
const { modules, cycles } = await readModules().catch(endWithSyntaxError)

const read = new Map(modules.map((module) => [module.source, module]))
const violations = [
  // A parser that fails quietly reads nothing and finds nothing: count against the disk.
  ...files.filter((file) => !read.has(file)).map((file) => `${file}: was not read`),
  ...files.flatMap((file) => violationsIn(file)),
  ...cycles,
]
const imports = files.reduce((sum, file) => sum + (read.get(file)?.dependencies.length ?? 0), 0)
if (files.length > 1 && imports === 0)
  violations.push('no import was found in any module: the parser did not work')
for (const violation of violations) console.log(violation)
const readCount = files.filter((file) => read.has(file)).length
console.log(
  `boundaries: read ${readCount} of ${files.length} modules, ${imports} imports, ${violations.length} violations`,
)
process.exitCode = violations.length > 0 ? 1 : 0

async function readModules() {
  const { output } = await cruise(files, {
    baseDir: root,
    // TypeScript 7 has no parser for tools; with acorn type-only imports would be missed.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.d.ts', '.json'],
    },
    validate: true,
    ruleSet: { forbidden: [{ name: 'no-circular', severity: 'error', from: {}, to: { circular: true } }] },
  })
  const result = output as ICruiseResult // no reporter is asked for, so the output is the result itself
  const circles = result.summary.violations.map(({ cycle }) => (cycle ?? []).map(({ name }) => name))
  // Each circle is found once from every module on it.
  const distinct = new Map(circles.map((circle) => [circle.toSorted().join(), circle]))
  return {
    modules: result.modules,
    cycles: [...distinct.values()].map(
      (circle) => `${circle.join(' → ')} → ${circle[0]}: imports run in a circle`,
    ),
  }
}

function violationsIn(file: string): readonly string[] {
  const found = [
    map.placeViolationOf(file),
    ...map.wordViolationsOf(file, readFileSync(join(root, file), 'utf8')),
  ]
  for (const dependency of read.get(file)?.dependencies ?? []) found.push(violationOf(file, dependency))
  return found.filter((violation) => violation !== undefined).map((violation) => `${file}: ${violation}`)
}

function violationOf(file: string, dependency: IModule['dependencies'][number]): string | undefined {
  const { module: name, resolved } = dependency
  const isLocal = name.startsWith('.') || name.startsWith('@switchboard/') || name.startsWith('#')
  if (!isLocal)
    return map.packageViolationOf(file, isBuiltin(name) ? `node:${name.replace(/^node:/, '')}` : name)
  if (dependency.couldNotResolve) return `${name} does not exist`
  return map.violationOf({ from: file, to: resolved })
}

/** The parser stops at the first file it cannot read, and then nothing at all was checked. */
function endWithSyntaxError(error: Error): never {
  console.log(`${error.message.split('Caused by:')[0]?.trim()}`)
  console.log(
    `boundaries: read 0 of ${files.length} modules: ${error.message.match(/\.\.\. in (.*)/)?.[1]} has an error`,
  )
  process.exit(1)
}
