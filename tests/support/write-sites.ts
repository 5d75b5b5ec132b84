import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseSync } from 'oxc-parser'

/** A place in the source that writes to the store. */
export interface WriteSite {
  readonly file: string
  readonly line: number
  /** The table's name; `(computed)` where it is not written there. */
  readonly table: string
  readonly verb: 'insert' | 'update' | 'delete' | 'other'
  /** How the handle that it writes through came there. */
  readonly through: 'parameter typed Tx' | 'callback of transact' | 'migration' | 'anything else'
}

/** A node of the syntax tree, as far as it is looked at here. */
interface Node {
  readonly type: string
  readonly start: number
  readonly [field: string]: unknown
}

const builders: ReadonlyMap<string, WriteSite['verb']> = new Map([
  ['insertInto', 'insert'],
  ['replaceInto', 'insert'],
  ['updateTable', 'update'],
  ['deleteFrom', 'delete'],
  ['mergeInto', 'other'],
])
const functions = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])
/** Everything in SQL that changes rows or their tables. */
const writing = /^\s*(insert|update|delete|replace|merge|truncate|drop|alter|create)\b/i

/** Every TypeScript source below `folder` that is no test, with its path relative to it. */
export function sourcesBelow(folder: string): readonly { readonly file: string; readonly text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(
      (path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.split('/').includes('testing'),
    )
    .map((path) => ({
      file: relative(folder, join(folder, path)),
      text: readFileSync(join(folder, path), 'utf8'),
    }))
    .toSorted((a, b) => (a.file < b.file ? -1 : 1))
}

/**
 * Every write of a source, by Kysely's builders and by SQL in text.
 * @throws {SyntaxError} when the text does not parse: half a module read would be half a check.
 */
export function writeSites(file: string, text: string): readonly WriteSite[] {
  const sites: WriteSite[] = []
  const site = (node: Node, facts: Pick<WriteSite, 'table' | 'verb' | 'through'>): void => {
    sites.push({ file, line: text.slice(0, node.start).split('\n').length, ...facts })
  }
  walk(parse(file, text), [], (node, ancestors) => {
    if (node.type === 'CallExpression') {
      const callee = node['callee'] as Node
      const verb = builders.get(memberOf(callee))
      if (verb !== undefined && callee.type === 'MemberExpression') {
        const [table] = node['arguments'] as Node[]
        site(node, { table: textOf(table), verb, through: originOf(callee['object'] as Node, ancestors) })
        return
      }
    }
    const words = sqlText(node)
    const verb = words === undefined ? undefined : writing.exec(words)?.[1]?.toLowerCase()
    if (words === undefined || verb === undefined) return
    const table = /^\s*(?:insert\s+into|update|delete\s+from)\s+"?(\w+)/i.exec(words)?.[1] ?? '(computed)'
    site(node, {
      table,
      verb: verb === 'insert' || verb === 'update' || verb === 'delete' ? verb : 'other',
      through: originOf(executedOn(ancestors), ancestors),
    })
  })
  return sites
}

/** Where a source names `word` as a property or a variable. */
export function namesWord(file: string, text: string, word: string): boolean {
  let found = false
  walk(parse(file, text), [], (node) => {
    if (node.type === 'Identifier' && node['name'] === word) found = true
  })
  return found
}

/** Casts to `type`: each could forge what only the store may make. */
export function castsTo(file: string, text: string, type: string): number {
  let casts = 0
  walk(parse(file, text), [], (node) => {
    if (node.type === 'TSAsExpression' && typeName(node['typeAnnotation']) === type) casts += 1
  })
  return casts
}

function parse(file: string, text: string): Node {
  const { program, errors } = parseSync(file, text)
  if (errors[0]) throw new SyntaxError(`${file}: ${errors[0].message}`)
  return program as unknown as Node
}

function walk(
  node: Node,
  ancestors: readonly Node[],
  visit: (node: Node, ancestors: readonly Node[]) => void,
): void {
  visit(node, ancestors)
  const below = [...ancestors, node]
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, below, visit)
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
}

/** What kind of handle `receiver` is, judged by where the function around it got it from. */
function originOf(receiver: Node | undefined, ancestors: readonly Node[]): WriteSite['through'] {
  // `ctx.tx` of a write handler: the context is the gate's, and holds a Tx by its type.
  if (receiver?.type === 'MemberExpression' && memberOf(receiver) === 'tx') return 'parameter typed Tx'
  const name = receiver?.type === 'Identifier' ? String(receiver['name']) : undefined
  for (const [i, node] of ancestors.entries().toArray().toReversed()) {
    if (!functions.has(node.type)) continue
    const parameter = (node['params'] as Node[]).find(
      (each) => each.type === 'Identifier' && each['name'] === name,
    )
    if (parameter === undefined) continue
    const annotation = (parameter['typeAnnotation'] as Node | null | undefined)?.['typeAnnotation']
    if (typeName(annotation) === 'Tx') return 'parameter typed Tx'
    if (typeName(annotation) === 'Kysely') return 'migration'
    const parent = ancestors[i - 1]
    if (
      annotation === undefined &&
      parent?.type === 'CallExpression' &&
      memberOf(parent['callee'] as Node) === 'transact'
    )
      return 'callback of transact'
    // A step's `up(db, types)`, typed by the interface that its list declares.
    if (annotation === undefined && parent?.type === 'Property' && textOf(parent['key'] as Node) === 'up')
      return 'migration'
    return 'anything else'
  }
  return 'anything else'
}

/** The handle in `sql\`…\`.execute(handle)` around the innermost ancestor. */
function executedOn(ancestors: readonly Node[]): Node | undefined {
  const call = ancestors.findLast(
    (node) => node.type === 'CallExpression' && memberOf(node['callee'] as Node) === 'execute',
  )
  return (call?.['arguments'] as Node[] | undefined)?.[0]
}

function sqlText(node: Node): string | undefined {
  // Text that is put together cannot be read here, so it counts as a write.
  if (node.type === 'CallExpression' && memberOf(node['callee'] as Node) === 'raw') return 'create ?'
  if (node.type === 'TaggedTemplateExpression') {
    const tag = node['tag'] as Node
    if (tag.type !== 'Identifier' || tag['name'] !== 'sql') return undefined
    const { quasis } = node['quasi'] as { quasis: { value: { raw: string } }[] }
    return quasis.map(({ value }) => value.raw).join('?')
  }
  return undefined
}

function memberOf(callee: Node): string {
  return callee.type === 'MemberExpression' ? textOf(callee['property'] as Node) : ''
}

function textOf(node: Node | undefined): string {
  if (node?.type === 'Identifier') return String(node['name'])
  return node?.type === 'Literal' && typeof node['value'] === 'string' ? node['value'] : '(computed)'
}

function typeName(annotation: unknown): string | undefined {
  if (!isNode(annotation) || annotation.type !== 'TSTypeReference') return undefined
  return textOf(annotation['typeName'] as Node)
}
