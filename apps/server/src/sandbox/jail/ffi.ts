import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const requireHere = createRequire(import.meta.url)

/**
 * The package with koffi's native part for this machine, and the file in it.
 *
 * @throws on systems and architectures that it, or we, have no binary for
 */
export function ffiPackage(): { readonly package: string; readonly file: string } {
  const { arch, platform } = process
  if (platform !== 'linux' || (arch !== 'x64' && arch !== 'arm64'))
    throw new Error(`there is no jail for ${platform} on ${arch}`)
  return {
    package: `@koromix/koffi-linux-${arch}`,
    file: `${isMusl() ? 'musl' : 'linux'}_${arch}/koffi.node`,
  }
}

/** @throws as above, and when the package is not installed */
export function findFfi(): string {
  const { package: name, file } = ffiPackage()
  const fromKoffi = createRequire(requireHere.resolve('koffi'))
  return join(dirname(fromKoffi.resolve(`${name}/package.json`)), file)
}

let musl: boolean | undefined

function isMusl(): boolean {
  if (musl !== undefined) return musl
  // Else the report looks up the name of every open socket. The published types do not know it.
  const report = process.report as typeof process.report & { excludeNetwork: boolean }
  report.excludeNetwork = true
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } }
  musl = header?.glibcVersionRuntime === undefined
  return musl
}
