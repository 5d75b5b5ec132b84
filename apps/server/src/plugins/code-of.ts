import type { PluginCode } from '../sandbox/index.ts'

const sourceEndings = ['.js', '.cjs', '.mjs', '.json']
const decoded = new WeakMap<ReadonlyMap<string, Uint8Array>, ReadonlyMap<string, string>>()

/**
 * What the sandbox is given of a package: its module as it is, or its sources as text. The same object for the same
 * package, so that a warm runner is not sent it again.
 *
 * @param entry is one of `files`: packages without it are not installed
 */
export function codeOf(entry: string, files: ReadonlyMap<string, Uint8Array>): PluginCode {
  if (!entry.endsWith('.wasm')) return { engine: 'javascript', entry, files: sourcesOf(files) }
  const module = files.get(entry)
  if (module === undefined) throw new RangeError(`the package has no ${entry}`)
  return { engine: 'wasm', module }
}

/** Machine code is for what a person here has read: a publisher's name does not make V8 safer. */
export function mayCompile(installed: {
  readonly manifest: { readonly jit?: true }
  readonly reviewed: boolean
}): boolean {
  return installed.manifest.jit === true && installed.reviewed
}

function sourcesOf(files: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, string> {
  let sources = decoded.get(files)
  if (sources === undefined) {
    sources = new Map(
      [...files]
        .filter(([path]) => sourceEndings.some((ending) => path.endsWith(ending)))
        .map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]),
    )
    decoded.set(files, sources)
  }
  return sources
}

/** Code that nobody here has reviewed shares a process with nothing, not even with what the same publisher signed. */
export function trustDomainOf(
  organisation: string,
  code: { readonly keyId: string; readonly digest: string; readonly reviewed: boolean },
): string {
  const { keyId, digest, reviewed } = code
  return reviewed ? `${organisation}/${keyId}` : `${organisation}/${keyId}/${digest}`
}
