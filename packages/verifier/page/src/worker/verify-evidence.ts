import { scopesOf, verifyBundle, verifyPackage, verifyReceipt } from '../../../src/index.ts'
import type { Crypto, PackageVerdict } from '../../../src/index.ts'
import { packageRefusals, webInflate } from '../../../src/package/index.ts'
import { placeOf } from './place-of.ts'
import type {
  EvidenceKind,
  Flip,
  FlippedPlace,
  GivenTrust,
  PackageReport,
  RefusedPackage,
  Verdict,
} from './protocol.ts'

export function kindOf(bytes: Uint8Array): EvidenceKind {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'package'
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 15))
  return head === '{"checkpoint":"' ? 'receipt' : 'bundle'
}

/** Verifies with at most one bit turned, which is turned back before this returns. */
export async function verifyEvidence(
  bytes: Uint8Array,
  kind: EvidenceKind,
  trust: GivenTrust,
  flip: Flip | undefined,
  crypto: Crypto,
): Promise<Verdict> {
  const flipped = flip && describe(bytes, flip)
  if (flipped) bytes[flipped.offset] = flipped.after
  try {
    const startedAt = performance.now()
    const verified = await verify(bytes, kind, trust, crypto)
    return { ...verified, tookMs: performance.now() - startedAt, flipped }
  } finally {
    if (flipped) bytes[flipped.offset] = flipped.before
  }
}

async function verify(bytes: Uint8Array, kind: EvidenceKind, given: GivenTrust, crypto: Crypto) {
  if (kind === 'package') {
    const { publisherKeys } = given
    return { kind, report: packageReport(await verifyPackage(bytes, { publisherKeys, inflate: webInflate })) }
  }
  const { logKeys, publisherKeys, witnessKeys, witnessesNeeded, savedCheckpoints } = given
  const trust = {
    logKeys,
    publisherKeys,
    witnessKeys,
    witnessesNeeded,
    now: Date.now(),
    ...(savedCheckpoints.length === 0 ? {} : { savedCheckpoint: savedCheckpoints }),
  }
  return kind === 'receipt'
    ? { kind, report: await verifyReceipt(bytes, trust, crypto) }
    : { kind, report: await verifyBundle(bytes, trust, crypto) }
}

function packageReport(verdict: PackageVerdict): PackageReport | RefusedPackage {
  if (!verdict.ok) return { ...verdict, rule: packageRefusals[verdict.code] }
  const { manifest, digest, publisher, keyId, files } = verdict
  return {
    ok: true,
    name: manifest.name,
    version: manifest.version,
    what: manifest.kind,
    title: manifest.title,
    licence: manifest.licence,
    publisher,
    keyId,
    digest,
    asks: scopesOf(manifest),
    files: [...files].map(([path, content]) => ({ path, bytes: content.length })),
  }
}

function describe(bytes: Uint8Array, { offset, bit }: Flip): FlippedPlace {
  const before = bytes[offset] ?? 0
  return { offset, bit, where: placeOf(bytes, offset), before, after: before ^ (1 << bit) }
}
