/** What a package says about itself, after checking. The published form is docs/reference/manifest.schema.json. */
export type PackageManifest = PluginManifest | DataManifest

export interface Capabilities {
  readonly graph?: readonly ('read' | 'write')[]
  readonly cases?: readonly ('read' | 'write')[]
  /** Always false: hosts are named in `net`. */
  readonly network?: false
  readonly net?: readonly string[]
  readonly store?: readonly 'kv'[]
  readonly secrets?: readonly string[]
  readonly data?: readonly string[]
}

export interface Budgets {
  /** Wall time of a run. */
  readonly ms: number
  readonly memoryMB: number
  readonly rows: number
  readonly cpuMs?: number
  readonly calls?: number
  readonly outputBytes?: number
}

export interface PluginManifest {
  readonly kind: 'plugin'
  readonly $schema?: string
  readonly name: string
  readonly version: string
  readonly entry: string
  readonly capabilities: Capabilities
  readonly optionalCapabilities: Capabilities
  readonly budgets: Budgets
  readonly permissions: readonly string[]
  readonly data: readonly string[]
  readonly title?: string
  readonly summary?: string
  readonly licence?: string
  readonly publisher?: string
  /** Asks for machine code; whether it gets it is not the package's to say. */
  readonly jit?: true
  /** A JSON Schema, unread: whoever compiles it must treat it as hostile. */
  readonly input?: Readonly<Record<string, unknown>>
  readonly output?: Readonly<Record<string, unknown>>
}

export interface DataManifest {
  readonly kind: 'data'
  readonly $schema?: string
  readonly name: string
  readonly version: string
  readonly title: string
  readonly summary: string
  readonly licence: string
  readonly publisher?: string
  readonly sources: readonly DataSource[]
  readonly table: DataTable
  /** When the data was taken, ms since the Unix epoch. */
  readonly capturedAt: number
}

export interface DataSource {
  readonly name: string
  readonly version: string
  readonly licence: string
  readonly url?: string
}

export interface DataTable {
  readonly file: string
  readonly columns: readonly { readonly name: string; readonly type: 'ip' | 'integer' | 'string' }[]
  readonly key:
    | { readonly kind: 'range'; readonly from: string; readonly to: string }
    | { readonly kind: 'exact'; readonly column: string }
}
