import { accessSync, constants, existsSync, readFileSync, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export const mendBwrap =
  'install bubblewrap: apt-get install bubblewrap, dnf install bubblewrap, or apk add bubblewrap'

/** bubblewrap on this machine, by `PATH` and the places that systems put it in when there is none. */
export function findBwrap(path = process.env['PATH'] ?? ''): string | undefined {
  for (const folder of [...path.split(delimiter), '/usr/bin', '/bin', '/usr/local/bin']) {
    const file = join(folder, 'bwrap')
    try {
      if (!folder.startsWith('/')) continue
      accessSync(file, constants.X_OK)
      return realpathSync(file)
    } catch {
      // Not here.
    }
  }
  return undefined
}

/** Settings of the kernel that keep ordinary users from making user namespaces: where, the value that does, the line. */
const settings = [
  {
    file: '/proc/sys/user/max_user_namespaces',
    refuses: '0',
    mend: 'allow user namespaces: sysctl -w user.max_user_namespaces=15000',
  },
  {
    file: '/proc/sys/kernel/unprivileged_userns_clone',
    refuses: '0',
    mend: 'allow user namespaces: sysctl -w kernel.unprivileged_userns_clone=1',
  },
  {
    file: '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
    refuses: '1',
    mend: "lift AppArmor's restriction of user namespaces: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
  },
] as const

/** The line for a bubblewrap that is there and cannot make its namespaces. */
export function mendNamespaces(read: (file: string) => string | undefined = readSetting): string {
  const found = settings.find(({ file, refuses }) => read(file) === refuses)
  return (
    found?.mend ??
    'allow this server to make user namespaces (a container needs a seccomp profile that lets unshare and mount through)'
  )
}

/** Their values, so that a change of one is noticed. */
export function namespaceSettings(): readonly (string | undefined)[] {
  return settings.map(({ file }) => readSetting(file))
}

function readSetting(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}
