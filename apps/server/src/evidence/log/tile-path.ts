import { tileWidth } from './growing-tree.ts'
import type { Range } from './proof-ranges.ts'

const highestLevel = 63

export interface TileAddress {
  readonly level: number
  readonly number: number
  /** Hashes in it, 1 to 256. */
  readonly width: number
}

/**
 * C2SP tlog-tiles: `tile/<level>/<number>` and `.p/<width>` for a tile that is not full; numbers are written in groups
 * of three digits, all but the last with an `x`: 1234067 is `x001/x234/067`.
 */
export function tilePath({ level, number, width }: TileAddress): string {
  const digits = String(number)
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0')
  const groups = padded.match(/.{3}/g) ?? []
  const spelt = groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/')
  return `tile/${level}/${spelt}${width === tileWidth ? '' : `.p/${width}`}`
}

/**
 * The entries behind `tile/entries/<number>` and its `.p/<width>`, which number as tiles of the lowest level do.
 *
 * @returns undefined for what is not the one spelling of such a path.
 */
export function parseEntriesPath(path: string): Range | undefined {
  const address = parseTilePath(path.replace(/^tile\/entries\//, 'tile/0/'))
  if (address === undefined || !path.startsWith('tile/entries/')) return undefined
  const from = address.number * tileWidth
  return { from, to: from + address.width }
}

/** @returns undefined for what is not the one spelling of a tile's path. */
export function parseTilePath(path: string): TileAddress | undefined {
  const match = /^tile\/(\d{1,2})\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path)
  if (match === null) return undefined
  const [, level = '', number = '', width] = match
  const address = {
    level: Number(level),
    number: Number(number.replaceAll(/[x/]/g, '')),
    width: width === undefined ? tileWidth : Number(width),
  }
  const isPossible = address.level <= highestLevel && address.width > 0
  return isPossible && tilePath(address) === path ? address : undefined
}
