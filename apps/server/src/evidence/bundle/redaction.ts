import { partNames } from '../receipt/receipt-draft.ts'
import type { PartName } from '../receipt/receipt-draft.ts'
import type { OpenedPart, OpenedParts } from '../receipt/open-receipt.ts'
import type { ReceiptRow } from '../receipt/receipt-store.ts'

/** What a reader of the bundle is not to see. */
export interface Redaction {
  /** Parts to close: of the receipts that `receipts` and `operations` name, else of all. */
  readonly parts: readonly PartName[]
  readonly receipts: readonly string[]
  readonly operations: readonly string[]
  /** Users: every part that names one is closed, and every document that does is withheld. */
  readonly people: readonly string[]
  /** Names of documents to withhold. */
  readonly documents: readonly string[]
}

/** Parts of a receipt that stay open whatever is asked, because something else in the bundle is proved by them. */
const neededParts: readonly PartName[] = ['subject', 'output']

/**
 * Closes what is not to be seen, receipt after receipt.
 *
 * @param statements ids of receipts that vouch for a statement.
 */
export function createRedactor(redaction: Redaction, statements: ReadonlySet<string>) {
  const { parts, people } = redaction
  const [receipts, operations] = [new Set(redaction.receipts), new Set(redaction.operations)]
  const isNarrow = receipts.size + operations.size > 0
  const isWhole = isNarrow && parts.length === 0
  // What matched nothing is most likely misspelt, and then something was not closed that should have been.
  const unmatched = new Set([
    ...redaction.receipts,
    ...redaction.operations,
    ...people,
    ...redaction.documents,
  ])
  let isStatementNamed = false

  return {
    /** The parts that stay open. */
    open(row: Pick<ReceiptRow, 'id' | 'operation'>, opened: OpenedParts): OpenedParts {
      const isNamed = receipts.has(row.id) || operations.has(row.operation)
      if (receipts.has(row.id)) unmatched.delete(row.id)
      if (operations.has(row.operation)) unmatched.delete(row.operation)
      const left: Partial<Record<PartName, OpenedPart>> = {}
      for (const name of partNames) {
        const part = opened[name]
        if (part === undefined) continue
        const named = people.filter((person) => part.json.includes(person))
        for (const person of named) unmatched.delete(person)
        const isAsked = isNarrow ? isNamed && (isWhole || parts.includes(name)) : parts.includes(name)
        const isClosed = named.length > 0 || isAsked
        if (isClosed && statements.has(row.id) && neededParts.includes(name)) {
          if (named.length > 0 || receipts.has(row.id)) isStatementNamed = true
        } else if (isClosed) continue
        left[name] = part
      }
      return left
    },
    isWithheld(document: { readonly name: string; readonly bytes: Uint8Array }): boolean {
      const isNamed = redaction.documents.includes(document.name)
      if (isNamed) unmatched.delete(document.name)
      const named =
        people.length === 0 ? [] : people.filter((person) => Buffer.from(document.bytes).includes(person))
      for (const person of named) unmatched.delete(person)
      return isNamed || named.length > 0
    },
    /** The receipt of the export: what vouches for the manifest stays, whoever it names. */
    openExport(row: Pick<ReceiptRow, 'id' | 'operation'>, opened: OpenedParts): OpenedParts {
      const { subject, output } = opened
      const rest = this.open(row, opened)
      return {
        ...rest,
        ...(subject === undefined ? {} : { subject }),
        ...(output === undefined ? {} : { output }),
      }
    },
    /** What was asked for and matched nothing so far. */
    unmatched: (): readonly string[] => [...unmatched],
    /** Whether something was named that a statement needs. */
    isStatementNamed: (): boolean => isStatementNamed,
  }
}
export type Redactor = ReturnType<typeof createRedactor>
