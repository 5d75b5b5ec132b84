import { joinBytes, utf8 } from '../bytes.ts'

/** What a DSSE signature is over: the type of the payload is under it too. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = utf8(payloadType)
  return joinBytes(utf8(`DSSEv1 ${type.length} `), type, utf8(` ${payload.length} `), payload)
}
