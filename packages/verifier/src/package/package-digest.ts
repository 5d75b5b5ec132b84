import { toHex, utf8 } from '../bytes.ts'
import { sha256 } from './bytes.ts'
import { wellKnown } from './entry-path.ts'
import { canonicalJson } from './strict-json.ts'

/** SHA-256 in hexadecimal of every file. */
export async function fileDigests(
  files: ReadonlyMap<string, Uint8Array>,
): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>()
  for (const [path, bytes] of files) digests.set(path, toHex(await sha256(bytes)))
  return digests
}

/** The digest of a package: SHA-256 of the canonical JSON `{path: sha256}` over all files but the attestation. */
export async function packageDigest(digests: ReadonlyMap<string, string>): Promise<string> {
  const listed = [...digests].filter(([path]) => path !== wellKnown.attestation)
  return toHex(await sha256(utf8(canonicalJson(Object.fromEntries(listed)))))
}
