import { parseLogKey, parseWitnessKey, publisherKeyId } from '../../../src/index.ts'
import type { Crypto } from '../../../src/index.ts'
import type { Root, RootsRead } from './protocol.ts'

const publicPem = /-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----[^\S\n]*\n?/g
const note =
  /^[^\s+]+\n[1-9][0-9]{0,15}\n[A-Za-z0-9+/=]{44}\n(?:[^\n]+\n)*\n(?:\u2014 [^\s+]+ [A-Za-z0-9+/=]+\n)+/gm

/**
 * Finds every root of trust in a text that the reader pasted or dropped: keys of logs and witnesses, publishers' keys in PEM,
 * saved checkpoints. Lines that begin with `#` are comments.
 *
 * @param name of a publisher whose PEM this is, from the file's name.
 */
export async function readRoots(text: string, name: string | undefined, crypto: Crypto): Promise<RootsRead> {
  const roots: Root[] = []
  const problems: string[] = []
  let rest = text.replaceAll('\r\n', '\n')
  if (!rest.endsWith('\n')) rest += '\n'
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(rest)) {
    return {
      roots,
      problems: [
        'This is a PRIVATE key. Whoever holds it signs as its owner; only the public key belongs here.',
      ],
    }
  }
  for (const [pem, body = ''] of rest.matchAll(publicPem)) {
    const read = await readPublisherKey(pem, body, name)
    if (read === undefined) problems.push('A public key in PEM is damaged: its base64 cannot be read.')
    else roots.push(read)
  }
  rest = rest.replaceAll(publicPem, '')
  for (const [checkpoint] of rest.matchAll(note)) {
    const [origin = '', size = ''] = checkpoint.split('\n')
    roots.push({ kind: 'checkpoint', name: origin, id: `size ${size}`, note: checkpoint })
  }
  rest = rest.replaceAll(note, '')
  for (const line of rest.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue
    const root = readVerifierKey(line, crypto)
    if (root === undefined) problems.push(`This is no key and no checkpoint: ${line.slice(0, 80)}`)
    else roots.push(root)
  }
  return { roots, problems }
}

function readVerifierKey(vkey: string, crypto: Crypto): Root | undefined {
  const log = parseLogKey(vkey, crypto)
  if (log !== undefined) return { kind: 'log_key', name: log.name, id: log.keyHash, vkey }
  const witness = parseWitnessKey(vkey, crypto)
  return witness && { kind: 'witness_key', name: witness.name, id: witness.keyHash, vkey }
}

async function readPublisherKey(
  pem: string,
  body: string,
  name: string | undefined,
): Promise<Root | undefined> {
  const der = fromBase64(body.replaceAll(/\s/g, ''))
  if (der === undefined || der.length === 0) return undefined
  return { kind: 'publisher_key', name: name ?? 'publisher', id: await publisherKeyId(der), pem }
}

function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
