/** What the server keeps of answers, and for how long. */
export interface KeepingRules {
  /** 0: nothing is recorded. */
  readonly days: number
  /** Most that an organisation's recordings may take in the store; the oldest go first. */
  readonly mostBytes: number
  /** Licences whose terms forbid to keep data; a `*` at the end stands for anything. */
  readonly licencesNotKept: readonly string[]
}

/** Markings under which an organisation may keep what it was told. Others, and any that nobody foresaw, forbid it. */
const keptTlps = new Set(['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT'])

/** Where data stands. */
export interface Place {
  readonly tlp?: string
  readonly licences: readonly string[]
}

/** The rule that forbids to keep data standing there, or undefined. */
export function forbidsKeeping(rules: KeepingRules, { tlp, licences }: Place): string | undefined {
  if (tlp !== undefined && !keptTlps.has(tlp)) return `tlp-${tlp.toLowerCase()}`
  const forbidding = licences.find((licence) => rules.licencesNotKept.some((rule) => matches(rule, licence)))
  return forbidding === undefined ? undefined : `licence-${forbidding}`
}

function matches(rule: string, licence: string): boolean {
  const wanted = rule.toLowerCase()
  const given = licence.toLowerCase()
  return wanted.endsWith('*') ? given.startsWith(wanted.slice(0, -1)) : given === wanted
}

export function licencesIn(setting: string): readonly string[] {
  return setting
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}
