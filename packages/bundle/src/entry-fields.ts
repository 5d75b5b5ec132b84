export const entryBytes = 304
export const fixedAt = 4
export const commitmentsAt = 112
export const fixedBytes = commitmentsAt - fixedAt
export const hashBytes = 32
export const mostGroupReceipts = 65_536

/** In the order of their numbers in the entry. */
export const partNames = ['actor', 'subject', 'policy', 'place', 'input', 'output'] as const
export type PartName = (typeof partNames)[number]

/** Lengths of the fields of bytes 4 to 111, in order (docs/reference/evidence-format.md, section 3). */
const lengths = [16, 16, 16, 8, 1, 1, 1, 1, 4, 4, 8, 8, 8, 8, 8]

/** Where the fields of bytes 4 to 111 stand in an entry. */
export const fixedFields: readonly { readonly from: number; readonly to: number }[] = lengths.map(
  (length, place) => {
    const from = lengths.slice(0, place).reduce((sum, each) => sum + each, fixedAt)
    return { from, to: from + length }
  },
)
