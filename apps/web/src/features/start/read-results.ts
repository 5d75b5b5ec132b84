/** A place that a plugin says it read something at; offsets are UTF-16, as the browser counts too. */
export interface CitedPlace {
  readonly note: string
  readonly start: number
  readonly end: number
}

export interface Indicator {
  readonly kind: string
  readonly value: string
  readonly flags: readonly string[]
  readonly citations: readonly unknown[]
  readonly places: readonly CitedPlace[]
}

/** What a table says of an address. */
export interface AddressContext {
  readonly address: string
  readonly asn: number | undefined
  readonly organisation: string | undefined
  readonly country: string | undefined
  /** The autonomous system in the graph. */
  readonly inGraph: string | undefined
  readonly citations: readonly DataCitation[]
}

export interface DataCitation {
  readonly table: string
  readonly version: string
  readonly licence: string
  readonly row: number | undefined
}

export interface ReadContext {
  readonly found: ReadonlyMap<string, AddressContext>
  /** Addresses that were looked up nowhere, and why. */
  readonly skipped: ReadonlyMap<string, string>
}

const mostRead = 10_000

/** What ioc-triage answered. A plugin may answer anything: what does not look like an indicator is left out. */
export function readIndicators(result: unknown): readonly Indicator[] {
  return listIn(result, 'indicators').flatMap((given) => {
    const kind = text(given, 'kind')
    const value = text(given, 'value')
    if (kind === undefined || value === undefined) return []
    const citations = listIn(given, 'citations')
    const places = citations.flatMap((cited) => {
      const start = whole(cited, 'start')
      const end = whole(cited, 'end')
      return start === undefined || end === undefined || end <= start
        ? []
        : [{ note: text(cited, 'note') ?? '', start, end }]
    })
    const flags = listIn(given, 'flags').filter((flag) => typeof flag === 'string')
    return [{ kind, value, flags, citations, places }]
  })
}

/** What ip-asn-context answered. */
export function readContext(result: unknown): ReadContext {
  const found = new Map<string, AddressContext>()
  for (const given of listIn(result, 'enrichments')) {
    const address = text(given, 'address')
    if (address === undefined) continue
    found.set(address, {
      address,
      asn: whole(given, 'asn'),
      organisation: text(given, 'organisation'),
      country: text(given, 'country'),
      inGraph: text(given, 'inGraph'),
      citations: listIn(given, 'citations').flatMap((cited) => {
        const table = text(cited, 'table')
        return table === undefined
          ? []
          : [
              {
                table,
                version: text(cited, 'version') ?? '',
                licence: text(cited, 'licence') ?? 'not said',
                row: whole(cited, 'row'),
              },
            ]
      }),
    })
  }
  const skipped = new Map<string, string>()
  for (const given of listIn(result, 'skipped')) {
    const address = text(given, 'address')
    if (address !== undefined) skipped.set(address, text(given, 'reason') ?? '')
  }
  return { found, skipped }
}

/** The address in an indicator: itself, or the host of an endpoint or URL. */
export function addressIn({ kind, value }: Indicator): string | undefined {
  if (kind === 'ipv4' || kind === 'ipv6') return value
  if (kind === 'endpoint') return withoutBrackets(value.slice(0, value.lastIndexOf(':')))
  if (kind !== 'url') return undefined
  const authority = /^(?:[a-z]+:\/\/)?([^/?#]*)/.exec(value)?.[1] ?? ''
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  const address = host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : host.replace(/:\d+$/, '')
  return /^(?:\[.*\]|[\d.]+)$/.test(address) ? withoutBrackets(address) : undefined
}

function withoutBrackets(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host
}

function member(given: unknown, name: string): unknown {
  return typeof given === 'object' && given !== null
    ? (given as Readonly<Record<string, unknown>>)[name]
    : undefined
}

export function listIn(given: unknown, name: string): readonly unknown[] {
  const found = member(given, name)
  return Array.isArray(found) ? (found as readonly unknown[]).slice(0, mostRead) : []
}

export function text(given: unknown, name: string): string | undefined {
  const found = member(given, name)
  return typeof found === 'string' ? found : undefined
}

export function whole(given: unknown, name: string): number | undefined {
  const found = member(given, name)
  return Number.isSafeInteger(found) ? Number(found) : undefined
}
