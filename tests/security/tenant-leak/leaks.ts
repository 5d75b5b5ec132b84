import {
  BinaryOperationNode,
  ColumnNode,
  OperationNodeTransformer,
  OperatorNode,
  ReferenceNode,
} from 'kysely'
import { TableNode, ValueNode } from 'kysely'
import type { Kysely, KyselyPlugin, SelectQueryNode } from 'kysely'
import type { Database } from '../../../apps/server/src/kernel/db/index.ts'

/** What a build forgets; nothing in the product. */
export type Leak =
  | { readonly forgets: 'organisation'; readonly of: string }
  | { readonly forgets: 'ceilings' | 'grants' | 'whose answers' | 'whose secrets' | 'whose tables' }

/** The store, reading one table for everybody. */
export function leaking(database: Database, leak: Leak | undefined): Database {
  if (leak?.forgets !== 'organisation') return database
  return { ...database, read: compiledAnew(database.read.withPlugin(new ForgetOrganisation(leak.of))) }
}

/** Statements that are compiled once are kept by the engine's adapter: under another one they pass the plugin too. */
function compiledAnew<T>(reader: Kysely<T>): Kysely<T> {
  const executor = changed(reader.getExecutor(), { adapter: {} })
  return changed(reader, { getExecutor: () => executor })
}

/** The same object with other members; its own private fields are out of a subclass's reach. */
function changed<T extends object>(of: T, members: Readonly<Record<string, unknown>>): T {
  return new Proxy(of, {
    get(target, name) {
      if (typeof name === 'string' && name in members) return members[name]
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}

/** Makes `organisation = …` true of every row of a table. */
class ForgetOrganisation extends OperationNodeTransformer implements KyselyPlugin {
  readonly #table: string
  #forgets = false
  constructor(table: string) {
    super()
    this.#table = table
  }
  protected override transformSelectQuery(node: SelectQueryNode): SelectQueryNode {
    const before = this.#forgets
    this.#forgets =
      node.from?.froms.some((from) => TableNode.is(from) && from.table.identifier.name === this.#table) ===
      true
    const transformed = super.transformSelectQuery(node)
    this.#forgets = before
    return transformed
  }
  protected override transformBinaryOperation(node: BinaryOperationNode): BinaryOperationNode {
    const { leftOperand } = node
    const column = ReferenceNode.is(leftOperand) ? leftOperand.column : undefined
    if (
      !this.#forgets ||
      column === undefined ||
      !ColumnNode.is(column) ||
      column.column.name !== 'organisation'
    )
      return super.transformBinaryOperation(node)
    const one = ValueNode.createImmediate(1)
    return BinaryOperationNode.create(one, OperatorNode.create('='), one)
  }
  transformQuery({ node }: Parameters<KyselyPlugin['transformQuery']>[0]) {
    return this.transformNode(node)
  }
  transformResult({ result }: Parameters<KyselyPlugin['transformResult']>[0]) {
    return Promise.resolve(result)
  }
}
