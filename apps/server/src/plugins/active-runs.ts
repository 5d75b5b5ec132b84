import type { Denial } from '@switchboard/api'

/** A run under way here, for whoever performs it. */
export interface ActiveRun {
  /** Ends the run in the sandbox. */
  readonly signal: AbortSignal
  /** Ends it with that answer, whatever the plugin makes of it; the first answer counts. */
  stop(denial: Denial): void
  /** Why it was stopped. */
  stopped(): Denial | undefined
  end(): void
}

/** Whose code it is, and which replay of its run this is where it is one. */
interface ActiveOf {
  readonly organisation: string
  readonly package: string
  readonly replay?: string
}

interface Entry extends ActiveOf {
  readonly run: string
  readonly abort: AbortController
  denial?: Denial
}

/** How soon a run that makes no calls hears of a hold that another server made. */
const lookAgainMs = 500

/**
 * The runs that this server has under way, replays of earlier ones among them: what a quarantine or the kill switch
 * ends. A cancellation names a run and ends none of its replays.
 *
 * @param heldBy why a package must not run now, or undefined
 */
export function createActiveRuns(
  heldBy: (organisation: string, packageName: string) => Promise<Denial | undefined>,
) {
  const active = new Map<string, Entry>()
  /** Cancelled between their intent and their start. */
  const cancelled = new Set<string>()
  let watching: NodeJS.Timeout | undefined

  function stopEntry(entry: Entry, denial: Denial): void {
    entry.denial ??= denial
    entry.abort.abort()
  }

  /** Holds made elsewhere: the store is the only thing that all servers share. */
  async function lookForHolds(): Promise<void> {
    for (const entry of active.values()) {
      const denial = await heldBy(entry.organisation, entry.package).catch(() => undefined)
      // When the store does not answer, the run's own calls fail; it must not be ended on a guess.
      if (denial !== undefined) stopEntry(entry, denial)
    }
  }

  function entriesOf(organisation: string, packageName: string | undefined): readonly Entry[] {
    return [...active.values()].filter(
      (entry) =>
        entry.organisation === organisation && (packageName === undefined || entry.package === packageName),
    )
  }

  return {
    /** Registers a run, then looks once whether it may still run: a hold finds it here, or is found by it. */
    async start(run: string, of: ActiveOf): Promise<ActiveRun> {
      const entry: Entry = { ...of, run, abort: new AbortController() }
      const key = of.replay === undefined ? run : `${run} ${of.replay}`
      active.set(key, entry)
      watching ??= setInterval(() => void lookForHolds(), lookAgainMs).unref()
      if (cancelled.delete(key)) entry.abort.abort()
      const handle: ActiveRun = {
        signal: entry.abort.signal,
        stop: (denial) => stopEntry(entry, denial),
        stopped: () => entry.denial,
        end() {
          active.delete(key)
          if (active.size > 0) return
          clearInterval(watching)
          watching = undefined
        },
      }
      try {
        const held = await heldBy(of.organisation, of.package)
        if (held !== undefined) stopEntry(entry, held)
      } catch (error) {
        handle.end()
        throw error
      }
      return handle
    },
    cancel(run: string): void {
      const entry = active.get(run)
      if (entry === undefined) cancelled.add(run)
      else entry.abort.abort()
    },
    /** Ends those of an organisation, or of one package of it; answers which runs they are of. */
    stopAll(which: { organisation: string; package: string | undefined; denial: Denial }): readonly string[] {
      const stopped = entriesOf(which.organisation, which.package)
      for (const entry of stopped) stopEntry(entry, which.denial)
      return stopped.map(({ run }) => run)
    },
    of(organisation: string, packageName?: string): readonly string[] {
      return entriesOf(organisation, packageName).map(({ run }) => run)
    },
    get size(): number {
      return active.size
    },
  }
}
export type ActiveRuns = ReturnType<typeof createActiveRuns>
