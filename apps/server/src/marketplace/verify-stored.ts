import { deny, marketplaceDenials } from '@switchboard/api'
import { verifyPackage } from '@switchboard/verifier'
import type { PackageRefusal, VerifiedPackage } from '@switchboard/verifier'
import type { Reader } from '../kernel/db/index.ts'
import { publishersOf } from './package-store.ts'

/** Verifies package bytes against the publishers that the organisation has pinned. */
export async function verifyForOrganisation(
  db: Reader,
  organisation: string,
  bytes: Uint8Array,
): Promise<VerifiedPackage | PackageRefusal> {
  const publishers = await publishersOf(db, organisation)
  const publisherKeys = publishers.map((row) => ({
    keyId: row.key_id,
    spkiPem: row.spki_pem,
    publisher: row.publisher,
  }))
  return await verifyPackage(bytes, { publisherKeys })
}

export function packageDenied(refusal: PackageRefusal) {
  if (refusal.code === 'unknown_signer')
    return deny(marketplaceDenials, 'signer_unknown', { keyId: refusal.keyId ?? 'unknown' })
  return deny(marketplaceDenials, 'package_refused', {
    reason: refusal.code,
    where: refusal.where,
    detail: refusal.message,
  })
}
