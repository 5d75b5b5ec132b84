import { inTurn } from '../../kernel/db/index.ts'
import type { Tx } from '../../kernel/db/index.ts'
import { signCheckpoint } from './checkpoint.ts'
import { rootOf } from './growing-tree.ts'
import type { KeyRing } from './key-ring.ts'
import type { LogKey } from './log-key.ts'
import { resignCheckpoint } from './log-store.ts'
import type { Logs } from './logs.ts'
import { insertRotation } from './rotation-store.ts'
import { signRotation } from './rotation-note.ts'

export interface Rotated {
  readonly key: string
  readonly was: string
  readonly note: string
  readonly logs: number
}

/** Replaces the key that signs; every log's newest checkpoint is signed anew, so that the old key speaks for none of them. */
export function createKeyRotation(deps: {
  readonly logs: Logs
  readonly keys: KeyRing
  onFault(cause: unknown): void
}) {
  const { logs, keys, onFault } = deps

  let settling: Promise<void> = Promise.resolve()

  async function takeOver(): Promise<void> {
    await keys.settle()
    for (const log of logs.all()) await log.refreshed()
  }

  return {
    /** The key to come, as a file beside the one in use; without a rotation it is never used. */
    prepare: (): Promise<LogKey> => keys.prepare(),
    async rotate(tx: Tx, next: LogKey, at: number): Promise<Rotated> {
      // No batch is signed meanwhile, here or by another server: the note says where each log stands.
      await inTurn(tx, 'evidence.integrator')
      const old = await keys.signingKey(tx)
      const stood: { readonly origin: string; readonly size: number; readonly root: Uint8Array }[] = []
      for (const log of await logs.allIn(tx)) {
        const { tree, checkpoint } = await log.caughtUp(tx)
        if (checkpoint === undefined) continue
        const { origin, number } = log.facts
        const root = rootOf(tree)
        stood.push({ origin, size: tree.size, root })
        await resignCheckpoint(tx, number, signCheckpoint(next, origin, tree.size, root))
      }
      const note = signRotation(old, next, at, stood)
      await insertRotation(tx, { vkey: next.vkey, note, at })
      return { key: next.vkey, was: old.vkey, note, logs: stood.length }
    },
    /** Once that is durable: the new key takes the old one's place, and files say what it signed. */
    committed(): void {
      settling = settling.then(takeOver).catch(onFault)
    },
    /** Resolves when the files say what was committed. */
    settled: (): Promise<void> => settling,
  }
}
export type KeyRotation = ReturnType<typeof createKeyRotation>
