import type { Capability, PluginMethod } from './capability.ts'
import { net } from './net.ts'
import { readCase } from './read-case.ts'
import { readData } from './read-data.ts'
import { readGraph } from './read-graph.ts'
import { secret } from './secret.ts'
import { storeKv } from './store-kv.ts'
import { useNl2cypher } from './use-nl2cypher.ts'
import { writeCase } from './write-case.ts'
import { writeGraph } from './write-graph.ts'

/** Everything that a plugin can be allowed to do; there is no other way out of the sandbox. */
export const capabilities: readonly Capability[] = [
  readGraph,
  writeGraph,
  readCase,
  writeCase,
  readData,
  net,
  secret,
  useNl2cypher,
  storeKv,
]

const methods: ReadonlyMap<string, PluginMethod> = new Map(
  capabilities.flatMap((capability) => Object.entries(capability.methods)),
)

/** What `api` offers inside the sandbox, such as `graph.search`. */
export const pluginMethods: readonly string[] = [...methods.keys()]

export function operationBehind(method: string): PluginMethod | undefined {
  return methods.get(method)
}

/** The capability that a scope belongs to; undefined for a scope that opens nothing. */
export function capabilityOf(scope: string): Capability | undefined {
  return capabilities.find((capability) =>
    capability.scope.endsWith(':')
      ? scope.startsWith(capability.scope) && scope.length > capability.scope.length
      : scope === capability.scope,
  )
}

/** What granting a scope lets a package do, in one sentence for the person who consents. */
export function capabilityImpact(scope: string): string {
  const capability = capabilityOf(scope)
  if (capability === undefined) return `Nothing: this version of the server knows no capability ${scope}.`
  const { impact } = capability
  return typeof impact === 'string' ? impact : impact(scope.slice(capability.scope.length))
}
