import { findOperation } from './catalogue.ts'
import { createClientOf } from './client.ts'
import type { Client, ClientOptions } from './client.ts'

/** A client of every operation, typed by the operation's name. */
export function createClient(options: ClientOptions): Client {
  return createClientOf(findOperation, options)
}
