import type { PackageManifest } from './manifest.ts'
import { checkManifest } from './parse-manifest.ts'
import { Refused } from './refusal.ts'
import type { PackageRefusal } from './refusal.ts'

export type ManifestVerdict = { readonly ok: true; readonly manifest: PackageManifest } | PackageRefusal

/**
 * Checks a manifest that is a value already, such as one kept in a database; defaults are filled in.
 *
 * @returns a refusal with `manifest_invalid`, or with `network_unrestricted` for `network: true`
 */
export function parsePackageManifest(value: unknown): ManifestVerdict {
  try {
    return { ok: true, manifest: checkManifest(value) }
  } catch (error) {
    if (error instanceof Refused) return error.refusal
    throw error
  }
}
