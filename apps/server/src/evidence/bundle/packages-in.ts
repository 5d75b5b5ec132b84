import type { OpenedParts } from '../receipt/open-receipt.ts'
import { partsOf } from '../receipt/receipt-store.ts'
import type { ReceiptRow } from '../receipt/receipt-store.ts'
import type { PackageRef } from './bundle-sources.ts'

/** The packages that allowed receipts name, as what was acted on or as the plugin that acted. Each once, by name. */
export function packagesIn(rows: readonly ReceiptRow[]): readonly PackageRef[] {
  const found = createPackageList()
  for (const row of rows) {
    const { subject, actor } = partsOf(row)
    if (row.decision === 'allowed') found.add([subject, actor?.['via']])
  }
  return found.list()
}

/** The same of parts that stay open alone, so that a list of packages never tells what was closed. */
export function namersIn(
  row: Pick<ReceiptRow, 'decision'>,
  { subject, actor }: OpenedParts,
): readonly unknown[] {
  return row.decision === 'allowed' ? [valueOf(subject), valueOf(actor)?.['via']] : []
}

/** Packages as they are met, from values that may name one. */
export function createPackageList() {
  const found = new Map<string, PackageRef>()
  return {
    add(values: readonly unknown[]): void {
      for (const value of values) {
        const ref = packageRefOf(value)
        if (ref !== undefined) found.set(`${ref.name}\n${ref.version}\n${ref.digest}`, ref)
      }
    },
    list: (): readonly PackageRef[] =>
      [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, ref]) => ref),
  }
}

function valueOf(part: OpenedParts[keyof OpenedParts]): Readonly<Record<string, unknown>> | undefined {
  // Parts are JSON objects, written by us.
  return part === undefined ? undefined : (JSON.parse(part.json) as Readonly<Record<string, unknown>>)
}

function packageRefOf(value: unknown): PackageRef | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { package: name, version, digest } = value as Readonly<Record<string, unknown>>
  if (typeof name !== 'string' || typeof version !== 'string' || typeof digest !== 'string') return undefined
  return { name, version, digest }
}
