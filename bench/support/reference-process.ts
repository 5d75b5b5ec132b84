import { startChild } from './child.ts'
import type { Child } from './child.ts'

/** The bare things that runs are held against, in a process of their own as the server is. */
export function startReference(): Promise<Child> {
  return startChild(['--no-node-snapshot', 'bench/support/reference-server.ts'], /^Ready at (\S+)/)
}
