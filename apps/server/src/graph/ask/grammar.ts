/** What a question says, before its words are looked up in the graph. */
export interface Reading {
  readonly asks: 'node' | 'list' | 'near' | 'path' | 'agent' | 'object'
  readonly count: boolean
  /** Words for a type of entity, such as "autonomous systems"; absent: any. */
  readonly type?: string
  /** Words for the relation. */
  readonly verb?: string
  /** How the entities are called. */
  readonly mentions: readonly string[]
  readonly hops?: number
}

/** Each with an example that it reads; the examples are offered when a question is not understood. */
interface Form {
  readonly example: string
  /** Where words can be divided in several ways, the longest type first. */
  readonly patterns: readonly RegExp[]
  read(groups: Readonly<Record<string, string | undefined>>): Omit<Reading, 'count' | 'mentions'> & {
    readonly mentions: readonly (string | undefined)[]
  }
}

const words = '[a-z][a-z-]*(?: [a-z][a-z-]*){0,2}'
const verbWord = '(?!(?:is|are|was|does|do|did|the|all|a|of|in|by) )[a-z]+(?:-[a-z]+)*'
const mention = '(?:the )?(?<mention>\\S.*)'

/** First match wins, so the narrow forms come first. `agent` is who does it to the mention, `object` what the mention does it to. */
export const forms: readonly Form[] = [
  {
    example: 'path between 192.0.2.1 and Example Networks',
    patterns: [
      /^(?:(?:show |find )?(?:the )?(?:shortest )?path (?:between|from)|how is|how are) (?<from>\S.*?) (?:and|to|connected to|related to|connected with) (?<to>\S.*?)(?: connected| related)?$/,
    ],
    read: ({ from, to }) => ({ asks: 'path', mentions: [from, to] }),
  },
  {
    example: 'domains within 2 hops of 192.0.2.1',
    patterns: [
      new RegExp(
        `^(?:which |what |list |show )?(?<type>${words}) (?:are )?within (?<hops>[123]) hops? of ${mention}$`,
      ),
    ],
    read: ({ type, hops, mention: to }) => ({
      asks: 'near',
      ...(type === undefined ? {} : { type }),
      hops: Number(hops),
      mentions: [to],
    }),
  },
  {
    example: 'organisations near AS64500',
    patterns: [
      new RegExp(
        `^(?:which |what |list |show )?(?<type>${words}?)?(?: |^)(?:is |are )?(?:near|around|connected to|related to|linked to) ${mention}$`,
      ),
    ],
    read: ({ type, mention: to }) => ({
      asks: 'near',
      ...(type === undefined ? {} : { type }),
      mentions: [to],
    }),
  },
  {
    example: 'what does AS64500 announce',
    patterns: [
      new RegExp(
        `^(?:what|who|which (?<type>${words})) (?:does|do|did) (?:the )?(?<mention>\\S.*) (?<verb>[a-z-]+)$`,
      ),
    ],
    read: ({ type, verb, mention: by }) => ({
      asks: 'object',
      ...(type === undefined ? {} : { type }),
      ...(verb === undefined ? {} : { verb }),
      mentions: [by],
    }),
  },
  {
    example: 'which addresses are announced by AS64500',
    patterns: [
      new RegExp(
        `^(?:list |show )?(?:what|who|which )? ?(?<type>${words}?) ?(?:is|are) (?<verb>[a-z]+ (?:by|in|at|from|for|to|on)) ${mention}$`,
      ),
    ],
    read: ({ type, verb, mention: by }) => ({
      asks: 'object',
      ...(type === undefined || type === '' ? {} : { type }),
      ...(verb === undefined ? {} : { verb }),
      mentions: [by],
    }),
  },
  {
    example: 'which country is AS64500 registered in',
    patterns: [
      new RegExp(
        `^(?:where|what|who|which (?<type>${words})) (?:is|are|was) (?:the )?(?<mention>\\S.*?) (?<verb>(?:[a-z]+ed|hosted|found|known)(?: (?:by|in|at|from|for|to|on))?)$`,
      ),
    ],
    read: ({ type, verb, mention: of }) => ({
      asks: 'agent',
      ...(type === undefined ? {} : { type }),
      ...(verb === undefined ? {} : { verb }),
      mentions: [of],
    }),
  },
  {
    example: 'how many autonomous systems are there',
    patterns: [
      new RegExp(
        `^(?:list |show |which |what )?(?:all )?(?<type>${words}?)(?: are there| exist| do you know)?$`,
      ),
    ],
    read: ({ type }) => ({ asks: 'list', ...(type === undefined ? {} : { type }), mentions: [] }),
  },
  {
    example: 'what is 192.0.2.1',
    patterns: [new RegExp(`^(?:what|who) is ${mention}$`)],
    read: ({ mention: it }) => ({ asks: 'node', mentions: [it] }),
  },
  {
    example: 'which autonomous systems announce 192.0.2.1',
    patterns: [
      new RegExp(`^(?:who|what) (?<verb>${verbWord})(?: (?:to|in|at|on|from|with|for))? ${mention}$`),
      ...[3, 2, 1].map(
        (length) =>
          new RegExp(
            `^(?:which |what |list |show )?(?<type>(?!(?:which|what|who|list|show) )[a-z][a-z-]*(?: [a-z][a-z-]*){${length - 1}}) (?<verb>${verbWord})(?: (?:to|in|at|on|from|with|for))? ${mention}$`,
          ),
      ),
    ],
    read: ({ type, verb, mention: what }) => ({
      asks: 'agent',
      ...(type === undefined ? {} : { type }),
      ...(verb === undefined ? {} : { verb }),
      mentions: [what],
    }),
  },
]

const readers = forms.flatMap(({ patterns, read }) =>
  patterns.map((pattern) => ({ pattern: new RegExp(pattern.source, 'i'), read })),
)

/** Every reading of a question, likeliest first: words alone cannot tell a name from a type. */
export function readQuestion(question: string): readonly Reading[] {
  const text = question
    .trim()
    .replaceAll(/\s+/g, ' ')
    .replace(/[?.! ]+$/, '')
  // Words are read without case, names are kept as they were written.
  const counted = /^(?:how many|count(?: the| all)?) /i.exec(text)
  const rest = counted === null ? text : text.slice(counted[0].length)
  return readers.flatMap(({ pattern, read }) => {
    const match = pattern.exec(rest)
    if (match === null) return []
    const { mentions, type, verb, ...reading } = read(match.groups ?? {})
    const named = mentions.map((one) => unquoted(one ?? ''))
    if (named.some((one) => one === '')) return []
    if (counted !== null && (reading.asks === 'node' || reading.asks === 'path')) return []
    return [
      {
        ...reading,
        ...(type === undefined ? {} : { type: type.toLowerCase() }),
        ...(verb === undefined ? {} : { verb: verb.toLowerCase() }),
        mentions: named,
        count: counted !== null,
      },
    ]
  })
}

function unquoted(mention: string): string {
  return mention.replace(/^(["'“‘])(.*)["'”’]$/, '$2').trim()
}
