import { isIpv4, type IpWords } from '../data/table/index.ts'
import { type AddressRange, addressRanges } from './address-ranges.ts'
import { asnFiles, countryFiles } from './data-packages/ip-tables.ts'
import { type NpmData, npmData } from './npm-data.ts'

export interface AutonomousSystem {
  readonly asn: number
  readonly organisation: string
  readonly ranges: number
  readonly ipv4Addresses: number
  /** Counted in /48 networks, the size that sites get; a finer range counts as one. */
  readonly ipv6Networks: number
  /** Where more than half of its address space is registered: a derived fact, null when no country reaches half. */
  readonly country: {
    readonly code: string
    readonly share: number
    readonly weighed: 'IPv4 addresses' | 'IPv6 networks'
  } | null
}

/** An inclusive span of IPv4 addresses or of IPv6 /48 networks: plain numbers either way. */
interface Span {
  readonly from: number
  readonly to: number
  readonly label: string
}

interface Tally {
  readonly organisation: string
  ranges: number
  readonly ipv4: Space
  readonly ipv6: Space
}

interface Space {
  size: number
  readonly perCountry: Map<string, number>
}

/** All autonomous systems of the data, ascending by number, with their country derived from where their ranges are registered. */
export async function autonomousSystems(
  systems: NpmData = npmData('@ip-location-db/asn'),
  registrations: NpmData = npmData('@ip-location-db/asn-country'),
): Promise<readonly AutonomousSystem[]> {
  const tallies = new Map<number, Tally>()
  for (const [at, family] of (['ipv4', 'ipv6'] as const).entries()) {
    const registered = await spans(addressRanges(registrations, countryFiles.slice(at, at + 1)))
    // Both lists ascend and are disjoint, so one walk along both finds every overlap.
    let next = 0
    for await (const ranges of addressRanges(systems, asnFiles.slice(at, at + 1))) {
      for (const range of ranges) {
        const [number = '', organisation = ''] = range.cells
        const { from, to } = span(range)
        const tally = tallyOf(tallies, Number(number), organisation)
        const space = tally[family]
        tally.ranges++
        space.size += to - from + 1
        while ((registered[next]?.to ?? Infinity) < from) next++
        for (let place = next; ; place++) {
          const country = registered[place]
          if (country === undefined || country.from > to) break
          const shared = Math.min(to, country.to) - Math.max(from, country.from) + 1
          space.perCountry.set(country.label, (space.perCountry.get(country.label) ?? 0) + shared)
        }
      }
    }
  }
  return [...tallies].toSorted(([a], [b]) => a - b).map(([asn, tally]) => summary(asn, tally))
}

function summary(asn: number, { organisation, ranges, ipv4, ipv6 }: Tally): AutonomousSystem {
  const hasIpv4 = ipv4.size > 0
  const majority = majorityOf(hasIpv4 ? ipv4 : ipv6)
  return {
    asn,
    organisation,
    ranges,
    ipv4Addresses: ipv4.size,
    ipv6Networks: ipv6.size,
    country: majority && { ...majority, weighed: hasIpv4 ? 'IPv4 addresses' : 'IPv6 networks' },
  }
}

function majorityOf({ size, perCountry }: Space): { code: string; share: number } | null {
  for (const [code, shared] of perCountry) {
    if (shared * 2 > size) return { code, share: Math.min(1, shared / size) }
  }
  return null
}

function tallyOf(tallies: Map<number, Tally>, asn: number, organisation: string): Tally {
  let tally = tallies.get(asn)
  if (tally === undefined) {
    tally = { organisation, ranges: 0, ipv4: space(), ipv6: space() }
    tallies.set(asn, tally)
  }
  return tally
}

function space(): Space {
  return { size: 0, perCountry: new Map() }
}

async function spans(batches: AsyncIterable<readonly AddressRange[]>): Promise<readonly Span[]> {
  const all: Span[] = []
  for await (const ranges of batches) for (const range of ranges) all.push(span(range))
  return all
}

function span({ start, end, cells }: AddressRange): Span {
  return { from: place(start), to: place(end), label: cells[0] ?? '' }
}

function place(words: IpWords): number {
  return isIpv4(words) ? words[3] : words[0] * 65_536 + (words[1] >>> 16)
}
