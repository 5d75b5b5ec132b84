import type { Capabilities, PackageManifest } from './manifest.ts'

/**
 * The scopes a package asks for, as people see and grant them. A data package asks for none.
 *
 * `graph:["read"]` → `read:graph`, `store:["kv"]` → `store:kv`, `cases:["write"]` → `write:case`, `data:["ip-asn"]` → `read:data:ip-asn`,
 * `net:["api.example.org"]` → `net:api.example.org`, `secrets:["key"]` → `secret:key`, permissions as they are.
 */
export function scopesOf(manifest: PackageManifest): {
  readonly required: readonly string[]
  readonly optional: readonly string[]
} {
  if (manifest.kind === 'data') return { required: [], optional: [] }
  const required = new Set([
    ...scopes(manifest.capabilities),
    ...manifest.data.map(dataScope),
    ...manifest.permissions,
  ])
  const optional = new Set(scopes(manifest.optionalCapabilities)).difference(required)
  return { required: [...required], optional: [...optional] }
}

function scopes(from: Capabilities): string[] {
  return [
    ...(from.graph ?? []).map((verb) => `${verb}:graph`),
    ...(from.cases ?? []).map((verb) => `${verb}:case`),
    ...(from.data ?? []).map(dataScope),
    ...(from.net ?? []).map((host) => `net:${host}`),
    ...(from.store ?? []).map((kind) => `store:${kind}`),
    ...(from.secrets ?? []).map((name) => `secret:${name}`),
  ]
}

function dataScope(name: string): string {
  return `read:data:${name}`
}
