import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

interface FolderRule {
  readonly imports: readonly string[]
  /** Every file of it may be imported from outside, not only its index.ts. */
  readonly open?: boolean
  /** Holds files alone: a folder below it needs a rule of its own. */
  readonly filesOnly?: boolean
}

interface MapFile {
  readonly folders: Readonly<Record<string, FolderRule>>
  readonly groups: Readonly<Record<string, readonly string[]>>
  readonly packages: Readonly<Record<string, readonly string[]>>
  readonly words: Readonly<Record<string, readonly string[]>>
  readonly computedImports: readonly string[]
}

/** One import, by paths relative to the repository's root. */
export interface Import {
  readonly from: string
  readonly to: string
}

export interface BoundaryMap {
  /** The rule an import breaks, as a sentence; undefined when it breaks none. */
  violationOf(found: Import): string | undefined
  /** The same for a package or a built-in module, by the name it is imported with. */
  packageViolationOf(from: string, name: string): string | undefined
  /** The same for words in a file's text. */
  wordViolationsOf(from: string, text: string): readonly string[]
  /** The same for an import whose name is computed, so that nobody can say where it leads. */
  computedViolationOf(from: string): string | undefined
  /** What is wrong with the place of a file. */
  placeViolationOf(file: string): string | undefined
}

/** Reads tools/boundaries.json below `root`; its `about` explains the rules. */
export function readBoundaryMap(root: string): BoundaryMap {
  const map: MapFile = JSON.parse(readFileSync(join(root, 'tools/boundaries.json'), 'utf8'))
  const folders = Object.keys(map.folders).sort((a, b) => b.length - a.length)

  const folderOf = (file: string) =>
    folders.find(
      (folder) =>
        file.startsWith(`${folder}/`) &&
        !(map.folders[folder]?.filesOnly && file.slice(folder.length + 1).includes('/')),
    )
  const expand = (names: readonly string[]): readonly string[] =>
    names.flatMap((name) => (map.groups[name] ? expand(map.groups[name]) : [name]))
  const allows = (names: readonly string[], folder: string) => {
    const all = expand(names)
    return all.includes(folder) || all.includes('@anything')
  }
  const isWithin = (places: readonly string[], file: string) =>
    places.some((place) => file === place || file.startsWith(`${place}/`))

  /** A folder's own index.ts, or for a workspace each file that its package.json exports. */
  function isDoor(folder: string, file: string): boolean {
    if (file === `${folder}/index.ts`) return true
    const manifest = join(root, folder, 'package.json')
    if (!existsSync(manifest)) return file === `${folder}/src/index.ts`
    const { exports = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as {
      exports?: Record<string, string>
    }
    return Object.values(exports).some((path) => posix.join(folder, path) === file)
  }

  function violationOf({ from, to }: Import): string | undefined {
    const [fromFolder, toFolder] = [folderOf(from), folderOf(to)]
    // A file without a folder is reported once, by its place.
    if (!fromFolder || !toFolder || fromFolder === toFolder) return undefined
    const rule = map.folders[fromFolder]
    const isTest = isTestFile(from)
    if (isTest && toFolder === 'tests') return undefined
    if (!isTest && !allows(rule?.imports ?? [], toFolder)) return `${fromFolder} may not import ${toFolder}`
    if (map.folders[toFolder]?.open || isDoor(toFolder, to)) return undefined
    // What a folder keeps for tests and benchmarks, its own and others'.
    if (
      (isTest || fromFolder === 'tests' || fromFolder === 'bench') &&
      to.slice(toFolder.length).includes('/testing/')
    )
      return undefined
    return `${toFolder} is entered through its index.ts`
  }

  function packageViolationOf(from: string, name: string): string | undefined {
    const key = Object.keys(map.packages).find((known) => name === known || name.startsWith(`${known}/`))
    if (!key || isTestFile(from) || isWithin(map.packages[key] ?? [], from)) return undefined
    return `${key} is imported only by ${map.packages[key]?.join(', ')}`
  }

  function wordViolationsOf(from: string, text: string): readonly string[] {
    return Object.entries(map.words)
      .filter(([word, places]) => !isWithin(places, from) && new RegExp(`\\b${word}\\b`).test(text))
      .map(([word, places]) => `the word ${word} is said only by ${places.join(', ') || 'nobody'}`)
  }

  const computedViolationOf = (from: string) =>
    isTestFile(from) || isWithin(map.computedImports, from)
      ? undefined
      : 'imports a name computed at run time, which no check can follow'

  const placeViolationOf = (file: string) =>
    folderOf(file) ? undefined : 'its folder is not in tools/boundaries.json'

  return { violationOf, packageViolationOf, wordViolationsOf, computedViolationOf, placeViolationOf }
}

const isTestFile = (file: string) => file.endsWith('.test.ts')
