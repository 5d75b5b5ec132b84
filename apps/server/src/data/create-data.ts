import { rmSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { allow, dataDenials, deny } from '@switchboard/api'
import type { DataManifest, VerifiedPackage } from '@switchboard/verifier'
import { sha256Hex } from '../kernel/canonical.ts'
import type { Reader } from '../kernel/db/index.ts'
import { Fault } from '../kernel/fault.ts'
import { handleRead, operationOf } from '../kernel/handler.ts'
import type { Context, Registration } from '../kernel/handler.ts'
import type { Installed, Marketplace } from '../marketplace/index.ts'
import { openTable } from './table/index.ts'
import type { Lookup, OpenedTable, Table } from './table/index.ts'

export interface Data {
  readonly registrations: readonly Registration[]
  /** Unpacks and indexes the table of a data package, or answers which of its rules it breaks; other packages pass by. */
  prepare(
    organisation: string,
    verified: VerifiedPackage,
  ): Promise<{ readonly reason: string; readonly where: string; readonly detail: string } | undefined>
  /** Removes the unpacked table and its index; answers how many files were there. */
  purge(organisation: string, name: string): Promise<number>
  /** Removes every table of an organisation. */
  removeAll(organisation: string): void
  /** At start: removes the tables of packages that are not installed, as a crash in the middle of an uninstall leaves them. */
  sweep(db: Reader): Promise<void>
}

interface DataDeps {
  /** Where unpacked tables and their indexes lie. */
  readonly folder: string
  readonly marketplace: () => Marketplace
}

/** Tables that plugins look single rows up in; a table never enters the sandbox whole. */
export function createData(deps: DataDeps): Data {
  const open = new Map<string, Promise<Table>>()
  const folderOf = (organisation: string, name: string): string => join(deps.folder, organisation, name)

  async function openFrom(
    organisation: string,
    manifest: DataManifest,
    csv: Uint8Array,
  ): Promise<OpenedTable> {
    const folder = folderOf(organisation, manifest.name)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return await openTable(
      { csv, csvSha256: sha256Hex(csv), indexPath: join(folder, `${manifest.version}.index`) },
      manifest.table,
    )
  }

  /** The table in memory; read from the verified package the first time. */
  async function tableOf(db: Reader, organisation: string, installed: Installed): Promise<Table> {
    const key = `${organisation} ${installed.name} ${installed.digest}`
    let table = open.get(key)
    if (table === undefined) {
      table = deps
        .marketplace()
        .load(db, organisation, installed)
        .then((verified) => openFrom(organisation, installed.manifest as DataManifest, csvOf(verified)))
        .then((opened) => {
          if (opened.ok) return opened.table
          // It was sound when it was installed, and its bytes have just been verified.
          throw new Fault(
            'table_invalid',
            `The table of ${installed.name} cannot be opened: ${opened.problem.detail}`,
            { retryable: false },
          )
        })
      open.set(key, table)
      table.catch(() => open.delete(key))
    }
    return await table
  }

  return {
    registrations: [
      lookUp('exact', tableOf, deps),
      lookUp('range', tableOf, deps),
      handleRead(operationOf('data.list'), {
        async run(ctx) {
          const { organisation } = ctx.actor
          const rows = []
          for (const name of await deps.marketplace().installedNames(ctx.read, organisation)) {
            const installed = await deps.marketplace().installed(ctx.read, organisation, name)
            if (installed === undefined || installed.manifest.kind !== 'data') continue
            const { manifest } = installed
            const { rows: rowCount } = await tableOf(ctx.read, organisation, installed)
            rows.push({
              table: name,
              version: installed.version,
              licence: manifest.licence,
              rowCount,
              kind: manifest.table.key.kind,
              sources: manifest.sources,
            })
          }
          return allow({ rows })
        },
      }),
    ],
    async prepare(organisation, verified) {
      const { manifest } = verified
      if (manifest.kind !== 'data') return undefined
      const folder = folderOf(organisation, manifest.name)
      const opened = await openFrom(organisation, manifest, csvOf(verified))
      if (!opened.ok) {
        const { code, line, detail } = opened.problem
        return {
          reason: 'table_invalid',
          where: `${manifest.table.file}:${line}`,
          detail: `${code}: ${detail}`,
        }
      }
      await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest), { mode: 0o600 })
      return undefined
    },
    async purge(organisation, name) {
      for (const key of open.keys()) if (key.startsWith(`${organisation} ${name} `)) open.delete(key)
      const folder = folderOf(organisation, name)
      const files = await readdir(folder).catch((): string[] => [])
      await rm(folder, { recursive: true, force: true })
      return files.length
    },
    removeAll(organisation) {
      for (const key of open.keys()) if (key.startsWith(`${organisation} `)) open.delete(key)
      rmSync(join(deps.folder, organisation), { recursive: true, force: true })
    },
    async sweep(db) {
      // There is no folder before the first data package.
      for (const organisation of await readdir(deps.folder).catch((): string[] => [])) {
        const installed = await deps.marketplace().installedNames(db, organisation)
        for (const name of await readdir(join(deps.folder, organisation))) {
          if (!installed.has(name)) await rm(folderOf(organisation, name), { recursive: true, force: true })
        }
      }
    },
  }
}

function csvOf(verified: VerifiedPackage): Uint8Array {
  const { manifest, files } = verified
  const csv = manifest.kind === 'data' ? files.get(manifest.table.file) : undefined
  if (csv === undefined)
    throw new Fault('table_missing', `${manifest.name} holds no table.`, { retryable: false })
  return csv
}

function lookUp(
  kind: 'exact' | 'range',
  tableOf: (db: Reader, organisation: string, installed: Installed) => Promise<Table>,
  deps: DataDeps,
): Registration {
  async function resource(ctx: Context, { table }: { table: string }) {
    const { organisation } = ctx.actor
    const installed = await deps.marketplace().installed(ctx.read, organisation, table)
    if (installed === undefined || installed.manifest.kind !== 'data')
      return deny(dataDenials, 'table_unknown', { table })
    const { licence } = installed.manifest
    return allow({ type: 'Table', id: table, organisation, attributes: { licence } } as const)
  }
  async function answer(ctx: Context, name: string, find: (table: Table) => Lookup) {
    const { organisation } = ctx.actor
    const installed = await deps.marketplace().installed(ctx.read, organisation, name)
    if (installed === undefined || installed.manifest.kind !== 'data')
      return deny(dataDenials, 'table_unknown', { table: name })
    const found = find(await tableOf(ctx.read, organisation, installed))
    if (found.kind === 'refused') {
      if (found.reason === 'wrong_kind') {
        return deny(dataDenials, 'table_kind_mismatch', {
          table: name,
          wanted: installed.manifest.table.key.kind,
        })
      }
      return deny(dataDenials, 'table_key_invalid', { table: name, rule: rules[found.reason] })
    }
    const { licence } = installed.manifest
    ctx.count({ rows: found.kind === 'found' ? 1 : 0 })
    ctx.place({ licences: [licence] })
    ctx.subject({ target: `${name} ${installed.version}` })
    return allow({
      row: found.row,
      citation: {
        source: 'data' as const,
        table: name,
        version: installed.version,
        licence,
        row: found.rowNumber,
      },
    })
  }
  return kind === 'exact'
    ? handleRead(operationOf('data.lookup'), {
        resource,
        run: (ctx, { table, key }) => answer(ctx, table, (rows) => rows.exact(key)),
      })
    : handleRead(operationOf('data.range'), {
        resource,
        run: (ctx, { table, value }) => answer(ctx, table, (rows) => rows.range(value)),
      })
}

const rules = {
  wrong_type: 'must be of the type of the key column',
  too_long: 'is too long for the key column',
  malformed: 'must be a well-formed value of the key column, such as an IP address',
} as const
