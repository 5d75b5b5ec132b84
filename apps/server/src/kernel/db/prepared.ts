import assert from 'node:assert/strict'
import type { Compilable, CompiledQuery, QueryResult } from 'kysely'
import type { Reader } from './tables.ts'

/** Stands for a value while a statement is built. */
class Slot {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/**
 * A statement whose text is made once for each engine and then only filled in: building and compiling one anew costs
 * more than SQLite takes to perform it, and a plugin's run performs forty.
 *
 * `build` sees a stand-in for each value, so it may pass values on and nothing else: it must not look at them, and the
 * statement's shape cannot depend on them.
 *
 * @example
 * ```ts
 * const findBudget = prepared((db: Reader, { organisation }: { organisation: string }) =>
 *   db.selectFrom('finops_budgets').selectAll().where('organisation', '=', organisation))
 * const { rows } = await findBudget(db, { organisation: 'org_1' })
 * ```
 */
export function prepared<D extends Reader, V extends object, O>(
  build: (db: D, values: V) => Compilable<O>,
): (db: D, values: V) => Promise<QueryResult<O>> {
  /** By the engine's adapter, which a store shares with all its transactions. */
  const compiled = new WeakMap<object, CompiledQuery<O>>()
  return (db, values) => {
    const engine = db.getExecutor().adapter
    let query = compiled.get(engine)
    if (query === undefined) {
      query = build(db, standIns<V>()).compile()
      compiled.set(engine, query)
    }
    return db.executeQuery({
      ...query,
      parameters: query.parameters.map((parameter) =>
        parameter instanceof Slot ? valueOf(values, parameter.name) : parameter,
      ),
    })
  }
}

function standIns<V extends object>(): V {
  return new Proxy(
    {},
    { get: (_target, name) => (typeof name === 'string' ? new Slot(name) : undefined) },
  ) as V // every property that `build` may name is there
}

function valueOf(values: object, name: string): unknown {
  const value = (values as Readonly<Record<string, unknown>>)[name]
  assert(value !== undefined, `the statement has a value for ${name}`)
  return value
}
