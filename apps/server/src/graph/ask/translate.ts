import { allow, deny, graphDenials } from '@switchboard/api'
import type { Reader } from '../../kernel/db/index.ts'
import type { Ceilings } from '../../kernel/handler.ts'
import { isWithin } from '../../kernel/tlp.ts'
import { entitiesNamed, entityTypes, findByKeys, relationTypes } from '../entity-store.ts'
import type { EntityRow } from '../entity-store.ts'
import { mostCounted } from './cypher.ts'
import type { Query } from './cypher.ts'
import { forms, readQuestion } from './grammar.ts'
import type { Reading } from './grammar.ts'
import { relationsMeant, typesMeant } from './vocabulary.ts'

export interface Asked {
  readonly db: Reader
  readonly organisation: string
  readonly ceilings: Ceilings | undefined
  readonly question: string
  readonly limit: number
}
export interface Translated {
  readonly query: Query
  /** The query in words, so that a person sees what was understood. */
  readonly explanation: string
  /** Entities that the question named. */
  readonly named: readonly EntityRow[]
}

const mostHops = 4

/**
 * Turns a question into a query over what this graph holds: its types, its relations, its entities. The first reading of
 * the words of which everything is known is taken; when there is none it abstains and says what it can be asked.
 */
export async function translate(asked: Asked) {
  const { db, organisation, ceilings, question } = asked
  const [types, relations] = await Promise.all([
    entityTypes(db, organisation, ceilings),
    relationTypes(db, organisation, ceilings),
  ])
  let failed: Unknown | undefined
  for (const reading of readQuestion(question)) {
    const meant = await understand(asked, reading, { types, relations })
    if ('candidates' in meant) return deny(graphDenials, 'question_ambiguous', meant)
    if ('query' in meant) return allow(meant)
    if (failed === undefined || meant.understood > failed.understood) failed = meant
  }
  return deny(graphDenials, 'question_not_understood', {
    question: question.slice(0, 200),
    why: failed?.why ?? 'it has none of the forms that are known',
    nearest: nearestExamples(question),
  })
}

/** What of a reading is not known, and how much of it was: the reading that came furthest says why. */
interface Unknown {
  readonly why: string
  readonly understood: number
}

interface Known {
  readonly types: ReadonlySet<string>
  readonly relations: ReadonlySet<string>
}

/** The query that a reading means, several entities of one name, or in words what is not known. */
async function understand(
  asked: Asked,
  reading: Reading,
  known: Known,
): Promise<Translated | { readonly mention: string; readonly candidates: readonly string[] } | Unknown> {
  const { count, verb, hops = 2 } = reading
  const type = reading.type === undefined ? undefined : typesMeant(reading.type, known.types)[0]
  if (reading.type !== undefined && type === undefined)
    return { why: `no entity here is of a type "${reading.type}"`, understood: 0 }
  const meant = verb === undefined ? undefined : relationsMeant(verb, known.relations)
  if (meant?.passive.length === 0 && meant.active.length === 0)
    return { why: `no relation here says "${verb}"`, understood: 1 }
  const named: EntityRow[] = []
  for (const mention of reading.mentions) {
    const found = await entitiesMeant(asked, mention)
    if (found.length > 1) return { mention, candidates: found.slice(0, 10).map((row) => row.key) }
    if (found[0] === undefined)
      return { why: `no entity here is called "${mention.slice(0, 100)}"`, understood: 2 }
    named.push(found[0])
  }
  const [one, two] = named
  const limit = count ? mostCounted : asked.limit
  const of = type === undefined ? {} : { type }
  const what = type === undefined ? 'entities' : `entities of type ${type}`
  const say = count ? `Counts ${what}` : `Lists ${what}`
  if (reading.asks === 'list') {
    if (type === undefined) return { why: 'it names no type of entity', understood: 0 }
    return { query: { kind: 'list', type, count, limit }, explanation: `${say}.`, named }
  }
  if (one === undefined) return { why: 'it names no entity', understood: 0 }
  const first = `${one.name} (${one.key})`
  switch (reading.asks) {
    case 'node':
      return { query: { kind: 'node', key: one.key }, explanation: `Shows ${first}.`, named }
    case 'near':
      return {
        query: { kind: 'near', key: one.key, hops, ...of, count, limit },
        explanation: `${say} within ${hops} relations of ${first}.`,
        named,
      }
    case 'path':
      if (two === undefined) return { why: 'it names one entity, and a path has two ends', understood: 0 }
      return {
        query: { kind: 'path', from: one.key, to: two.key, hops: mostHops },
        explanation: `Finds a shortest path of at most ${mostHops} relations from ${first} to ${two.name} (${two.key}).`,
        named,
      }
    case 'agent':
    case 'object': {
      if (meant === undefined) return { why: 'it says no relation', understood: 0 }
      // One pattern has one direction; where a graph says both "announced-by" and "announces" the passive is asked.
      const isPassive = meant.passive.length > 0
      const relations = isPassive ? meant.passive : meant.active
      const direction = isPassive === (reading.asks === 'agent') ? 'out' : 'in'
      const besides =
        isPassive && meant.active.length > 0 ? `; not asked over ${meant.active.join(', ')}` : ''
      const way = direction === 'out' ? `that ${first} leads to by` : `that lead to ${first} by`
      return {
        query: { kind: 'step', key: one.key, relations, direction, ...of, count, limit },
        explanation: `${say} ${way} ${relations.join(' or ')}${besides}.`,
        named,
      }
    }
  }
}

/** By key, by a key that its kind makes of it (`192.0.2.1` → `ip:192.0.2.1`), or by its whole name. */
async function entitiesMeant(
  { db, organisation, ceilings }: Asked,
  mention: string,
): Promise<readonly EntityRow[]> {
  const asn = /^as ?([0-9]{1,10})$/i.exec(mention)?.[1]
  const lower = mention.toLowerCase()
  const keys = [
    mention,
    lower,
    ...(asn === undefined ? [] : [`as:${asn}`, `asn:${asn}`]),
    ...['ip', 'domain', 'url', 'email', 'cve', 'hash'].map((kind) => `${kind}:${lower}`),
  ]
  // What the asker may not see it cannot name either.
  const visible = (rows: Iterable<EntityRow>) =>
    [...rows].filter((row) => isWithin(ceilings, { tlp: row.tlp, licence: row.source_licence }))
  const byKey = visible((await findByKeys(db, organisation, [...new Set(keys)])).values())
  if (byKey.length > 0) return byKey
  return visible(await entitiesNamed(db, organisation, mention))
}

function nearestExamples(question: string): string[] {
  const wordsOf = (text: string) => new Set(text.toLowerCase().split(/[^a-z]+/))
  const words = wordsOf(question)
  const shared = (example: string) => wordsOf(example).intersection(words).size
  return forms
    .map(({ example }) => example)
    .toSorted((a, b) => shared(b) - shared(a))
    .slice(0, 3)
}
