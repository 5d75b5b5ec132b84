import type { OperationName } from '@switchboard/api'

/** A method of the plugin's `api`, and the operation that performs it behind the gate. */
export interface PluginMethod {
  readonly operation: OperationName
  /** The plugin is given this member of the answer alone: `rows` as a bare array, say. */
  readonly unwrap?: 'rows' | 'value'
}

/** One thing that a plugin can be allowed to do: all that there is to it, for whoever has to judge it. */
export interface Capability {
  /** As people see and grant it; one that ends in `:` is completed by a name, each a grant of its own. */
  readonly scope: `${string}:${string}`
  /** What granting it lets the code do, in one sentence for the person who consents. */
  readonly impact: string | ((name: string) => string)
  /** How a manifest asks for it. What a manifest does not name can never be granted. */
  readonly manifest: string
  /** Methods of `api` by name, such as `graph.search`. */
  readonly methods: Readonly<Record<string, PluginMethod>>
  /** What one call, or what is kept, is bounded by, besides the budgets of the run. The unit is in the name. */
  readonly limits: Readonly<Record<string, number>>
}
