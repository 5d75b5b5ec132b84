import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownCgroupFolders, removeCgroup } from '../../apps/server/src/sandbox/index.ts'

/**
 * For tests that run as root: puts a process into cgroups of its own that belong to its user, as `Delegate=yes` of
 * systemd does. It must not have looked for them yet.
 *
 * @returns takes them away again, once everything in them has ended.
 */
export function delegateCgroups(pid: number, user: number): () => Promise<void> {
  const folders = (ownCgroupFolders() ?? []).map((folder) =>
    join(folder, `switchboard-test-${process.pid}-${pid}`),
  )
  for (const folder of folders) {
    mkdirSync(folder)
    chownSync(folder, user, user)
    chownSync(join(folder, 'cgroup.procs'), user, user)
    const below = join(folder, 'cgroup.subtree_control')
    if (existsSync(below)) chownSync(below, user, user)
    writeFileSync(join(folder, 'cgroup.procs'), String(pid))
  }
  return async () => await removeCgroup(folders)
}
