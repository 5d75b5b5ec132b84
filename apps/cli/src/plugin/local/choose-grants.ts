import { UsageError } from '../../usage-error.ts'
import type { LocalPlugin } from './load-plugin.ts'

/**
 * The scopes of a local run: those named, or without any the ones the manifest requires, as an administrator grants them who
 * consents to what is asked for. `none` is none.
 *
 * @throws {UsageError} for one that the manifest does not name: no server could ever grant it.
 */
export function chooseGrants(plugin: LocalPlugin, named: readonly string[] | undefined): ReadonlySet<string> {
  if (named === undefined) return new Set(plugin.required)
  const wanted = named.filter((scope) => scope !== 'none')
  const unknown = wanted.find((scope) => !plugin.declared.has(scope))
  if (unknown !== undefined) {
    throw new UsageError(
      `manifest.json does not name ${unknown}, so it can never be granted; it names ${[...plugin.declared].join(', ') || 'nothing'}.`,
    )
  }
  return new Set(wanted)
}
