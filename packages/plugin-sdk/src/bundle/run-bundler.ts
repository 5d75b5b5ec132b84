import type { BuildOptions, Message, Metafile } from 'esbuild'

export interface Bundled {
  readonly text: string
  /** Every file that went in, by its path from the folder with "/", with what each imports. */
  readonly inputs: Metafile['inputs']
  /** Calls of `require` and `import` with a computed name: they will throw when they are reached. */
  readonly computed: readonly Place[]
}

/** Where something was found; `line` counts from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly text: string
}

/** The bundler could not make one file of it. */
export class BundleFailed extends Error {
  override readonly name = 'BundleFailed'
  readonly places: readonly Place[]

  constructor(places: readonly Place[]) {
    super(places[0]?.text ?? 'The bundler failed.')
    this.places = places
  }
}

const computedNames = ['unsupported-require-call', 'unsupported-dynamic-import', 'indirect-require'] as const

/**
 * Makes one file of an entry and everything it imports. Nothing but the files decides what comes out: no settings of the
 * machine, of the environment or of a tsconfig.json further up are read.
 *
 * @param dir an absolute path without links in it.
 * @throws {BundleFailed}
 */
export async function runBundler(dir: string, entry: string, format: 'cjs' | 'esm'): Promise<Bundled> {
  // Loaded when needed: it starts a process of its own, and most packages have nothing to bundle.
  const { build } = await import('esbuild')
  const options = {
    absWorkingDir: dir,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format,
    // Libraries bring a second version for places without Node, and this is one.
    platform: 'browser',
    target: 'es2024',
    charset: 'utf8',
    legalComments: 'inline',
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    nodePaths: [],
    tsconfigRaw: {},
    logLevel: 'silent',
    logLimit: 0,
    logOverride: Object.fromEntries(computedNames.map((name) => [name, 'warning' as const])),
  } satisfies BuildOptions
  try {
    const { outputFiles, metafile, warnings } = await build(options)
    const [output] = outputFiles
    return {
      text: withoutPlace(output?.text ?? '', Object.keys(metafile.inputs)),
      inputs: metafile.inputs,
      computed: warnings.filter(({ id }) => computedNames.some((name) => name === id)).map(placeOf),
    }
  } catch (error) {
    if (error instanceof Error && 'errors' in error && Array.isArray(error.errors)) {
      // What esbuild's own error type carries; its class is not exported.
      throw new BundleFailed((error.errors as Message[]).map(placeOf))
    }
    throw error
  }
}

function placeOf({ text, location }: Message): Place {
  return { file: location?.file ?? '', line: location?.line ?? 0, text }
}

/**
 * A library that lies in a folder further up is named by its path from here, in a comment and as the key of its wrapper:
 * the same package would have other bytes at another place. The steps up are cut there and nowhere else.
 */
function withoutPlace(text: string, inputs: readonly string[]): string {
  const above = inputs.filter((path) => path.startsWith('../'))
  if (above.length === 0) return text
  const shortened = new Map(above.map((path) => [path, path.replace(/^(?:\.\.\/)+/, '')]))
  return text
    .split('\n')
    .map((line) => {
      const comment = /^\s*\/\/ (\S.*)$/.exec(line)?.[1]
      const key = /^\s*"([^"]+)"\(/.exec(line)?.[1]
      const named = [comment, key].find((path) => path !== undefined && shortened.has(path))
      return named === undefined ? line : line.replace(named, shortened.get(named) ?? named)
    })
    .join('\n')
}
