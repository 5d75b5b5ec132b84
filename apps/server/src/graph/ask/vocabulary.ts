/** Words people use for types and relations whose names they do not know. Whatever the graph itself says comes first. */
const typeWords: Readonly<Record<string, readonly string[]>> = {
  as: ['autonomous-system'],
  asn: ['autonomous-system'],
  system: ['autonomous-system'],
  address: ['ip-address', 'ip'],
  'ip address': ['ip-address', 'ip'],
  ip: ['ip-address', 'ip'],
  company: ['organisation', 'company'],
  organization: ['organisation'],
  operator: ['organisation'],
  owner: ['organisation'],
  hostname: ['domain', 'hostname', 'host'],
  host: ['domain', 'hostname', 'host'],
}

/** By stem of the verb: relations that point to whoever does it, and those that start there. */
const verbs: readonly {
  readonly stems: readonly string[]
  readonly passive: readonly string[]
  readonly active: readonly string[]
}[] = [
  { stems: ['announc', 'originat', 'advertis'], passive: ['announced-by'], active: ['announces'] },
  {
    stems: ['own', 'operat', 'run', 'control', 'manag'],
    passive: ['owned-by', 'operated-by', 'managed-by'],
    active: ['owns', 'operates'],
  },
  { stems: ['regist'], passive: ['registered-in', 'registered-by', 'registered-to'], active: [] },
  { stems: ['locat', 'situat', 'found'], passive: ['located-in', 'registered-in'], active: [] },
  { stems: ['host'], passive: ['hosted-by', 'hosted-on'], active: ['hosts'] },
  { stems: ['resolv'], passive: [], active: ['resolves-to'] },
  { stems: ['us', 'contain', 'hold'], passive: [], active: ['uses', 'has-host', 'contains'] },
]

/** Types of the graph that the words may mean; undefined when there is none, so that nothing is guessed. */
export function typesMeant(words: string, known: ReadonlySet<string>): readonly string[] {
  const slug = words.replaceAll(' ', '-')
  const forms = [slug, ...singulars(slug)]
  const own = forms.filter((form) => known.has(form))
  if (own.length > 0) return own.slice(0, 1)
  return [words, ...singulars(words)]
    .flatMap((word) => typeWords[word] ?? [])
    .filter((type) => known.has(type))
    .slice(0, 1)
}

function singulars(word: string): string[] {
  return [
    ...(word.endsWith('ies') ? [`${word.slice(0, -3)}y`] : []),
    ...(/(?:s|x|ch|sh)es$/.test(word) ? [word.slice(0, -2)] : []),
    ...(word.endsWith('s') ? [word.slice(0, -1)] : []),
  ]
}

export interface Relations {
  /** Relations that point from the thing to whoever does it. */
  readonly passive: readonly string[]
  /** Relations that point from whoever does it to the thing. */
  readonly active: readonly string[]
}

/** Relations of the graph that a verb may mean. */
export function relationsMeant(verb: string, known: ReadonlySet<string>): Relations {
  const slug = verb.replaceAll(' ', '-')
  if (known.has(slug))
    return isPassive(slug) ? { passive: [slug], active: [] } : { passive: [], active: [slug] }
  const [head = ''] = slug.split('-')
  const stem = head.replace(/(?:ies|es|s|ed|ing|e)$/, '')
  // With its preposition a verb says which relation: located in, registered by.
  const sameStem = [...known].filter((relation) => stem.length > 2 && relation.startsWith(stem))
  const { passive = [], active = [] } = verbs.find(({ stems }) => stems.includes(stem)) ?? {}
  const preposition = slug.includes('-') ? slug.slice(slug.indexOf('-')) : undefined
  const fits = (relation: string): boolean =>
    known.has(relation) &&
    (preposition === undefined || preposition === '-by' || relation.endsWith(preposition))
  const all = [...new Set([...sameStem, ...passive, ...active])].filter(fits).toSorted()
  return { passive: all.filter(isPassive), active: all.filter((relation) => !isPassive(relation)) }
}

function isPassive(relation: string): boolean {
  return /^[a-z]+ed-[a-z]+$/.test(relation)
}
