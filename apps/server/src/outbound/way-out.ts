import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Fault } from '../kernel/fault.ts'

/** The proxy that leads out of this network. */
export interface Proxy {
  readonly origin: string
  /** The Proxy-Authorization header. */
  readonly authorization?: string
  /** The proxy finds addresses itself and is trusted to keep private ones closed; else it is asked for a checked address. */
  readonly resolves: boolean
}

/**
 * Reads SWITCHBOARD_NET_PROXY: `http://user:password@proxy.corp.example:3128`.
 *
 * @throws {Fault} `config_invalid`; the message never holds what was set, which may hold a password.
 */
export function readProxy(setting: string, resolves: boolean): Proxy | undefined {
  if (setting === '') return undefined
  const url = URL.parse(setting)
  const user = url === null ? undefined : userOf(url)
  if (
    url === null ||
    user === undefined ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.pathname !== '/' ||
    url.search !== ''
  )
    throw new Fault('config_invalid', 'Configuration: netProxy must be like http://proxy.example:3128.', {
      retryable: false,
    })
  return {
    origin: url.origin,
    resolves,
    ...(url.username === '' ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` }),
  }
}

/** User and password of an address; undefined when their escapes are none. */
function userOf(url: URL): string | undefined {
  try {
    return `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  } catch {
    return undefined
  }
}

/**
 * Reads the file that SWITCHBOARD_NET_CA names: certificates in PEM.
 *
 * @throws {Fault} `config_invalid`: without the CA that was meant, a connection would fail later or, worse, be trusted otherwise.
 */
export function readCa(file: string): string | undefined {
  if (file === '') return undefined
  try {
    const pem = readFileSync(file, 'utf8')
    const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    if (certificates.length > 0 && certificates.every((one) => new X509Certificate(one).ca)) return pem
  } catch (cause) {
    throw new Fault(
      'config_invalid',
      `Configuration: the file ${file} of netCa cannot be read as certificates.`,
      {
        retryable: false,
        cause,
      },
    )
  }
  throw new Fault(
    'config_invalid',
    `Configuration: the file ${file} of netCa holds no certificate of a CA.`,
    {
      retryable: false,
    },
  )
}
