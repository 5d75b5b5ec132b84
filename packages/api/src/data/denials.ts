import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

export const dataDenials = {
  table_unknown: denial<{ table: string }>({
    category: 'not_found',
    example: { table: 'ip-asn' },
    message: (p) => `No data package ${p.table} is installed in your organisation.`,
    change: (p) => `An administrator can install it: switchboard plugin install ${p.table}`,
  }),
  table_key_invalid: denial<{ table: string; rule: string }>({
    category: 'invalid',
    example: { table: 'ip-asn', rule: 'must be an IPv4 or IPv6 address' },
    message: (p) => `The key for table ${p.table} ${p.rule}.`,
    change: (p) => `See the table's columns: switchboard plugin detail ${p.table}`,
  }),
  table_kind_mismatch: denial<{ table: string; wanted: 'exact' | 'range' }>({
    category: 'invalid',
    example: { table: 'ip-asn', wanted: 'range' },
    message: (p) => `Table ${p.table} is looked up by ${p.wanted}.`,
    change: (p) => (p.wanted === 'range' ? 'Use data.range.' : 'Use data.lookup.'),
  }),
} as const satisfies DenialTable
