import { partsOf } from '../receipt/receipt-store.ts'
import type { ReceiptRow } from '../receipt/receipt-store.ts'
import type { PackageRef } from './bundle-sources.ts'

/** The packages that allowed receipts name, as what was acted on or as the plugin that acted. Each once, by name. */
export function packagesIn(rows: readonly ReceiptRow[]): readonly PackageRef[] {
  const found = new Map<string, PackageRef>()
  for (const row of rows) {
    if (row.decision !== 'allowed') continue
    const { subject, actor } = partsOf(row)
    for (const value of [subject, actor?.['via']]) {
      const ref = packageRefOf(value)
      if (ref !== undefined) found.set(`${ref.name}\n${ref.version}\n${ref.digest}`, ref)
    }
  }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, ref]) => ref)
}

function packageRefOf(value: unknown): PackageRef | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { package: name, version, digest } = value as Readonly<Record<string, unknown>>
  if (typeof name !== 'string' || typeof version !== 'string' || typeof digest !== 'string') return undefined
  return { name, version, digest }
}
