import { compareIp, type IpWords, parseIp } from '../data/table/index.ts'
import { type NpmData, readCsvLines } from './npm-data.ts'

/** An inclusive span of addresses with the cells that follow its bounds. */
export interface AddressRange {
  readonly start: IpWords
  readonly end: IpWords
  readonly cells: readonly string[]
}

/** What had to be repaired to make ranges disjoint: counted, so that the package can say so. */
export interface RangeRepairs {
  cut: number
  dropped: number
}

/**
 * The ranges of an ip-location-db package, IPv4 first, in ascending order and disjoint.
 *
 * Upstream has a few ranges that overlap the one before. The earlier start wins and the later range keeps what is left: the
 * rule is arbitrary but loses no address, and which of the two is right cannot be known from here.
 */
export async function* addressRanges(
  data: NpmData,
  files: readonly string[],
  repairs: RangeRepairs = { cut: 0, dropped: 0 },
): AsyncGenerator<readonly AddressRange[]> {
  let last: IpWords | null = null
  for (const file of files) {
    for await (const lines of readCsvLines(data.path(file))) {
      const ranges: AddressRange[] = []
      for (const [from = '', to = '', ...cells] of lines) {
        const end = address(to, file)
        let start = address(from, file)
        if (last !== null && compareIp(start, last) <= 0) {
          if (compareIp(end, last) <= 0) {
            repairs.dropped++
            continue
          }
          start = successor(last)
          repairs.cut++
        }
        ranges.push({ start, end, cells })
        last = end
      }
      yield ranges
    }
  }
}

function address(text: string, file: string): IpWords {
  const words = parseIp(text)
  if (words === null) throw new Error(`${file}: "${text}" is not an address`)
  return words
}

function successor([a, b, c, d]: IpWords): IpWords {
  if (d < 0xffff_ffff) return [a, b, c, d + 1]
  if (c < 0xffff_ffff) return [a, b, c + 1, 0]
  return b < 0xffff_ffff ? [a, b + 1, 0, 0] : [a + 1, 0, 0, 0]
}
