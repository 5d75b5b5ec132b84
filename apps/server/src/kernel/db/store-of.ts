import { Fault } from '../fault.ts'
import type { Reader } from './tables.ts'

// By the engine's adapter, which a connection shares with all its transactions.
const stores = new WeakMap<object, object>()

/** Says that these connections are of one store. */
export function joinToStore(...connections: readonly Reader[]): void {
  const store = {}
  for (const connection of connections) stores.set(connection.getExecutor().adapter, store)
}

/** What stands for the store behind a reader or a transaction, to keep something by that belongs to that store. */
export function storeOf(db: Reader): object {
  const store = stores.get(db.getExecutor().adapter)
  if (store === undefined)
    throw new Fault('store_unknown', 'The connection is of no store that was opened here.', {
      retryable: false,
    })
  return store
}
