// Rules about the repository itself: what tracked files may name, what each domain folder has, that links lead somewhere,
// that each dependency has its reason.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

const maxTextBytes = 2 * 1024 * 1024
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => file !== '' && existsSync(file) && statSync(file).isFile())
const texts = new Map(files.filter(isText).map((file) => [file, readFileSync(file, 'utf8')]))

const findings = [...placeNames(), ...lockFile(), ...domains(), ...links(), ...dependencies()]
for (const finding of findings) console.log(finding)
console.log(`repository: read ${texts.size} of ${files.length} files, ${findings.length} findings`)
process.exitCode = findings.length > 0 ? 1 : 0

function isText(file: string) {
  return statSync(file).size <= maxTextBytes && !readFileSync(file).subarray(0, 8192).includes(0)
}

/** A file that names a registry's host or a path of one machine works on that machine alone. */
function placeNames() {
  // Each pattern is put together from pieces, so that this file does not find itself.
  const host = [
    'npmjs\\.',
    'yarnpkg\\.',
    'npmmirror\\.',
    'pypi\\.',
    'pythonhosted\\.',
    'crates\\.',
    'debian\\.',
  ]
  const patterns = [
    new RegExp(`(?:${host.map((name) => `\\b${name}(?:org|com|io)`).join('|')})\\b`),
    new RegExp(`(?<![\\w.}~-])/(?:${['work', 'farm', 'root'].join('|')})/[\\w.]`),
    new RegExp(`/home/(?!USER\\b)\\w|/Users/\\w|${'/tmp'}/(?:${['bash', 'contract'].join('|')})`),
  ]
  return [...texts].flatMap(([file, text]) =>
    text.split('\n').flatMap((line, index) => {
      const found = patterns.map((pattern) => pattern.exec(line)?.[0]).find((match) => match !== undefined)
      return found
        ? [`${file}:${index + 1}: names ${found}, which is a place of one machine or registry`]
        : []
    }),
  )
}

/** Content is pinned by its hash and by nothing else. */
function lockFile() {
  const {
    packages,
  }: { packages: Record<string, { link?: boolean; resolved?: string; integrity?: string }> } = JSON.parse(
    texts.get('package-lock.json') ?? '{"packages":{}}',
  )
  return Object.entries(packages)
    .filter(([path, { link }]) => path.startsWith('node_modules/') && !link)
    .flatMap(([path, { resolved, integrity }]) => [
      ...(resolved ? [`package-lock.json: ${path} is bound to an address`] : []),
      ...(integrity ? [] : [`package-lock.json: ${path} has no integrity`]),
    ])
}

/** A newcomer's path: README.md says what a domain owns and never does, index.ts is its only door. */
function domains() {
  const server = 'apps/server/src'
  if (!existsSync(server)) return []
  return readdirSync(server, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      ['README.md', ...(name === 'kernel' ? [] : ['index.ts'])]
        .filter((needed) => !existsSync(join(server, name, needed)))
        .map((needed) => `${server}/${name}: has no ${needed}`),
    )
}

function links() {
  const link = /\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g
  return [...texts]
    .filter(([file]) => file.endsWith('.md'))
    .flatMap(([file, text]) =>
      // Links in code are examples.
      [...text.replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '').matchAll(link)]
        .map(([, target]) => target ?? '')
        .filter((target) => !/^[a-z]+:|^#/.test(target))
        .filter((target) => !existsSync(join(dirname(file), decodeURI(target.replace(/#.*/, '')))))
        .map((target) => `${file}: links to ${target}, which does not exist`),
    )
}

/** Why each dependency is here and how to leave it: a line in docs/dependencies.md, and no line for what is gone. */
function dependencies() {
  const page = 'docs/dependencies.md'
  const named = new Set(
    (texts.get(page) ?? '')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .flatMap((line) =>
        [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ''),
      ),
  )
  const used = new Map(
    files
      .filter((file) => /^(?:[^/]+\/[^/]+\/)?package\.json$/.test(file))
      .flatMap((file) => {
        const manifest: Record<string, Record<string, string> | undefined> = JSON.parse(
          texts.get(file) ?? '{}',
        )
        return ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].flatMap(
          (kind) => Object.keys(manifest[kind] ?? {}).map((name) => [name, file] as const),
        )
      })
      .filter(([name]) => !name.startsWith('@switchboard/')),
  )
  return [
    ...[...used]
      .filter(([name]) => !named.has(name))
      .map(([name, file]) => `${file}: ${name} has no line in ${page}`),
    ...[...named]
      .filter((name) => !used.has(name))
      .map((name) => `${page}: ${name} is no dependency of any package.json`),
  ]
}
