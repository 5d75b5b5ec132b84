import { formatIp, type TableManifest } from '../../data/table/index.ts'
import { addressRanges, type RangeRepairs } from '../address-ranges.ts'
import { countries } from '../countries.ts'
import { type NpmData, npmData } from '../npm-data.ts'
import type { DataPackage } from './write-data-package.ts'

export const asnFiles = ['asn-ipv4.csv', 'asn-ipv6.csv'] as const
export const countryFiles = ['asn-country-ipv4.csv', 'asn-country-ipv6.csv'] as const

const upstreamWarning =
  'The README of the npm package warns that the data published through npm contain bugs with incorrect results and that ' +
  'the npm channel is deprecated. Treat an answer as a lead to be checked, never as proof of who runs an address.'

/** Address ranges and the autonomous system that announces them. */
export function ipAsnPackage(): DataPackage {
  const source = npmData('@ip-location-db/asn')
  const repairs = { cut: 0, dropped: 0 }
  return {
    name: 'ip-asn',
    title: 'Addresses and the autonomous systems that announce them',
    summary:
      'IPv4 and IPv6 ranges with AS number and organisation, from RouteViews, DB-IP and the registries. Upstream warns of errors.',
    sources: [source],
    table: rangeTable({ name: 'asn', type: 'integer' }, { name: 'organisation', type: 'string' }),
    caveats: () => [
      upstreamWarning,
      'IPv4 comes from RouteViews, then the registries, then DB-IP; IPv6 from the registries, then DB-IP. Most names are DB-IP’s.',
      'Pages that show results must link to https://db-ip.com (IP Geolocation by DB-IP) and credit routeviews.org and nro.net.',
      repaired(repairs),
    ],
    rows: () => rangeRows(source, asnFiles, repairs, ([asn = '', organisation = '']) => [asn, organisation]),
  }
}

/** Address ranges and the country their registry delegated them to. */
export function ipCountryPackage(): DataPackage {
  const source = npmData('@ip-location-db/asn-country')
  const repairs = { cut: 0, dropped: 0 }
  const names = new Map(countries().map(({ code, name }) => [code, name]))
  return {
    name: 'ip-country',
    title: 'Addresses and the countries they are registered in',
    summary:
      'IPv4 and IPv6 ranges with the country of registration, from the five regional registries. Upstream warns of errors.',
    sources: [source, npmData('countries-list')],
    table: rangeTable({ name: 'country', type: 'string' }, { name: 'name', type: 'string' }),
    caveats: () => [
      upstreamWarning,
      'The country is where the block is registered, which says little about where a machine stands.',
      'package.json of the source says CC0-1.0, its NRO_LICENSE says CC-BY-4.0: the stricter one is stated here. Credit nro.net.',
      'A code that countries-list does not know has an empty name.',
      repaired(repairs),
    ],
    rows: () => rangeRows(source, countryFiles, repairs, ([code = '']) => [code, names.get(code) ?? '']),
  }
}

function rangeTable(...columns: TableManifest['columns'][number][]): TableManifest {
  const bounds = [
    { name: 'start', type: 'ip' },
    { name: 'end', type: 'ip' },
  ] as const
  return {
    file: 'table.csv',
    columns: [...bounds, ...columns],
    key: { kind: 'range', from: 'start', to: 'end' },
  }
}

async function* rangeRows(
  source: NpmData,
  files: readonly string[],
  repairs: RangeRepairs,
  rest: (cells: readonly string[]) => readonly string[],
) {
  Object.assign(repairs, { cut: 0, dropped: 0 })
  for await (const ranges of addressRanges(source, files, repairs)) {
    yield ranges.map(({ start, end, cells }) => [formatIp(start), formatIp(end), ...rest(cells)])
  }
}

function repaired({ cut, dropped }: RangeRepairs): string {
  return `Ranges that overlapped the range before them: ${cut} cut to what was left, ${dropped} dropped because nothing was.`
}
