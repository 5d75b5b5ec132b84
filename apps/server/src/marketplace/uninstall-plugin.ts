import { allow, deny, marketplaceDenials } from '@switchboard/api'
import { holdsOn, keepHoldsAsTheyAre, refuseHeld } from '../evidence/index.ts'
import type { Blobs } from '../kernel/blobs.ts'
import type { Tx } from '../kernel/db/index.ts'
import { handleExternal, operationOf } from '../kernel/handler.ts'
import type { Registration } from '../kernel/handler.ts'
import { readInstalled } from './installed.ts'
import type { Installed } from './installed.ts'
import { deleteGrants, deleteInstallation, deletePackages, isFileInUse } from './package-store.ts'

/** What one part of the product keeps of an installation, and how it lets go of it. */
export interface Purger {
  readonly what: string
  /** Rows, in the transaction of the uninstall; answers how many. */
  rows?(tx: Tx, organisation: string, name: string): Promise<number>
  /** Cases that what `rows` removes is about: a legal hold on one of them keeps all of it. */
  cases?(tx: Tx, organisation: string, name: string): Promise<readonly string[]>
  /** Texts that only what `rows` removes holds; the scan looks for them afterwards. */
  words?(tx: Tx, organisation: string, name: string): Promise<readonly string[]>
  /** Files and memory, before it; answers how many. */
  files?(organisation: string, name: string): Promise<number>
}

/** Searches everything the server keeps for a word, byte by byte. */
export interface ResidueScan {
  (words: readonly string[]): Promise<{
    readonly residue: readonly { readonly where: string; readonly what: string }[]
    readonly scanned: { readonly tables: number; readonly files: number; readonly bytes: number }
  }>
}

interface UninstallDeps {
  readonly blobs: Blobs
  readonly purgers: () => readonly Purger[]
  readonly scan: ResidueScan
  /** Drops what is in memory of a package file. */
  readonly unload: (organisation: string, fileSha256: string) => void
}

/** `plugin.uninstall`: its rows, then its files, then the proof that nothing is left. */
export function uninstallPlugin(deps: UninstallDeps): Registration {
  return handleExternal<ReturnType<typeof operationOf<'plugin.uninstall'>>, Removed>(
    operationOf('plugin.uninstall'),
    {
      async resource(ctx, { id }) {
        const { organisation } = ctx.actor
        const installed = await readInstalled(ctx.read, organisation, id)
        // What is gone is `begin`'s to tell: whoever asks again under the key of an uninstall that was done gets its answer.
        if (installed === undefined) {
          const attributes = { trust: 'pinned', reviewed: false }
          return allow({ type: 'Package', id, organisation, attributes } as const)
        }
        const { version, digest, trust, reviewed } = installed
        ctx.subject({ package: id, version, digest })
        return allow({ type: 'Package', id, organisation, attributes: { trust, reviewed } } as const)
      },
      // The rows go with the intent: from here on the package is not installed, whatever happens to the files.
      async begin(ctx, { id, forget = false }) {
        const { organisation } = ctx.actor
        const installed = await readInstalled(ctx.tx, organisation, id)
        if (installed === undefined) return deny(marketplaceDenials, 'not_installed', { package: id })
        ctx.subject({ package: id, version: installed.version, digest: installed.digest })
        await keepHoldsAsTheyAre(ctx.tx, organisation)
        const concerned: string[] = []
        for (const purger of deps.purgers())
          concerned.push(...((await purger.cases?.(ctx.tx, organisation, id)) ?? []))
        const holds = await holdsOn(ctx.tx, organisation, concerned)
        if (holds.length > 0) return refuseHeld(holds)
        const counts = [{ what: 'grants', count: await deleteGrants(ctx.tx, organisation, id) }]
        const words = new Map([[installed.canary, installed.canary]])
        for (const purger of deps.purgers()) {
          for (const word of (await purger.words?.(ctx.tx, organisation, id)) ?? [])
            words.set(word, purger.what)
          if (purger.rows !== undefined)
            counts.push({ what: purger.what, count: await purger.rows(ctx.tx, organisation, id) })
        }
        await deleteInstallation(ctx.tx, organisation, id)
        counts.push({ what: 'installation', count: 1 })
        const files = forget ? await deletePackages(ctx.tx, organisation, id) : []
        counts.push({ what: 'catalogue entries', count: files.length })
        return allow({ installed, counts, files, words })
      },
      async run(ctx, { id, forget = false }, { installed, counts, files, words }) {
        const { organisation } = ctx.actor
        const removed = [...counts]
        deps.unload(organisation, installed.fileSha256)
        for (const file of files) {
          // Another organisation may have the same package, and with it the same file.
          if (await isFileInUse(ctx.read, file)) continue
          await deps.blobs.delete(file)
          removed.push({ what: 'package files', count: 1 })
        }
        for (const purger of deps.purgers()) {
          if (purger.files !== undefined)
            removed.push({ what: purger.what, count: await purger.files(organisation, id) })
        }
        const { residue, scanned } = await deps.scan([...words.keys()])
        ctx.count({ rows: removed.reduce((sum, { count }) => sum + count, 0) })
        return {
          outcome: allow({
            id,
            version: installed.version,
            digest: installed.digest,
            removed: removed.filter(({ count }) => count > 0),
            kept: [
              {
                what: 'receipts',
                why: 'They are the proof of what it did; they hold digests, not its data.',
              },
              ...(forget
                ? []
                : [
                    {
                      what: 'catalogue entry',
                      why: 'The signed package can be installed again; uninstall with forget to take it off the shelf.',
                    },
                  ]),
            ],
            residue: residue.map(({ where, what }) => ({ where, what: words.get(what) ?? what })),
            scanned: { ...scanned },
          }),
        }
      },
    },
  )
}

interface Removed {
  readonly installed: Installed
  readonly counts: readonly { readonly what: string; readonly count: number }[]
  /** SHA-256 of package files that left the catalogue. */
  readonly files: readonly string[]
  /** What the scan looks for, and how what it finds is called. */
  readonly words: ReadonlyMap<string, string>
}
