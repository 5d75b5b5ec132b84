import { owned } from './bytes.ts'
import { p256SignatureFromDer } from './ecdsa-signature.ts'
import { wellKnown } from './entry-path.ts'
import { importPublisherKey } from './publisher-keys.ts'
import type { PublisherKey } from './publisher-keys.ts'
import { preAuthEncoding } from './pre-auth-encoding.ts'
import { orRefusal, refuse } from './refusal.ts'
import type { PackageRefusal } from './refusal.ts'
import { malformed, members, parseSigstoreBundle, payloadType } from './sigstore-bundle.ts'
import { strictJson } from './strict-json.ts'

const statementType = 'https://in-toto.io/Statement/v1'
const predicateType = 'https://slsa.dev/provenance/v1'

/** The signed in-toto statement about one package. */
export interface PackageStatement {
  /** `NAME-VERSION` */
  readonly name: string
  readonly packageDigest: string
  /** SLSA v1 provenance, as the publisher states it. */
  readonly predicate: Readonly<Record<string, unknown>>
}

export type AttestationVerdict =
  | {
      readonly ok: true
      readonly publisher: string
      readonly keyId: string
      readonly statement: PackageStatement
    }
  | PackageRefusal

export interface AttestationCheck {
  /** The bytes of attestation.sigstore.json. */
  readonly attestation: Uint8Array
  /** Digest of the package in lower-case hexadecimal. */
  readonly packageDigest: string
  /** `NAME-VERSION` */
  readonly name: string
  readonly publisherKeys: readonly PublisherKey[]
}

/**
 * Checks a package's attestation by itself, as it lies in an evidence bundle: signature under a pinned key, statement
 * about this name and digest. Needs WebCrypto alone, no network; hostile bytes give a refusal.
 */
export function verifyAttestation(check: AttestationCheck): Promise<AttestationVerdict> {
  return orRefusal(async () => checkAttestation(check))
}

export async function checkAttestation(check: AttestationCheck): Promise<AttestationVerdict & { ok: true }> {
  const bundle = parseSigstoreBundle(check.attestation)
  const pinned = check.publisherKeys.find((key) => key.keyId === bundle.keyId)
  if (pinned === undefined) {
    return refuse('unknown_signer', wellKnown.attestation, `Key ${bundle.keyId} is not pinned.`, {
      keyId: bundle.keyId,
    })
  }
  const key = await importPublisherKey(pinned)
  const signature = p256SignatureFromDer(bundle.signature)
  if (signature === undefined)
    return malformed('/dsseEnvelope/signatures/0/sig', 'It is no ECDSA P-256 signature in DER.')
  const signed = owned(preAuthEncoding(payloadType, bundle.payload))
  if (!(await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, signed))) {
    refuse(
      'signature_invalid',
      wellKnown.attestation,
      `It does not under key ${pinned.keyId} of ${pinned.publisher}.`,
    )
  }
  const statement = parseStatement(bundle.payload)
  if (statement.name !== check.name) {
    refuse(
      'attestation_for_another_package',
      wellKnown.attestation,
      `It names ${statement.name}, this is ${check.name}.`,
    )
  }
  if (statement.packageDigest !== check.packageDigest) {
    const detail = `It states ${statement.packageDigest}; the content has ${check.packageDigest}: the SBOM or the attestation was exchanged.`
    refuse('attestation_for_other_content', wellKnown.attestation, detail)
  }
  return { ok: true, publisher: pinned.publisher, keyId: pinned.keyId, statement }
}

function parseStatement(payload: Uint8Array): PackageStatement {
  const value = strictJson(
    payload,
    `${wellKnown.attestation}#/dsseEnvelope/payload`,
    'attestation_malformed',
    payload.length,
  )
  const statement = members(value, '/dsseEnvelope/payload', [
    '_type',
    'predicate',
    'predicateType',
    'subject',
  ])
  if (statement['_type'] !== statementType)
    malformed('/dsseEnvelope/payload/_type', `It must be ${statementType}.`)
  if (statement['predicateType'] !== predicateType) {
    malformed('/dsseEnvelope/payload/predicateType', `It must be ${predicateType}.`)
  }
  const subjects = statement['subject']
  if (!Array.isArray(subjects) || subjects.length !== 1) {
    return malformed('/dsseEnvelope/payload/subject', 'There must be one subject.')
  }
  const subject = members(subjects[0], '/dsseEnvelope/payload/subject/0', ['digest', 'name'])
  const digest = members(subject['digest'], '/dsseEnvelope/payload/subject/0/digest', ['sha256'])
  const { predicate } = statement
  if (typeof subject['name'] !== 'string' || typeof digest['sha256'] !== 'string') {
    return malformed('/dsseEnvelope/payload/subject/0', 'It needs a name and a SHA-256.')
  }
  if (typeof predicate !== 'object' || predicate === null || Array.isArray(predicate)) {
    return malformed('/dsseEnvelope/payload/predicate', 'It must be an object.')
  }
  // A JSON object: string keys, unknown values.
  const provenance = predicate as Readonly<Record<string, unknown>>
  return { name: subject['name'], packageDigest: digest['sha256'], predicate: provenance }
}
