import { createHash } from 'node:crypto'
import type { Draft, RelationDraft } from './world-schema.ts'

export interface Entity {
  readonly id: string
  readonly key: string
  readonly type: string
  readonly name: string
  readonly properties: Readonly<Record<string, unknown>>
  readonly tlp: string
  readonly confidence: number
  readonly source: { readonly name: string; readonly version: string; readonly licence: string }
}
interface Relation {
  readonly from: string
  readonly to: string
  readonly type: string
  readonly confidence: number
}
interface Dangling {
  readonly from: string
  readonly to: string
  readonly missing: string
}
export interface GraphWrite {
  readonly source: Entity['source']
  readonly tlp: string
  readonly entities: readonly Draft[]
  readonly relations: readonly RelationDraft[]
  /** As when entities are attached to a case: what was not chosen may be an end of a relation. */
  readonly leaveOutDangling?: true
}

const mostRows = 100

/** Entities and relations of a local world, found as the server finds them: by words, id or natural key. */
export class MemoryGraph {
  readonly #entities = new Map<string, Entity>()
  readonly #relations = new Map<string, Relation>()

  /** Writes all of it, or names a key that no entity has. */
  write(
    write: GraphWrite,
  ):
    | { readonly created: number; readonly updated: number; readonly relations: number }
    | { readonly dangling: Dangling } {
    const keys = new Set([...this.#entities.keys(), ...write.entities.map(({ key }) => key)])
    const known = ({ from, to }: RelationDraft) => keys.has(from) && keys.has(to)
    const relations = write.leaveOutDangling === true ? write.relations.filter(known) : write.relations
    for (const { from, to } of relations) {
      const missing = [from, to].find((key) => !keys.has(key))
      if (missing !== undefined) return { dangling: { from, to, missing } }
    }
    let created = 0
    for (const draft of write.entities) {
      const before = this.#entities.get(draft.key)
      if (before === undefined) created += 1
      this.#entities.set(draft.key, {
        id: idOf(draft.key),
        key: draft.key,
        type: draft.type,
        name: draft.name,
        properties: { ...before?.properties, ...draft.properties },
        tlp: stricter(before?.tlp ?? write.tlp, draft.tlp ?? write.tlp),
        confidence: draft.confidence ?? before?.confidence ?? 1,
        source: write.source,
      })
    }
    for (const { from, to, type, confidence = 1 } of relations)
      this.#relations.set(JSON.stringify([from, to, type]), { from, to, type, confidence })
    return { created, updated: write.entities.length - created, relations: relations.length }
  }

  find(idOrKey: string): Entity | undefined {
    return this.#entities.get(idOrKey) ?? [...this.#entities.values()].find(({ id }) => id === idOrKey)
  }

  /** What is asked for by id or key first, then whole words before beginnings, the shortest texts first. */
  search({ q, type, limit = mostRows }: { q: string; type?: string; limit?: number }): readonly Entity[] {
    const wanted = wordsOf(q)
    const exact = this.find(q)
    const all = [...this.#entities.values()].map((entity) => ({
      entity,
      words: wordsOf(`${entity.name} ${entity.key}`),
    }))
    const hold = (fits: (word: string, asked: string) => boolean) =>
      wanted.length === 0
        ? []
        : all
            .filter(({ words }) => wanted.every((asked) => words.some((word) => fits(word, asked))))
            .sort((a, b) => a.words.join(' ').length - b.words.join(' ').length)
            .map(({ entity }) => entity)
    const ranked = new Set([
      ...(exact === undefined ? [] : [exact]),
      ...hold((word, asked) => word === asked),
      ...hold((word, asked) => word.startsWith(asked)),
    ])
    return [...ranked].filter((entity) => type === undefined || entity.type === type).slice(0, limit)
  }

  /** Undefined when there is no such entity. */
  neighbours({ id, type, limit = mostRows }: { id: string; type?: string; limit?: number }) {
    const centre = this.find(id)
    if (centre === undefined) return undefined
    const [out, back] = [new Set<Relation>(), new Set<Relation>()]
    for (const each of this.#relations.values()) (each.from === centre.key ? out : back).add(each)
    return [...out, ...back]
      .filter(
        (each) =>
          (each.from === centre.key || each.to === centre.key) && (type === undefined || each.type === type),
      )
      .slice(0, limit)
      .map((each) => ({
        // Both ends were there when the relation was written, and nothing is ever removed.
        entity: this.#entities.get(each.from === centre.key ? each.to : each.from) as Entity,
        relation: each.type,
        direction: each.from === centre.key ? ('out' as const) : ('in' as const),
        confidence: each.confidence,
      }))
  }
}

const markings = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED']

/** A marking is never lowered by writing. */
function stricter(held: string, wanted: string): string {
  return markings.indexOf(wanted) > markings.indexOf(held) ? wanted : held
}

/** The same for the same key, so that results can be written down. */
function idOf(key: string): string {
  return `ent_${createHash('sha256').update(key).digest('hex').slice(0, 32)}`
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []
}
