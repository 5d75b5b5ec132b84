import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parseLogKey, publisherKeyId } from '@switchboard/verifier'
import type { PublisherKey } from '@switchboard/verifier'
import { nodeCrypto } from '@switchboard/verifier/node'

/** Where trust roots lie when no option names them: `*.vkey` for logs, `NAME.pem` for publishers. */
export const trustFolder = join('.switchboard', 'trust')

export interface TrustRoots {
  readonly logKeys: readonly string[]
  readonly publisherKeys: readonly PublisherKey[]
}

/** A key that was named and cannot be used: better to stop than to verify with less trust than was asked for. */
export class TrustUnusable extends Error {}

/**
 * Reads the keys named by options, else those of `.switchboard/trust` below `folder`. Never anything from the file verified.
 *
 * @throws {TrustUnusable} when a key or file cannot be read.
 */
export async function readTrust(
  options: { readonly keys: readonly string[]; readonly publisherKeys: readonly string[] },
  folder: string,
): Promise<TrustRoots> {
  const pinned = join(folder, trustFolder)
  // Having no such folder is the normal case: then only options count.
  const files = await readdir(pinned).catch(() => [])
  const inFolder = (suffix: string) =>
    files.filter((file) => file.endsWith(suffix)).map((file) => join(pinned, file))
  const logSources = options.keys.length > 0 ? options.keys : inFolder('.vkey')
  const publisherSources = options.publisherKeys.length > 0 ? options.publisherKeys : inFolder('.pem')
  const logKeys = await Promise.all(logSources.map(readLogKeys))
  return { logKeys: logKeys.flat(), publisherKeys: await Promise.all(publisherSources.map(readPublisherKey)) }
}

async function readLogKeys(source: string): Promise<readonly string[]> {
  if (parseLogKey(source, nodeCrypto) !== undefined) return [source]
  const text = await readText(source, 'neither a verifier key (name+hash+key) nor a file that can be read')
  const lines = text.split('\n').map((line) => line.trim())
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#'))
  const bad = keys.find((key) => parseLogKey(key, nodeCrypto) === undefined)
  if (keys.length === 0 || bad !== undefined) {
    throw new TrustUnusable(`${source} does not hold verifier keys (name+hash+key), one a line.`)
  }
  return keys
}

/** `FILE`, or `NAME=FILE` where the publisher's name is not the file's. */
async function readPublisherKey(source: string): Promise<PublisherKey> {
  const [, name, path] = /^([A-Za-z0-9][A-Za-z0-9._-]*)=(.+)$/.exec(source) ?? []
  const file = path ?? source
  const spkiPem = await readText(file, 'not a file that can be read')
  const body = /^-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*$/.exec(spkiPem)?.[1]
  if (body === undefined) throw new TrustUnusable(`${file} is not a public key in PEM.`)
  const keyId = await publisherKeyId(Buffer.from(body, 'base64'))
  return { keyId, spkiPem, publisher: name ?? basename(file).replace(/(?:\.pub)?\.pem$/, '') }
}

async function readText(file: string, problem: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    throw new TrustUnusable(`${JSON.stringify(file)} is ${problem}.`)
  }
}
