import type { SandboxLevel } from '../boundary.ts'
import { launchPlainProcess } from '../launch-plain-process.ts'
import type { LaunchRunner } from '../launch.ts'
import { findBwrap, mendBwrap, mendNamespaces } from './find-bwrap.ts'
import { findCgroups, mendDelegation } from './find-cgroups.ts'
import type { FoundCgroups } from './find-cgroups.ts'
import type { JailLayer } from './jail-command.ts'
import { createJailForm } from './jail-form.ts'
import { createMemoryWatchdog } from './memory-watchdog.ts'
import type { ProbedForm } from './probe.ts'

/** `auto` is the best that holds here; `full` and `reduced` refuse to start below; `development` has no jail. */
export type LevelSetting = 'auto' | 'full' | 'reduced' | 'development'

export interface JailSettings {
  readonly level: LevelSetting
  /** Where the verdict of the probe is kept for the next start; without it every process probes once. */
  readonly cacheFile?: string | undefined
  /** For tests: bubblewrap's path, or null as if it were not installed. */
  readonly bwrapPath?: string | null | undefined
  /** For tests: layers that are taken away, so that it shows what is noticed. */
  readonly without?: readonly JailLayer[] | undefined
}

/** A form that a runner can be started in, best first. */
export type JailForm =
  | ({ readonly level: 'full' | 'reduced' } & ProbedForm)
  /** Nothing to probe. */
  | { readonly level: 'development'; readonly launch: LaunchRunner }

export interface Jails {
  readonly forms: readonly JailForm[]
  /** What the verdict about them hangs on, besides the programs and the kernel. */
  readonly basis: { readonly bwrapPath: string | undefined; readonly cgroups: 1 | 2 | undefined }
  /**
   * The line that would make a better level possible than the one reached.
   *
   * @param why what stood in the way of `full`, where it was tried
   */
  mendFor(level: SandboxLevel, why?: string): string | undefined
  close(): Promise<void>
}

const mendFilter =
  'run on a kernel with seccomp filters (CONFIG_SECCOMP_FILTER), in a container that lets a process install one'
const noBasis = { bwrapPath: undefined, cgroups: undefined }

/** What this machine has to make jails of, as far as looking tells; whether it holds is for a runner to show. */
export function openJails(settings: JailSettings): Jails {
  const { level, without } = settings
  const development: JailForm = { level: 'development', launch: launchPlainProcess }
  if (level === 'development') {
    const mend = 'set SWITCHBOARD_SANDBOX to auto: development was asked for'
    return { forms: [development], basis: noBasis, mendFor: () => mend, close: async () => {} }
  }
  if (process.platform !== 'linux') {
    const mend = 'run the server on Linux: its jail is made of what that kernel has'
    const forms = level === 'auto' ? [development] : []
    return { forms, basis: noBasis, mendFor: () => mend, close: async () => {} }
  }
  const bwrapPath = settings.bwrapPath === null ? undefined : (settings.bwrapPath ?? findBwrap())
  const found: FoundCgroups = without?.includes('cgroup')
    ? { missing: 'taken away', mend: mendDelegation }
    : findCgroups()
  const cgroups = 'cgroups' in found ? found.cgroups : undefined
  const watchdog = createMemoryWatchdog()
  const options = { bwrapPath, cgroups, watchdog, ...(without === undefined ? {} : { without }) }
  const forms: JailForm[] = []
  if (bwrapPath !== undefined && cgroups !== undefined)
    forms.push({ level: 'full', ...createJailForm({ level: 'full', ...options }) })
  if (level !== 'full') forms.push({ level: 'reduced', ...createJailForm({ level: 'reduced', ...options }) })
  if (level === 'auto') forms.push(development)
  const abandon = () => cgroups?.abandon()
  process.once('exit', abandon)
  return {
    forms,
    basis: { bwrapPath, cgroups: cgroups?.version },
    mendFor(reached, why = '') {
      if (reached === 'full') return undefined
      if (bwrapPath === undefined) return mendBwrap
      if ('mend' in found) return found.mend
      if (/filter/.test(why)) return mendFilter
      if (/escaped|unproven/.test(why))
        return `the jail did not hold on this machine (${why}): please report it`
      return mendNamespaces()
    },
    async close() {
      process.off('exit', abandon)
      await watchdog.close()
      await cgroups?.close()
    },
  }
}
