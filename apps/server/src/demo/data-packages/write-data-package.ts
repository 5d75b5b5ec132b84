import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { csvLine, type TableManifest } from '../../data/table/index.ts'
import type { NpmData } from '../npm-data.ts'

export type TableCells = readonly (string | number)[]

/** What a builder says about its package; versions and licences come from the sources. */
export interface DataPackage {
  readonly name: string
  readonly title: string
  readonly summary: string
  readonly sources: readonly NpmData[]
  readonly table: TableManifest
  /** Paragraphs a reader must know before trusting the data; asked for after the rows, which may have been repaired. */
  caveats(): readonly string[]
  /** Ascending by key, in batches. */
  rows(): AsyncIterable<readonly TableCells[]> | Iterable<readonly TableCells[]>
}

export interface WrittenDataPackage {
  readonly name: string
  readonly version: string
  readonly folder: string
  readonly rows: number
}

/** Writes manifest.json, table.csv, README.md and NOTICE into `folder`, which is made; the same sources give the same bytes. */
export async function writeDataPackage(folder: string, pack: DataPackage): Promise<WrittenDataPackage> {
  await mkdir(folder, { recursive: true })
  const rows = await writeTable(join(folder, pack.table.file), pack)
  // A table is as old as its oldest source.
  const capturedAt = Math.min(...pack.sources.map((source) => source.capturedAt))
  const version = versionOf(capturedAt)
  const manifest = {
    name: pack.name,
    version,
    kind: 'data',
    title: pack.title,
    summary: pack.summary,
    licence: licenceExpression(pack.sources),
    sources: pack.sources.map(({ name, version, licence, url }) => ({ name, version, licence, url })),
    table: pack.table,
    capturedAt,
  }
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  await writeFile(join(folder, 'README.md'), readme(pack, rows))
  await writeFile(join(folder, 'NOTICE'), notice(pack.sources))
  return { name: pack.name, version, folder, rows }
}

/**
 * The hour of capture as a semantic version, YEAR.MONTHDAY.HOUR, so that newer data have the greater version. npm's own versions
 * do not fit: their last part has ten digits.
 */
function versionOf(capturedAt: number): string {
  const date = new Date(capturedAt)
  const monthAndDay = (date.getUTCMonth() + 1) * 100 + date.getUTCDate()
  return `${date.getUTCFullYear()}.${monthAndDay}.${date.getUTCHours()}`
}

async function writeTable(path: string, { table, rows: batches }: DataPackage): Promise<number> {
  const file = createWriteStream(path)
  file.write(csvLine(table.columns.map((column) => column.name)))
  let rows = 0
  for await (const batch of batches()) {
    rows += batch.length
    if (!file.write(batch.map(csvLine).join(''))) await once(file, 'drain')
  }
  file.end()
  await once(file, 'finish')
  return rows
}

function licenceExpression(sources: readonly NpmData[]): string {
  return [...new Set(sources.map((source) => source.licence))].sort().join(' AND ')
}

function readme(pack: DataPackage, rows: number): string {
  const columns = pack.table.columns.map(({ name, type }) => `\`${name}\` (${type})`).join(', ')
  const sources = pack.sources.map(
    ({ name, version, licence, url }) => `- ${name} ${version}, ${licence}, ${url}`,
  )
  return `# ${pack.title}

${pack.summary}

${rows} rows, sorted by key. Columns: ${columns}.

## Sources

${sources.join('\n')}

Their licence texts are in \`NOTICE\`.

## Before you rely on it

${pack.caveats().join('\n\n')}
`
}

function notice(sources: readonly NpmData[]): string {
  const parts = sources.map((source) => {
    const texts = source.notices.map(({ file, text }) => `--- ${file}\n\n${text}`)
    const stated = `No licence file is part of the npm package; its package.json states ${source.licence}.`
    return [
      `${source.name} ${source.version} (${source.url})`,
      ...(texts.length > 0 ? texts : [stated]),
    ].join('\n\n')
  })
  return `This package is made from the following data.\n\n${parts.join('\n\n\n')}\n`
}
