import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parseLogKey, parseWitnessKey, publisherKeyId } from '@switchboard/verifier'
import type { PublisherKey } from '@switchboard/verifier'
import { nodeCrypto } from '@switchboard/verifier/node'

/** Where trust roots lie when no option names them: `*.vkey` for logs, `*.witness.vkey` for witnesses, `NAME.pem` for publishers. */
export const trustFolder = join('.switchboard', 'trust')

export interface TrustRoots {
  readonly logKeys: readonly string[]
  readonly witnessKeys: readonly string[]
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
  options: {
    readonly keys: readonly string[]
    readonly witnesses: readonly string[]
    readonly publisherKeys: readonly string[]
  },
  folder: string,
): Promise<TrustRoots> {
  const pinned = join(folder, trustFolder)
  // Having no such folder is the normal case: then only options count.
  const files = await readdir(pinned).catch(() => [])
  const inFolder = (fits: (file: string) => boolean) => files.filter(fits).map((file) => join(pinned, file))
  const orElse = (named: readonly string[], fits: (file: string) => boolean) =>
    named.length > 0 ? named : inFolder(fits)
  const logSources = orElse(options.keys, (file) => file.endsWith('.vkey') && !isWitnessFile(file))
  const witnessSources = orElse(options.witnesses, isWitnessFile)
  const publisherSources = orElse(options.publisherKeys, (file) => file.endsWith('.pem'))
  const [logKeys, witnessKeys, publisherKeys] = await Promise.all([
    Promise.all(logSources.map((source) => readKeys(source, parseLogKey, 'verifier keys'))),
    Promise.all(witnessSources.map((source) => readKeys(source, parseWitnessKey, 'witness keys'))),
    Promise.all(publisherSources.map(readPublisherKey)),
  ])
  return { logKeys: logKeys.flat(), witnessKeys: witnessKeys.flat(), publisherKeys }
}

function isWitnessFile(file: string): boolean {
  return file.endsWith('.witness.vkey')
}

/** Keys that are named themselves, or one a line in a file. */
async function readKeys(
  source: string,
  parse: typeof parseLogKey,
  what: 'verifier keys' | 'witness keys',
): Promise<readonly string[]> {
  if (parse(source, nodeCrypto) !== undefined) return [source]
  const text = await readText(
    source,
    `neither one of the ${what} (name+hash+key) nor a file that can be read`,
  )
  const lines = text.split('\n').map((line) => line.trim())
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#'))
  const bad = keys.find((key) => parse(key, nodeCrypto) === undefined)
  if (keys.length === 0 || bad !== undefined) {
    throw new TrustUnusable(`${source} does not hold ${what} (name+hash+key), one a line.`)
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
