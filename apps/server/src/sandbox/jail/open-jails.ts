import type { SandboxLevel } from '../boundary.ts'
import { launchPlainProcess } from '../launch-plain-process.ts'
import type { LaunchRunner } from '../launch.ts'
import { findBwrap, mendBwrap, mendNamespaces } from './find-bwrap.ts'
import { findCgroups } from './find-cgroups.ts'
import type { FoundCgroups } from './find-cgroups.ts'
import type { JailLayer } from './jail-command.ts'
import { launchInJail } from './launch-in-jail.ts'
import { createMemoryWatchdog } from './memory-watchdog.ts'

/** `auto` is the best that holds here; `full` and `reduced` refuse to start below; `development` has no jail. */
export type LevelSetting = 'auto' | 'full' | 'reduced' | 'development'

export interface JailSettings {
  readonly level: LevelSetting
  /** For tests: bubblewrap's path, or null as if it were not installed. */
  readonly bwrapPath?: string | null | undefined
  /** For tests: layers that are taken away, so that it shows what is noticed. */
  readonly without?: readonly JailLayer[] | undefined
}

/** A form that a runner can be started in, best first. */
export interface JailForm {
  readonly level: Exclude<SandboxLevel, 'none'>
  readonly launch: LaunchRunner
}

export interface Jails {
  readonly forms: readonly JailForm[]
  /** The line that would make a better level possible than this one. */
  mendFor(level: SandboxLevel): string | undefined
  close(): Promise<void>
}

/** What this machine has to make jails of, as far as looking tells; whether it holds is for a runner to show. */
export function openJails(settings: JailSettings): Jails {
  const { level, without } = settings
  const development: JailForm = { level: 'development', launch: launchPlainProcess }
  if (level === 'development') {
    const mend = 'set SWITCHBOARD_SANDBOX to auto: development was asked for'
    return { forms: [development], mendFor: () => mend, close: async () => {} }
  }
  if (process.platform !== 'linux') {
    const mend = 'run the server on Linux: its jail is made of what that kernel has'
    return { forms: level === 'auto' ? [development] : [], mendFor: () => mend, close: async () => {} }
  }
  const bwrapPath = settings.bwrapPath === null ? undefined : (settings.bwrapPath ?? findBwrap())
  const found: FoundCgroups = without?.includes('cgroup')
    ? { missing: 'taken away', mend: 'give the cgroups back' }
    : findCgroups()
  const cgroups = 'cgroups' in found ? found.cgroups : undefined
  const watchdog = createMemoryWatchdog()
  const options = { bwrapPath, cgroups, watchdog, ...(without === undefined ? {} : { without }) }
  const forms: JailForm[] = []
  if (bwrapPath !== undefined && cgroups !== undefined)
    forms.push({ level: 'full', launch: launchInJail({ level: 'full', ...options }) })
  if (level !== 'full')
    forms.push({ level: 'reduced', launch: launchInJail({ level: 'reduced', ...options }) })
  if (level === 'auto') forms.push(development)
  const abandon = () => cgroups?.abandon()
  process.once('exit', abandon)
  return {
    forms,
    mendFor(reached) {
      if (reached === 'full') return undefined
      if (bwrapPath === undefined) return mendBwrap
      return 'mend' in found ? found.mend : mendNamespaces()
    },
    async close() {
      process.off('exit', abandon)
      await watchdog.close()
      await cgroups?.close()
    },
  }
}
