/**
 * Who may see what, told a second time and without the product's code: a small model of two tenants, their plugins' grants
 * and ceilings, what the graph, the cases and the key-value stores hold, and how it is marked; secrets, and what a host has told.
 */
const tlpOrder = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED']
const papOrder = ['CLEAR', 'GREEN', 'AMBER', 'RED']
export const tlps = tlpOrder
export const paps = papOrder
const stricterIn =
  (order: readonly string[]) =>
  (a: string, b: string): string =>
    order.indexOf(a) >= order.indexOf(b) ? a : b
const stricter = stricterIn(tlpOrder)
const stricterPap = stricterIn(papOrder)

export interface Thing {
  readonly key: string
  tlp: string
  licence: string
}
export interface Link {
  readonly from: string
  readonly to: string
  readonly tlp: string
}
export interface Case {
  readonly id: string
  readonly tlp: string
  readonly pap: string
  readonly attached: Set<string>
}
export interface Kept {
  readonly value: unknown
  readonly bytes: number
  readonly tlp: string
  readonly pap: string
}
export interface Installation {
  readonly granted: Set<string>
  ceilings: { tlp: string; pap: string; licences: readonly string[] }
  readonly values: Map<string, Kept>
  /** What the broker sends for it; another `owner` each time that it is set. */
  secret: { readonly owner: string } | undefined
  /** The answers that it was given from outside, by what was asked and with which secret. */
  readonly told: Map<string, string>
}
export interface Tenant {
  readonly name: string
  readonly things: Map<string, Thing>
  readonly links: readonly Link[]
  readonly cases: readonly Case[]
  /** Licence and the answer to the one key that is asked for, by table. */
  readonly tables: ReadonlyMap<string, { readonly licence: string; readonly row: unknown }>
  readonly packages: ReadonlyMap<string, Installation>
}
export interface Run {
  readonly tenant: Tenant
  readonly installation: Installation
  readonly declared: readonly string[]
  readonly on: Case | undefined
  /** The strictest markings that it was given. */
  tlp: string
  pap: string
}

/** A refusal by its code, or what the answer must be; `learn` is told the answer where the model cannot make it up. */
export type Verdict =
  | { readonly refused: string }
  | { readonly answer: unknown; readonly learn?: (answer: { readonly body: string }) => void }

const quota = { keys: 1000, bytes: 1_048_576 }
const refused = (code: string): Verdict => ({ refused: code })

interface Marked {
  readonly tlp: string
  readonly pap?: string
  readonly licence?: string
}

function within(run: Run, { tlp, pap = 'CLEAR', licence }: Marked): boolean {
  const { ceilings } = run.installation
  return (
    tlpOrder.indexOf(tlp) <= tlpOrder.indexOf(ceilings.tlp) &&
    papOrder.indexOf(pap) <= papOrder.indexOf(ceilings.pap) &&
    (licence === undefined || ceilings.licences.includes('*') || ceilings.licences.includes(licence))
  )
}

interface ActsOn extends Partial<Marked> {
  readonly otherCase?: boolean
  readonly outside?: boolean
}
const above = (mark: string, order: readonly string[]): boolean =>
  order.indexOf(mark) > order.indexOf('AMBER')

/** What policy has to say, or undefined when the call goes on to its work. */
function decide(run: Run, scopes: readonly string[], on: ActsOn = {}): Verdict | undefined {
  const { granted } = run.installation
  if (!scopes.every((scope) => granted.has(scope) && run.declared.includes(scope)))
    return refused('CapabilityDenied')
  const isForInside = on.outside === true && (above(run.tlp, tlpOrder) || above(run.pap, papOrder))
  if (on.otherCase === true || isForInside) return refused('policy_denied')
  const isBeyond =
    !within(run, { ...on, tlp: on.tlp ?? 'CLEAR' }) || !within(run, { tlp: run.tlp, pap: run.pap })
  return isBeyond ? refused('ceiling_exceeded') : undefined
}

function given(run: Run, ...marked: readonly string[]): void {
  run.tlp = marked.reduce(stricter, run.tlp)
}
function givenKept(run: Run, ...kept: readonly Marked[]): void {
  given(run, ...kept.map(({ tlp }) => tlp))
  run.pap = kept.map(({ pap }) => pap ?? 'CLEAR').reduce(stricterPap, run.pap)
}

type Model = (run: Run, input: Readonly<Record<string, unknown>>) => Verdict

const visible = (run: Run): Thing[] => [...run.tenant.things.values()].filter((thing) => within(run, thing))
const sorted = (things: readonly { readonly key: string }[]): string[] =>
  things.map(({ key }) => key).toSorted((a, b) => (a < b ? -1 : 1))

interface Draft {
  readonly key: string
  readonly tlp?: string
}

function write(run: Run, drafts: readonly Draft[], floor: string, licence: string): Verdict {
  let created = 0
  for (const { key, tlp } of drafts) {
    const said = stricter(tlp ?? 'CLEAR', floor)
    const before = run.tenant.things.get(key)
    if (before === undefined) {
      created += 1
      run.tenant.things.set(key, { key, tlp: said, licence })
      // What was there stays under its licence.
    } else before.tlp = stricter(before.tlp, said)
  }
  return { answer: { created, updated: drafts.length - created, relations: 0 } }
}

/** One for each method of the plugins' api; a test compares the names with the listing. */
export const models: Readonly<Record<string, Model>> = {
  'graph.search': (run) => {
    const no = decide(run, ['read:graph'])
    if (no !== undefined) return no
    const shown = visible(run)
    given(run, ...shown.map(({ tlp }) => tlp))
    return { answer: sorted(shown) }
  },
  'graph.entity': (run, { id }) => {
    const thing = run.tenant.things.get(String(id))
    if (thing === undefined) return refused('entity_unknown')
    const no = decide(run, ['read:graph'], thing)
    if (no !== undefined) return no
    given(run, thing.tlp)
    return { answer: thing.key }
  },
  'graph.neighbours': (run, { id }) => {
    const thing = run.tenant.things.get(String(id))
    if (thing === undefined) return refused('entity_unknown')
    const no = decide(run, ['read:graph'], thing)
    if (no !== undefined) return no
    const shown = run.tenant.links.flatMap((link) => {
      if (link.from !== thing.key && link.to !== thing.key) return []
      const other = run.tenant.things.get(link.from === thing.key ? link.to : link.from)
      if (other === undefined) return []
      const tlp = stricter(link.tlp, other.tlp)
      return within(run, { tlp, licence: other.licence }) ? [{ key: other.key, tlp }] : []
    })
    given(run, thing.tlp, ...shown.map(({ tlp }) => tlp))
    return { answer: sorted(shown) }
  },
  'graph.upsert': (run, { entities }) => {
    const no = decide(run, ['write:graph'])
    return no ?? write(run, entities as Draft[], run.tlp, 'as cited')
  },
  'cases.read': (run, { id }) => {
    const found = run.tenant.cases.find((one) => one.id === id)
    if (found === undefined) return refused('case_unknown')
    const no = decide(run, ['read:case'], { tlp: found.tlp, otherCase: found !== run.on })
    if (no !== undefined) return no
    const shown = visible(run).filter(({ key }) => found.attached.has(key))
    given(run, found.tlp, ...shown.map(({ tlp }) => tlp))
    return { answer: sorted(shown) }
  },
  'cases.addEntities': (run, { id, entities }) => {
    const found = run.tenant.cases.find((one) => one.id === id)
    if (found === undefined) return refused('case_unknown')
    const no = decide(run, ['write:case'], { tlp: found.tlp, otherCase: found !== run.on })
    if (no !== undefined) return no
    const drafts = entities as Draft[]
    for (const { key } of drafts) found.attached.add(key)
    return write(run, drafts, stricter(found.tlp, run.tlp), 'proprietary')
  },
  'data.lookup': (run, { table }) => {
    const found = run.tenant.tables.get(String(table))
    if (found === undefined) return refused('table_unknown')
    return decide(run, [`read:data:${String(table)}`], found) ?? { answer: found.row }
  },
  'data.range': (run, { table }) => {
    const found = run.tenant.tables.get(String(table))
    if (found === undefined) return refused('table_unknown')
    return decide(run, [`read:data:${String(table)}`], found) ?? refused('table_kind_mismatch')
  },
  'net.fetch': (run, { url, auth }) => {
    const scopes = [`net:${new URL(String(url)).hostname}`, ...(auth === undefined ? [] : ['secret:api-key'])]
    const no = decide(run, scopes, { outside: true })
    if (no !== undefined) return no
    const { secret, told } = run.installation
    if (auth !== undefined && secret === undefined) return refused('secret_unknown')
    const owner = auth === undefined ? 'nobody' : String(secret?.owner)
    const question = `${String(url)} ${owner}`
    const body = told.get(question)
    if (body !== undefined) return { answer: { cached: true, body } }
    return { answer: { cached: false, owner }, learn: (answer) => told.set(question, answer.body) }
  },
  nl2cypher: (run, { question }) => {
    const no = decide(run, ['use:nl2cypher', 'read:graph'])
    if (no !== undefined) return no
    const asked = /^what is (.*)$/.exec(String(question))?.[1]
    const shown = visible(run).filter(({ key }) => asked === undefined || key === asked)
    if (shown.length === 0) return refused('question_not_understood')
    given(run, ...shown.map(({ tlp }) => tlp))
    return { answer: asked === undefined ? shown.length : sorted(shown) }
  },
  'kv.get': (run, { key }) => {
    const kept = run.installation.values.get(String(key))
    const no = decide(run, ['store:kv'], kept)
    if (no !== undefined) return no
    if (kept !== undefined) givenKept(run, kept)
    return { answer: kept?.value ?? null }
  },
  'kv.set': (run, { key, value }) => {
    const no = decide(run, ['store:kv'])
    if (no !== undefined) return no
    const { values } = run.installation
    const bytes = Buffer.byteLength(JSON.stringify(value))
    const others = [...values].filter(([name]) => name !== key)
    const total = others.reduce((sum, [, kept]) => sum + kept.bytes, bytes)
    if (others.length + 1 > quota.keys || total > quota.bytes) return refused('kv_quota_exceeded')
    values.set(String(key), { value, bytes, tlp: run.tlp, pap: run.pap })
    return { answer: bytes }
  },
  'kv.delete': (run, { key }) => {
    const { values } = run.installation
    const kept = values.get(String(key))
    const no = decide(run, ['store:kv'], kept)
    if (no !== undefined) return no
    // That something was there is told too.
    if (kept !== undefined) givenKept(run, kept)
    return { answer: values.delete(String(key)) }
  },
  'kv.list': (run) => {
    const no = decide(run, ['store:kv'])
    if (no !== undefined) return no
    const shown = [...run.installation.values]
      .filter(([, kept]) => within(run, kept))
      .map(([key, kept]) => ({ ...kept, key }))
    givenKept(run, ...shown)
    return { answer: sorted(shown) }
  },
}
