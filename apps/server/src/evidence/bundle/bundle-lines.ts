import { leafHash } from '../log/tree-hash.ts'
import type { OpenedParts } from '../receipt/open-receipt.ts'
import { partNames } from '../receipt/receipt-draft.ts'
import type { PlacedReceipt } from '../receipt/receipt-store.ts'
import type { BundleDocument } from './bundle-sources.ts'

/**
 * Lines of a bundle, each canonical JSON without its line end. They are put together from text that is canonical
 * already: serialising 100,000 receipts again would take longer than all else.
 */
export function receiptLine(
  kind: 'receipt' | 'export',
  row: PlacedReceipt,
  index: number,
  parts: OpenedParts,
): string {
  const entry = Buffer.from(row.entry)
  const check = leafHash(entry).toString('hex', 0, 4)
  const head = `"check":"${check}","entry":"${entry.toString('base64')}","index":${index}`
  return `{"${kind}":{${head},"parts":{${partsText(parts)}}}}`
}

const sortedNames = partNames.toSorted()

function partsText(parts: OpenedParts): string {
  return sortedNames
    .flatMap((name) => {
      const part = parts[name]
      return part === undefined ? [] : [`"${name}":{"salt":"${part.salt}","value":${part.json}}`]
    })
    .join(',')
}

export function documentLine(document: BundleDocument): string {
  const data = Buffer.from(document.bytes).toString('base64')
  return `{"document":{"data":"${data}","name":${JSON.stringify(document.name)}}}`
}

export interface Trailer {
  readonly checkpoint: string
  readonly history: readonly {
    readonly proof: readonly string[]
    readonly root: string
    readonly size: number
  }[]
  readonly proof: readonly string[]
}
