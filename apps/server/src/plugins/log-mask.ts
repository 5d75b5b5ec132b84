/**
 * Cuts personal data and keys out of captured output before it is kept or shown. Each pattern is linear: its parts
 * cannot match the same characters twice.
 */
const masks: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
    '[private key cut]',
  ],
  [/\b(?:Bearer|Basic) +[A-Za-z0-9+/=._~-]{8,}/gi, '[credential cut]'],
  // Three parts in base64url; the first begins as every JSON object does. A start inside a word is none, or each would be tried.
  [/(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?/g, '[token cut]'],
  [
    /\b(?:swb|sk|pk|rk|gh[pousr]|github_pat|glpat|xox[abeprs]|AKIA|ASIA|AIza)[_-]?[A-Za-z0-9_-]{12,}/g,
    '[key cut]',
  ],
  // A secret key of AWS has 40 characters of base64. Digests in hexadecimal are what analysts look for, and stay.
  [
    /(?<![A-Za-z0-9+/=])(?=[A-Za-z0-9+/]{0,39}[A-Z])(?=[A-Za-z0-9+/]{0,39}[g-z])(?=[A-Za-z0-9+/]{0,39}[0-9])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])/g,
    '[key cut]',
  ],
  [
    /\b(?:password|passwd|secret|token|api[_-]?key)\b["']?\s{0,3}[:=]\s{0,3}["']?[^\s"',;]{3,}/gi,
    '[secret cut]',
  ],
  [/[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g, '[email cut]'],
  [/\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/g, '[account cut]'],
  [/\b(?:[0-9][ -]?){12,18}[0-9]\b/g, '[number cut]'],
  // Telephone numbers in international form. Addresses of machines stay: an analyst reads a log for them.
  [/(?<![0-9A-Za-z+])\+[1-9][0-9]{0,2}[ ()/-]{0,2}[0-9][0-9 ()/-]{5,16}[0-9]/g, '[phone cut]'],
]

export function maskLog(text: string): string {
  // One of the stores keeps no U+0000, and no encoding keeps half a character.
  const storable = text.toWellFormed().replaceAll('\0', '\uFFFD')
  return masks.reduce((masked, [pattern, mark]) => masked.replaceAll(pattern, mark), storable)
}

const begins = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/g
const ends = /-----END [A-Z ]{0,40}PRIVATE KEY-----/
/** A key in PEM has at most about 70 lines; a plugin that begins one and never ends it must not silence its log. */
const mostKeyLines = 100

/**
 * Masks the lines of one run, in order. A private key that is written line by line is cut whole, each stream for itself.
 * Code that wants to get something past this can: it may spell it in any other way. What it may know is bounded by grants.
 */
export function createLogMask(): (stream: string, text: string) => string {
  const insideFor = new Map<string, number>()
  return (stream, text) => {
    let rest = text
    const inside = insideFor.get(stream) ?? 0
    if (inside > 0) {
      const end = ends.exec(rest)
      if (end === null) {
        insideFor.set(stream, inside >= mostKeyLines ? 0 : inside + 1)
        return '[private key cut]'
      }
      insideFor.set(stream, 0)
      rest = `[private key cut]${rest.slice(end.index + end[0].length)}`
    }
    const lastBegin = [...rest.matchAll(begins)].at(-1)
    if (lastBegin !== undefined && !ends.test(rest.slice(lastBegin.index))) insideFor.set(stream, 1)
    return maskLog(rest)
  }
}
