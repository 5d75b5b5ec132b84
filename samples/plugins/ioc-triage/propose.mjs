// What of the indicators is worth an entity, and how they hang together. People see this as a difference and accept it by row.

const typeOf = {
  ipv4: 'ip-address',
  ipv6: 'ip-address',
  domain: 'domain',
  url: 'url',
  email: 'email-address',
  md5: 'file-hash',
  sha1: 'file-hash',
  sha256: 'file-hash',
  cve: 'vulnerability',
  asn: 'autonomous-system',
  'bitcoin-address': 'bitcoin-address',
  'file-name': 'file-name',
}
const keyPrefix = { ipv4: 'ip', ipv6: 'ip', asn: 'as', cve: 'cve' }
// These addresses mean nothing outside the network they were seen in.
const localOnly = new Set([
  'private',
  'loopback',
  'link-local',
  'unspecified',
  'broadcast',
  'multicast',
  'shared',
  'documentation',
])
const longestName = 480
const mostCitations = 200

/** @param {{ kind: string, value: string, flags: string[], citations: object[] }[]} indicators */
export function propose(indicators) {
  const entities = []
  const relations = []
  const proposed = new Set()
  for (const { kind, value, flags, citations } of indicators) {
    const type = typeOf[kind]
    const isLocal =
      (kind === 'ipv4' || kind === 'ipv6' || kind === 'asn') && flags.some((flag) => localOnly.has(flag))
    if (type === undefined || isLocal || value.length > longestName) continue
    const key = keyOf(kind, value)
    proposed.add(key)
    const properties = {
      ...(type === 'file-hash' ? { algorithm: kind } : {}),
      ...(flags.length > 0 ? { flags } : {}),
    }
    entities.push({ key, type, name: value, properties, citations: citations.slice(0, mostCitations) })
  }
  for (const { kind, value } of indicators) {
    const host =
      kind === 'url' ? hostOf(value) : kind === 'email' ? value.slice(value.indexOf('@') + 1) : null
    if (host === null) continue
    const from = keyOf(kind, value)
    const to = [`domain:${host}`, `ip:${host}`].find((key) => proposed.has(key))
    if (to !== undefined && proposed.has(from))
      relations.push({ from, to, type: kind === 'url' ? 'has-host' : 'at-domain' })
  }
  return { entities, relations }
}

function keyOf(kind, value) {
  if (kind === 'asn') return `as:${value.slice(2)}`
  return `${keyPrefix[kind] ?? kind}:${kind === 'cve' ? value.slice(4) : value}`
}

function hostOf(url) {
  const authority = /^(?:[a-z]+:\/\/)?([^/?#]*)/.exec(url)[1]
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  return host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.replace(/:\d+$/, '')
}
