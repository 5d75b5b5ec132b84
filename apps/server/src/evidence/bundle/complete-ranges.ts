import type { Reader } from '../../kernel/db/index.ts'
import type { Range } from '../log/proof-ranges.ts'
import { firstFrom, lastBefore } from '../receipt/receipt-ranges.ts'
import type { AgedRange, Statement } from './statements.ts'
import type { Period } from './bundle-scope.ts'

/**
 * The range of a log that a period is in, from the last entry before it to the first one after it: with these guards
 * nobody needs to believe that nothing was left out at its ends (docs/reference/evidence-bundle.md, check 14).
 *
 * @param extent the first and last entry within the period, when there is any.
 */
export async function completeRange(
  db: Reader,
  about: {
    readonly organisation: string
    readonly log: number
    /** Of the checkpoint that will be shown. */
    readonly size: number
    readonly period: Period
    readonly extent: { readonly first: number; readonly last: number } | undefined
    readonly statements: readonly Statement[]
  },
): Promise<Range> {
  const { organisation, log, size, period, extent } = about
  const aged = about.statements.filter((each) => each.log === log).flatMap((each) => each.ranges)
  const inside = aged.filter((range) => range.newestAt >= period.fromAt && range.oldestAt < period.toAt)
  const firsts = [...(extent === undefined ? [] : [extent.first]), ...inside.map((range) => range.from)]
  const lasts = [...(extent === undefined ? [] : [extent.last]), ...inside.map((range) => range.to - 1)]
  const first = firsts.length === 0 ? size : Math.min(...firsts)

  const before = await lastBefore(db, { organisation, log, below: first, at: period.fromAt })
  const agedBefore = aged
    .filter((range) => range.to <= first && range.newestAt < period.fromAt)
    .map((range) => range.to - 1)
  const from = Math.max(before ?? -1, ...agedBefore)

  const last = lasts.length === 0 ? from : Math.max(...lasts)
  const after = await firstFrom(db, { organisation, log, above: last, at: period.toAt })
  const agedAfter = aged
    .filter((range) => range.from > last && range.oldestAt >= period.toAt)
    .map((range) => range.from)
  const to = Math.min(after ?? Infinity, ...agedAfter)

  return withWholeFolds(
    // Without an entry before it or after it, the period reaches to the end of the log.
    { from: Math.max(0, from), to: Math.min(to + 1, size) },
    about.statements
      .filter((each) => each.log === log && each.kind === 'fold')
      .flatMap((each) => each.ranges),
  )
}

/** A folded range is vouched for as a whole, so it is shown whole or not at all. */
function withWholeFolds(range: Range, folds: readonly AgedRange[]): Range {
  const touched = folds.filter((fold) => fold.from < range.to && fold.to > range.from)
  const from = Math.min(range.from, ...touched.map((fold) => fold.from))
  const to = Math.max(range.to, ...touched.map((fold) => fold.to))
  return from === range.from && to === range.to ? range : withWholeFolds({ from, to }, folds)
}
