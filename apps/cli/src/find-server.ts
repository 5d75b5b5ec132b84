import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CliIo } from './cli-io.ts'
import { UsageError } from './usage-error.ts'

export interface ServerAddress {
  readonly url: string
  readonly token?: string
}

const defaultUrl = 'http://127.0.0.1:4000'
const checkout = fileURLToPath(new URL('../../../', import.meta.url))

/**
 * Where the server is and who asks: options, then SWITCHBOARD_URL and SWITCHBOARD_TOKEN, then `cli.json`, which the
 * server writes into its data folder at first start for the person who started it.
 *
 * @throws {UsageError} when an address is no http address, or cli.json cannot be read as one.
 */
export async function findServer(
  options: { readonly url?: string; readonly token?: string; readonly data?: string },
  io: Pick<CliIo, 'env'>,
): Promise<ServerAddress> {
  const named = options.url ?? io.env['SWITCHBOARD_URL']
  const givenToken = options.token ?? io.env['SWITCHBOARD_TOKEN']
  const kept = await keptAddress(options.data ?? io.env['SWITCHBOARD_DATA'])
  const url = originOf(named ?? kept?.url ?? defaultUrl)
  // The kept token belongs to the kept server; another address must never be shown it.
  const token = givenToken ?? (kept !== undefined && originOf(kept.url) === url ? kept.token : undefined)
  return { url, ...(token === undefined ? {} : { token }) }
}

async function keptAddress(folder: string | undefined): Promise<{ url: string; token?: string } | undefined> {
  const folders = folder === undefined ? [join(checkout, 'data'), join(checkout, '.switchboard')] : [folder]
  for (const candidate of folders) {
    const file = join(candidate, 'cli.json')
    let text: string
    try {
      text = await readFile(file, 'utf8')
    } catch (error) {
      // Not started here yet, or started by somebody else: then the address must be told.
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES'))
        continue
      throw error
    }
    const kept = parse(text)
    if (kept === undefined) throw new UsageError(`${file} does not hold {"url", "token"}.`)
    return kept
  }
  return undefined
}

function parse(text: string): { url: string; token?: string } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (value === null || typeof value !== 'object' || !('url' in value) || typeof value.url !== 'string')
      return undefined
    return {
      url: value.url,
      ...('token' in value && typeof value.token === 'string' ? { token: value.token } : {}),
    }
  } catch {
    return undefined
  }
}

function originOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol))
    throw new UsageError(`${url} is not an http address.`)
  return parsed.origin
}
