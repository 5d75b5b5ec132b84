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
  [/\b(?:swb|sk|pk|ghp|gho|xox[abp]|AKIA)[_-]?[A-Za-z0-9_-]{12,}/g, '[key cut]'],
  [
    /\b(?:password|passwd|secret|token|api[_-]?key)\b["']?\s{0,3}[:=]\s{0,3}["']?[^\s"',;]{3,}/gi,
    '[secret cut]',
  ],
  [/[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g, '[email cut]'],
  [/\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/g, '[account cut]'],
  [/\b(?:[0-9][ -]?){12,18}[0-9]\b/g, '[number cut]'],
]

export function maskLog(text: string): string {
  // One of the stores keeps no U+0000, and no encoding keeps half a character.
  const storable = text.toWellFormed().replaceAll('\0', '\uFFFD')
  return masks.reduce((masked, [pattern, mark]) => masked.replaceAll(pattern, mark), storable)
}
