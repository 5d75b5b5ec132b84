/**
 * The read-only Cypher that questions become, and that the embedded store can perform: each form as data, as text, and
 * back. What is shown is what runs, because the text is what is performed.
 */
export type Query =
  | { readonly kind: 'node'; readonly key: string }
  | { readonly kind: 'list'; readonly type: string; readonly count: boolean; readonly limit: number }
  | {
      readonly kind: 'step'
      readonly key: string
      /** Any of these relations. */
      readonly relations: readonly string[]
      /** From the named entity, or towards it. */
      readonly direction: 'out' | 'in'
      readonly type?: string
      readonly count: boolean
      readonly limit: number
    }
  | {
      readonly kind: 'near'
      readonly key: string
      readonly hops: number
      readonly type?: string
      readonly count: boolean
      readonly limit: number
    }
  | { readonly kind: 'path'; readonly from: string; readonly to: string; readonly hops: number }

export function printCypher(query: Query): string {
  switch (query.kind) {
    case 'node':
      return `MATCH (a ${keyed(query.key)}) RETURN a`
    case 'list':
      return `MATCH (b:${quoted(query.type)}) ${returning(query)}`
    case 'step': {
      const relations = `[:${query.relations.map(quoted).join('|')}]`
      const [left, right] = query.direction === 'out' ? ['-', '->'] : ['<-', '-']
      return `MATCH (a ${keyed(query.key)})${left}${relations}${right}(b${typed(query.type)}) ${returning(query)}`
    }
    case 'near':
      return `MATCH (a ${keyed(query.key)})-[*1..${query.hops}]-(b${typed(query.type)}) WHERE b <> a ${returning(query)}`
    case 'path':
      return `MATCH p = shortestPath((a ${keyed(query.from)})-[*..${query.hops}]-(b ${keyed(query.to)})) RETURN p`
  }
}

const key = String.raw`\{key: '((?:[^'\\]|\\.)*)'\}`
const name = '`([a-z][a-z0-9_-]*)`'
const ending = String.raw`RETURN (?:DISTINCT b ORDER BY b\.key LIMIT ([0-9]{1,5})|(count\(DISTINCT b\)) AS count)`
const forms = {
  node: new RegExp(`^MATCH \\(a ${key}\\) RETURN a$`, 's'),
  list: new RegExp(`^MATCH \\(b:${name}\\) ${ending}$`),
  step: new RegExp(
    `^MATCH \\(a ${key}\\)(<?)-\\[:(\`[a-z0-9_\`|-]+\`)\\]-(>?)\\(b(?::${name})?\\) ${ending}$`,
    's',
  ),
  near: new RegExp(
    `^MATCH \\(a ${key}\\)-\\[\\*1\\.\\.([1-9])\\]-\\(b(?::${name})?\\) WHERE b <> a ${ending}$`,
    's',
  ),
  path: new RegExp(
    `^MATCH p = shortestPath\\(\\(a ${key}\\)-\\[\\*\\.\\.([1-9])\\]-\\(b ${key}\\)\\) RETURN p$`,
    's',
  ),
}

/** The query of a text in one of the forms above; undefined for any other, which the embedded store cannot perform. */
export function parseCypher(text: string): Query | undefined {
  const node = forms.node.exec(text)
  if (node !== null) return { kind: 'node', key: unescape(node[1]) }
  const list = forms.list.exec(text)
  if (list !== null) return { kind: 'list', type: list[1] as string, ...returned(list[2]) }
  const step = forms.step.exec(text)
  if (step !== null && (step[2] === '<') !== (step[4] === '>'))
    return {
      kind: 'step',
      key: unescape(step[1]),
      relations: (step[3] as string).split('|').map((each) => each.slice(1, -1)),
      direction: step[4] === '>' ? 'out' : 'in',
      ...(step[5] === undefined ? {} : { type: step[5] }),
      ...returned(step[6]),
    }
  const near = forms.near.exec(text)
  if (near !== null)
    return {
      kind: 'near',
      key: unescape(near[1]),
      hops: Number(near[2]),
      ...(near[3] === undefined ? {} : { type: near[3] }),
      ...returned(near[4]),
    }
  const path = forms.path.exec(text)
  if (path !== null)
    return { kind: 'path', from: unescape(path[1]), hops: Number(path[2]), to: unescape(path[3]) }
  return undefined
}

/** A count has no limit of its own; it counts as far as the store is willing to look. */
export const mostCounted = 10_000

function returning({ count, limit }: { count: boolean; limit: number }): string {
  return count ? 'RETURN count(DISTINCT b) AS count' : `RETURN DISTINCT b ORDER BY b.key LIMIT ${limit}`
}
function returned(limit: string | undefined): { count: boolean; limit: number } {
  return limit === undefined ? { count: true, limit: mostCounted } : { count: false, limit: Number(limit) }
}
function typed(type: string | undefined): string {
  return type === undefined ? '' : `:${quoted(type)}`
}
/** Types match a pattern without backticks, so nothing can end the quotes. */
function quoted(type: string): string {
  return `\`${type}\``
}
function keyed(value: string): string {
  return `{key: '${value.replaceAll(/[\\']/g, (character) => `\\${character}`)}'}`
}
function unescape(text = ''): string {
  return text.replaceAll(/\\(.)/gs, '$1')
}
