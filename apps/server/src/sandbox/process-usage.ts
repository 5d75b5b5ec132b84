import { closeSync, openSync, readSync } from 'node:fs'
import type { ProcessUsage } from './launch.ts'

/** Linux reports CPU to user space in hundredths of a second, whatever the kernel's own tick is (USER_HZ). */
const microsPerTick = 10_000
/** `stat` counts memory in pages: 4 KiB on the platforms we ship for. */
const bytesPerPage = 4096

/** What the figure may be off by: one tick at each end. */
export const cpuResolutionMicros = 2 * microsPerTick

/**
 * Opens the kernel's account of a process: CPU of all its threads, ended ones included, and resident memory.
 *
 * The file stays open: reading costs about 15 µs, and the descriptor can never come to mean another process.
 * Undefined where there is no `/proc`.
 */
export function openProcessUsage(
  pid: number,
): { read(): ProcessUsage | undefined; close(): void } | undefined {
  let fd: number
  try {
    fd = openSync(`/proc/${pid}/stat`, 'r')
  } catch {
    // Not Linux, or gone already: the caller falls back to what the runner says.
    return undefined
  }
  let open = true
  const buffer = Buffer.alloc(1024)
  return {
    read: () => {
      if (!open) return undefined
      try {
        return parseStat(buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0)))
      } catch {
        // ESRCH: the process ended between two looks.
        return undefined
      }
    },
    close: () => {
      if (open) closeSync(fd)
      open = false
    },
  }
}

/** Fields as in proc_pid_stat(5): 14 utime, 15 stime, 24 rss; the second, a name, may hold spaces and brackets. */
export function parseStat(stat: string): ProcessUsage | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  const pages = Number(fields[21])
  if (!Number.isFinite(ticks) || !Number.isFinite(pages)) return undefined
  return { cpuMicros: ticks * microsPerTick, residentBytes: pages * bytesPerPage }
}
