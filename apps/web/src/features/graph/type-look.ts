export type Scheme = 'light' | 'dark'
/** How an entity of a type looks in a picture and in a list: never by colour alone, so there are letters too. */
interface TypeLook {
  /** Two letters, inside the shape. */
  readonly letters: string
  /** Fills for the light and the dark theme; {@link ink} reads on each. */
  readonly light: string
  readonly dark: string
}

// Ten fills that differ in hue and stay dark enough for white letters in the light theme, light enough for black in the dark.
const fills: readonly (readonly [light: string, dark: string])[] = [
  ['#1f4fd8', '#9db6ff'],
  ['#1a6e3c', '#7ed9a0'],
  ['#8a5200', '#f2b95f'],
  ['#8a2be2', '#d3b0ff'],
  ['#b3261e', '#ffb4ab'],
  ['#00697a', '#6fd6e8'],
  ['#a0216b', '#ff9fd0'],
  ['#5c5f00', '#d6d96a'],
  ['#4d5766', '#c3ccd9'],
  ['#7a3e1d', '#f0b48f'],
]
/** What the samples and the demonstration make, so that what is often seen together differs. */
const usual: ReadonlyMap<string, number> = new Map(
  [
    'ip-address',
    'domain',
    'url',
    'email-address',
    'vulnerability',
    'autonomous-system',
    'organisation',
    'country',
    'file-hash',
    'bitcoin-address',
  ].map((type, place) => [type, place]),
)
export const ink = { light: '#ffffff', dark: '#0f131a' } as const

/** The same type looks the same on every screen and at every visit. */
export function typeLook(type: string): TypeLook {
  let hash = 7
  for (const letter of type) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 1_000_003
  const [light, dark] = fills[usual.get(type) ?? hash % fills.length] ?? ['#4d5766', '#c3ccd9']
  return { letters: lettersOf(type), light, dark }
}

/** `autonomous-system` is `AS`, `ip-address` is `IA`, `domain` is `DO`. */
function lettersOf(type: string): string {
  const [first = '', second] = type.split(/[-_]/).filter((part) => part !== '')
  return (
    second === undefined ? first.slice(0, 2) : `${first.slice(0, 1)}${second.slice(0, 1)}`
  ).toUpperCase()
}
