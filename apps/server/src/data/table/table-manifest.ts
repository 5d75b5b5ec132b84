/** The `table` part of a data package's manifest: what the CSV holds and how it is looked up. */
export interface TableManifest {
  readonly file: string
  readonly columns: readonly TableColumn[]
  readonly key: TableKey
}

export type ColumnType = 'ip' | 'integer' | 'string'

export interface TableColumn {
  readonly name: string
  readonly type: ColumnType
}

/** `range`: the row whose inclusive span holds the value. `exact`: the row whose key is the value. */
export type TableKey =
  | { readonly kind: 'range'; readonly from: string; readonly to: string }
  | { readonly kind: 'exact'; readonly column: string }

// A column becomes a property of an object that guests read: names such as `__proto__` must not be spellable.
const columnName = /^[A-Za-z][A-Za-z0-9_]{0,63}$/

/** @returns what is wrong with the manifest in words, or null. */
export function manifestProblem(manifest: TableManifest): string | null {
  const types = new Map<string, ColumnType>()
  for (const { name, type } of manifest.columns) {
    if (!columnName.test(name))
      return `column name "${name}" is not a letter followed by letters, digits and underscores`
    if (types.has(name)) return `column "${name}" is listed twice`
    types.set(name, type)
  }
  const { key } = manifest
  if (key.kind === 'exact') return types.has(key.column) ? null : `key column "${key.column}" is not a column`
  const type = types.get(key.from)
  if (type === undefined) return `key column "${key.from}" is not a column`
  if (types.get(key.to) !== type) return `key columns "${key.from}" and "${key.to}" differ in type`
  if (type === 'string')
    return 'a range of strings has no order that people agree on; use ip or integer columns'
  return key.from === key.to ? 'a range needs two columns' : null
}
