import type { Sandbox } from './boundary.ts'

/** What stands open where there is no jail; what the other levels leave open is in the README. */
export const openAtDevelopment =
  'code that escapes its isolate can, as the user of this server, read and write files, connect anywhere, start programs, and signal or outlive the server'

/**
 * What whoever looks at a server, or at a run, must be told of a level without a jail; undefined at any other.
 *
 * @param now the sandbox as it is, which may reach another level than a run had
 */
export function levelNotice(level: string, now: Pick<Sandbox, 'level' | 'mend'>): string | undefined {
  if (level !== 'development') return undefined
  const mend = now.level === 'development' ? now.mend : undefined
  const said = `No jail (level development): ${openAtDevelopment}. Run only code that you have reviewed.`
  return mend === undefined ? said : `${said} To mend it: ${mend}`
}
