import { decodeBase64 } from '../base64.ts'
import { joinBytes, toHex, utf8 } from '../bytes.ts'
import { parseWitnessKey, type CosignedCheckpoint, type LogKey } from '../checkpoint.ts'
import type { Crypto } from '../crypto.ts'
import type { Findings } from '../findings.ts'
import { keyId } from './rotations.ts'

const mostCosignatures = 16
/** How far a witness's clock may be ahead of ours. */
const clockSlackMs = 5 * 60 * 1000

/** A cosignature that was found valid. */
export interface Cosignature {
  readonly witness: string
  /** ms since 1970, by the witness's clock. */
  readonly at: number
}

export interface Cosignatures {
  readonly valid: readonly Cosignature[]
  /** Names of cosigners whose key was not given. */
  readonly unknown: readonly string[]
}

export interface WitnessTrust {
  readonly keys: readonly LogKey[]
  readonly needed: number
  /** ms since 1970; absent: future times are not held against anybody. */
  readonly now: number | undefined
}

/** Reads the keys of witnesses that the caller trusts. A malformed one is red: to pass it over would be to trust less than asked. */
export function readWitnessKeys(
  vkeys: readonly string[],
  crypto: Crypto,
  findings: Findings,
): readonly LogKey[] {
  const keys: LogKey[] = []
  for (const vkey of vkeys) {
    const key = parseWitnessKey(vkey.trim(), crypto)
    if (key !== undefined) keys.push(key)
    else {
      const message = `${JSON.stringify(vkey.slice(0, 60))} is not the verifier key of a witness, name+hash+key of type 4.`
      findings.red('witness key given', 'witness_key_form', message)
    }
  }
  return keys
}

/** Checks the lines behind the log's own signature (check 13; C2SP tlog-cosignature). */
export async function checkCosignatures(
  checkpoint: CosignedCheckpoint,
  trust: WitnessTrust,
  where: string,
  crypto: Crypto,
  findings: Findings,
): Promise<Cosignatures> {
  const lines = checkpoint.cosignatureLines
  if (lines.length > mostCosignatures) {
    const message = `It has ${lines.length} cosignatures; ${mostCosignatures} are the limit.`
    findings.red(where, 'cosignature_form', message)
    return { valid: [], unknown: [] }
  }
  const met = new Set([keyId({ name: checkpoint.keyName, keyHash: checkpoint.keyHash })])
  const valid: Cosignature[] = []
  const unknown: string[] = []
  const signers = new Set<string>()
  for (const [i, line] of lines.entries()) {
    const lineWhere = `${where}, cosignature ${i + 1}`
    const parsed = parseCosignature(line)
    if (parsed === undefined) {
      findings.red(
        lineWhere,
        'cosignature_form',
        'It is not a name, and key hash, time and signature in base64.',
      )
      continue
    }
    const id = keyId(parsed)
    if (met.has(id)) {
      findings.red(lineWhere, 'checkpoint_duplicate', `Key ${id} has signed above already.`)
      continue
    }
    met.add(id)
    const key = trust.keys.find((each) => keyId(each) === id)
    if (key === undefined) {
      unknown.push(parsed.name)
      continue
    }
    const message = joinBytes(utf8(`cosignature/v1\ntime ${parsed.time}\n`), checkpoint.signedText)
    if (!(await crypto.verifyEd25519(key.publicKey, message, parsed.signature))) {
      const problem = `The signature of witness ${parsed.name} does not fit: checkpoint, time or signature is altered.`
      findings.red(lineWhere, 'cosignature_signature', problem)
      continue
    }
    const at = parsed.time * 1000
    if (trust.now !== undefined && at > trust.now + clockSlackMs) {
      const problem = `Witness ${parsed.name} states a time after that of this verification.`
      findings.red(lineWhere, 'cosignature_future', problem)
      continue
    }
    // Two names for one key are one witness.
    signers.add(toHex(key.publicKey))
    valid.push({ witness: parsed.name, at })
  }
  if (signers.size < trust.needed) {
    const message = `${signers.size} of the witnesses given have cosigned it; ${trust.needed} are needed.`
    findings.red(where, 'witness_quorum', message)
  }
  return { valid, unknown }
}

interface ParsedCosignature {
  readonly name: string
  readonly keyHash: string
  /** Seconds since 1970. */
  readonly time: number
  readonly signature: Uint8Array
}

function parseCosignature(line: string): ParsedCosignature | undefined {
  const [, name, encoded] = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/=]{104})$/.exec(line) ?? []
  const bytes = decodeBase64(encoded ?? '')
  if (name === undefined || bytes?.length !== 76) return undefined
  const time = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(4))
  // Later instants have no exact number of milliseconds.
  if (!Number.isSafeInteger(time * 1000)) return undefined
  return { name, keyHash: toHex(bytes.subarray(0, 4)), time, signature: bytes.subarray(12) }
}
