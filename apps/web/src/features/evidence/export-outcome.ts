import type { Denial } from '@switchboard/api'
import type { Exported } from './exported-bundle.tsx'

export type ExportOutcome =
  | { readonly state: 'exported'; readonly exported: Exported }
  | { readonly state: 'refused'; readonly denial: Denial }
  | { readonly state: 'other' }

/** What an approved export came to. A review keeps the answer of whatever operation it was about, so it is looked at first. */
export function readExportOutcome(outcome: unknown): ExportOutcome {
  if (!isRecord(outcome)) return { state: 'other' }
  const { value, denial } = outcome
  if (isRecord(value) && typeof value['bundle'] === 'string' && typeof value['checkpoint'] === 'string')
    // The server keeps answers as the operation gave them.
    return { state: 'exported', exported: value as unknown as Exported }
  if (isRecord(denial) && typeof denial['code'] === 'string')
    return { state: 'refused', denial: denial as unknown as Denial }
  return { state: 'other' }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
