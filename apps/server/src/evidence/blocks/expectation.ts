import type { Expectation } from './symbol-column.ts'

/** Columns of a block that others are expected from. */
export interface KnownColumns {
  symbols(column: string): ArrayLike<number>
  hasParent(row: number): boolean
  /** The row of each row's parent, −1 where it is not in the block. */
  readonly parentSlots: Int32Array
  /** The row of each symbol, ascending; the symbol's own place when left out. */
  readonly slotsOf?: ArrayLike<number> | undefined
  readonly rows: number
}

/** A block has at most 65,536 rows, and so no column has more values, "as the row says" included. */
const radix = 65_538

export function expectationOf(
  context: { readonly alone: readonly string[]; readonly nested: readonly string[] },
  known: KnownColumns,
): Expectation {
  const { slotsOf, parentSlots, rows } = known
  if (context.alone.length + context.nested.length === 0) return { contextOf: () => 0, parentOf: () => -1 }
  const alone = context.alone.map((column) => known.symbols(column))
  const nested = context.nested.map((column) => known.symbols(column))
  const placeOf = slotsOf === undefined ? undefined : firstPlaces(slotsOf, rows)
  const slot = (at: number): number => (slotsOf === undefined ? at : (slotsOf[at] as number))
  return {
    contextOf(at) {
      const row = slot(at)
      const isNested = known.hasParent(row)
      let number = 0
      for (const symbols of isNested ? nested : alone) number = number * radix + (symbols[row] as number)
      return isNested ? -1 - number : number
    },
    parentOf(at) {
      const parent = parentSlots[slot(at)] as number
      return parent < 0 || placeOf === undefined ? parent : (placeOf[parent] as number)
    },
  }
}

function firstPlaces(slotsOf: ArrayLike<number>, rows: number): Int32Array {
  const places = new Int32Array(rows).fill(-1)
  for (let at = slotsOf.length - 1; at >= 0; at -= 1) places[slotsOf[at] as number] = at
  return places
}
