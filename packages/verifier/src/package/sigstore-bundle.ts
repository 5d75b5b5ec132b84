import { decodeBase64 } from '../base64.ts'
import { wellKnown } from './entry-path.ts'
import { refuse } from './refusal.ts'
import { canonicalJson, strictJson } from './strict-json.ts'

const maxAttestationBytes = 256 * 1024
const mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json'

export const payloadType = 'application/vnd.in-toto+json'

export interface DsseBundle {
  readonly keyId: string
  readonly payload: Uint8Array
  /** DER */
  readonly signature: Uint8Array
}

/**
 * Reads a Sigstore bundle v0.3 of one form: a public key hint, one DSSE signature, no log entries or timestamps. Every
 * byte is fixed, or signed, or the signature, or chooses the key: so a flipped bit cannot go unnoticed.
 */
export function parseSigstoreBundle(bytes: Uint8Array): DsseBundle {
  const value = strictJson(bytes, wellKnown.attestation, 'attestation_malformed', maxAttestationBytes)
  const text = new TextDecoder().decode(bytes)
  if (canonicalJson(value) !== text) malformed('', 'It is not in canonical JSON (RFC 8785).')
  const bundle = members(value, '', ['dsseEnvelope', 'mediaType', 'verificationMaterial'])
  if (bundle['mediaType'] !== mediaType) malformed('/mediaType', `It must be ${mediaType}.`)

  const material = members(bundle['verificationMaterial'], '/verificationMaterial', [
    'publicKey',
    'timestampVerificationData',
  ])
  members(material['timestampVerificationData'], '/verificationMaterial/timestampVerificationData', [])
  const { hint } = members(material['publicKey'], '/verificationMaterial/publicKey', ['hint'])
  if (typeof hint !== 'string')
    return malformed('/verificationMaterial/publicKey/hint', 'It must be a key id.')

  const envelope = members(bundle['dsseEnvelope'], '/dsseEnvelope', ['payload', 'payloadType', 'signatures'])
  if (envelope['payloadType'] !== payloadType)
    malformed('/dsseEnvelope/payloadType', `It must be ${payloadType}.`)
  const signatures = envelope['signatures']
  if (!Array.isArray(signatures) || signatures.length !== 1) {
    return malformed('/dsseEnvelope/signatures', 'There must be one signature.')
  }
  const signature = members(signatures[0], '/dsseEnvelope/signatures/0', ['keyid', 'sig'])
  if (signature['keyid'] !== hint) malformed('/dsseEnvelope/signatures/0/keyid', 'It must be the hint.')
  return {
    keyId: hint,
    payload: base64(envelope['payload'], '/dsseEnvelope/payload'),
    signature: base64(signature['sig'], '/dsseEnvelope/signatures/0/sig'),
  }
}

export function malformed(place: string, detail: string): never {
  return refuse('attestation_malformed', `${wellKnown.attestation}#${place}`, detail)
}

/** An object with exactly these keys. */
export function members(
  value: unknown,
  place: string,
  keys: readonly string[],
): Readonly<Record<string, unknown>> {
  const is = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!is || Object.keys(value).toSorted().join() !== keys.join()) {
    return malformed(place, `It must have these keys alone: ${keys.join(', ')}.`)
  }
  // A JSON object: string keys, unknown values.
  return value as Readonly<Record<string, unknown>>
}

function base64(value: unknown, place: string): Uint8Array {
  const bytes = typeof value === 'string' ? decodeBase64(value) : undefined
  return bytes ?? malformed(place, 'It must be base64, padded and without slack bits.')
}
