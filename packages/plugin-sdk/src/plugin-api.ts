/** What `run` gets as its first argument: what the caller sent, checked against `input` of the manifest if there is one. */
export type RunArgs = Readonly<Record<string, unknown>>

/**
 * What `run` gets as its second argument. Every call crosses the sandbox and passes policy, grants and budgets; one that is
 * refused rejects with a {@link CallRefused}, and the run may go on.
 *
 * A run can be repeated: `Math.random` has a seed, and `Date` shows a clock that moves only when a call is answered or a timer
 * fires. Code that waits by looking at the clock waits for ever; `await api.sleep(ms)` or `setTimeout` instead.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import type { CallRefused, PluginApi, RunArgs } from '@switchboard/plugin-sdk'
 *
 * export async function run(args: RunArgs, api: PluginApi) {
 *   const hits = await api.graph.search({ q: String(args['q']), limit: 10 })
 *   try {
 *     await api.nl2cypher({ question: 'who owns it?' })
 *   } catch (error) {
 *     api.log(`went on without: ${(error as CallRefused).code}`)
 *   }
 *   return { ok: true, found: hits.map((hit) => hit.id) }
 * }
 *
 * const logged: unknown[] = []
 * const refused = Object.assign(new Error('not granted'), { code: 'CapabilityDenied', params: {}, change: '' })
 * const api = {
 *   graph: { search: async () => [{ id: 'as-64500', key: 'as:64500', type: 'asn', name: 'Example' }] },
 *   nl2cypher: () => Promise.reject(refused),
 *   log: (...parts: unknown[]) => logged.push(...parts),
 * } as unknown as PluginApi
 * assert.deepEqual(await run({ q: 'example' }, api), { ok: true, found: ['as-64500'] })
 * assert.deepEqual(logged, ['went on without: CapabilityDenied'])
 * ```
 */
export interface PluginApi {
  readonly graph: {
    /** Entities whose name or key holds the words, best match first; scope `read:graph`. Each counts as a row. */
    search(query: {
      readonly q: string
      readonly type?: string
      readonly limit?: number
    }): Promise<readonly GraphEntity[]>
    /** One entity, by id or natural key; scope `read:graph`. Refused with `entity_unknown` when there is none. */
    entity(query: { readonly id: string }): Promise<GraphEntity>
    /** Entities one relation away, by id or natural key; scope `read:graph`. Each counts as a row. */
    neighbours(query: {
      readonly id: string
      /** Of the relation. */
      readonly type?: string
      readonly limit?: number
    }): Promise<readonly Neighbour[]>
    /**
     * Writes entities and relations, at most 1,000 and 5,000 a call; scope `write:graph`. People can undo what a run wrote.
     * Returning them as a proposal needs no scope.
     */
    upsert(change: {
      readonly entities: readonly ProposedEntity[]
      readonly relations?: readonly ProposedRelation[]
    }): Promise<{ readonly created: number; readonly updated: number; readonly relations: number }>
  }
  /** Small JSON values that outlast the run, for this plugin in this organisation; scope `store:kv`. */
  readonly kv: {
    /** What is kept under the key; null where there is nothing. */
    get(query: { readonly key: string }): Promise<unknown>
    /** Keeps up to 64 KiB of JSON; rejects with `kv_quota_exceeded` over 1,000 keys or 1 MiB in all. */
    set(change: { readonly key: string; readonly value: unknown }): Promise<unknown>
    delete(change: { readonly key: string }): Promise<{ readonly deleted: boolean }>
    /** Keys in order; continue with `cursor` as long as there is a `next`. */
    list(query: { readonly prefix?: string; readonly limit?: number; readonly cursor?: string }): Promise<{
      readonly rows: readonly { readonly key: string; readonly bytes: number }[]
      readonly next?: string
    }>
  }
  readonly cases: {
    /** A case with its notes; scope `read:case`. */
    read(query: { readonly id: string }): Promise<CaseView>
    /** Writes entities into a case; scope `write:case`. Returning them as a proposal needs no scope. */
    addEntities(change: {
      readonly id: string
      readonly entities: readonly ProposedEntity[]
      readonly relations?: readonly ProposedRelation[]
    }): Promise<{ readonly created: number; readonly updated: number; readonly relations: number }>
  }
  readonly data: {
    /** The row whose key column equals `key`; scope `read:data:TABLE`. */
    lookup(query: { readonly table: string; readonly key: string | number }): Promise<DataAnswer>
    /** The row whose range holds `value`, such as an IP address; scope `read:data:TABLE`. */
    range(query: { readonly table: string; readonly value: string }): Promise<DataAnswer>
  }
  readonly net: {
    /**
     * A request to a host outside, sent by the broker; scope `net:HOST`, and `secret:NAME` for `auth`. Https on port 443 unless
     * the operator opened another. Any status is an answer, but 429 (and 503 with Retry-After) is a refusal that says when
     * to ask again. Answers are kept as their host allows, up to 2 MiB each.
     */
    fetch(request: NetRequest): Promise<NetAnswer>
  }
  /**
   * Turns a question into a graph query, and with `run` performs it; permission `use:nl2cypher` and scope `read:graph`.
   * Rejects with `question_not_understood` or `question_ambiguous` rather than guess.
   */
  nl2cypher(query: { readonly question: string; readonly run?: boolean; readonly limit?: number }): Promise<{
    /** Cypher. */
    readonly query: string
    readonly explanation: string
    readonly cost: { readonly readsAtMost: number; readonly rowsAtMost: number }
    readonly ran: boolean
    /** One of `entity`, `count` or `path` each, as the query returns. */
    readonly rows: readonly unknown[]
    readonly cut: boolean
  }>
  readonly budget: {
    /**
     * Calls `warned` once for each budget of which four fifths are used, so that the run can end with what it has. It is
     * called when the plugin waits: code that computes without a pause is stopped unwarned. A throw ends the run.
     */
    onWarning(warned: (warning: BudgetWarning) => void): void
    /** What is left. `outputBytes` counts characters: text beyond ASCII uses it up sooner. */
    remaining(): { readonly calls: number; readonly outputBytes: number }
  }
  /** Waits, which costs wall time and no CPU. */
  sleep(delayMs: number): Promise<void>
  /** Writes a line to the run's log; `console.log` and `console.error` do so too. */
  log(...parts: readonly unknown[]): void
}

/** At the end of a budget the run is stopped and denied with `BudgetExceeded:…` and these two numbers. */
export interface BudgetWarning {
  readonly budget: 'time' | 'cpu' | 'memory' | 'rows' | 'calls' | 'output'
  /** In ms, ms, MB, rows, calls or bytes. */
  readonly used: number
  readonly allowed: number
}

export interface NetRequest {
  /** `https://HOST/…`, without user or password. */
  readonly url: string
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Visible ASCII. Host, Content-Length, Cookie, Proxy-… and the like are the broker's to set. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as UTF-8; at most 262,144 characters. */
  readonly body?: string
  /** A secret by name: an administrator has set it, and bound it to hosts. The code never sees it, nor does an answer show it. */
  readonly auth?:
    | { readonly secret: string; readonly as: 'bearer' }
    | { readonly secret: string; readonly as: 'header'; readonly name: string }
    | { readonly secret: string; readonly as: 'basic'; readonly user: string }
    | { readonly secret: string; readonly as: 'query'; readonly name: string }
  /** How many redirects are followed, at most 5; each is a call of its own and leads to granted hosts only. */
  readonly redirects?: number
}

export interface NetAnswer {
  /** Where the answer came from, after redirects. */
  readonly url: string
  readonly status: number
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** `base64` when the body is no text in UTF-8. */
  readonly encoding: 'utf8' | 'base64'
  /** Kept from before and still fresh: nothing was sent. */
  readonly cached: boolean
}

/** How a refused call rejects. */
export interface CallRefused extends Error {
  /** `CapabilityDenied`, `BudgetExceeded:rows`, … */
  readonly code: string
  readonly params: Readonly<Record<string, unknown>>
  /** What would change the answer, in a sentence. */
  readonly change: string
}

/** Traffic Light Protocol 2.0. */
export type Tlp = 'CLEAR' | 'GREEN' | 'AMBER' | 'AMBER+STRICT' | 'RED'

export interface GraphEntity {
  readonly id: string
  /** Natural key within the organisation, such as `ip:192.0.2.1`. */
  readonly key: string
  readonly type: string
  readonly name: string
  readonly properties: Readonly<Record<string, unknown>>
  readonly tlp: Tlp
  /** From 0 to 1. */
  readonly confidence: number
  readonly source: { readonly name: string; readonly version: string; readonly licence: string }
}

export interface Neighbour {
  readonly entity: GraphEntity
  readonly relation: string
  /** As seen from the entity that was asked about. */
  readonly direction: 'out' | 'in'
  readonly confidence: number
}

export interface CaseView {
  readonly id: string
  readonly title: string
  readonly tlp: Tlp
  /** Permissible Actions Protocol. */
  readonly pap: 'CLEAR' | 'GREEN' | 'AMBER' | 'RED'
  /** Milliseconds since the Unix epoch. */
  readonly openedAt: number
  readonly notes: readonly {
    readonly id: string
    readonly text: string
    readonly by: string
    readonly at: number
  }[]
  readonly entities: readonly {
    readonly entity: GraphEntity
    readonly citations: readonly unknown[]
    /** The run that attached it; null for people. */
    readonly run: string | null
  }[]
}

export interface DataAnswer {
  /** null when the table holds no such row; the citation then says which table was asked. */
  readonly row: Readonly<Record<string, string | number>> | null
  readonly citation: {
    readonly table: string
    readonly version: string
    readonly licence: string
    readonly row: number | null
  }
}

/** Where a statement comes from; people see it beside the result. */
export type Citation =
  | {
      readonly source: 'case-note'
      readonly case: string
      readonly note: string
      /** Offsets into the note's text in UTF-16 code units; `end` is exclusive. */
      readonly start: number
      readonly end: number
      readonly text: string
    }
  | {
      readonly source: 'data'
      readonly table: string
      readonly version: string
      readonly licence: string
      readonly row: number | null
    }

export interface ProposedEntity {
  /** Natural key, such as `ip:192.0.2.1`: what is known under it is updated, and `relations` name it. */
  readonly key: string
  readonly type: string
  readonly name: string
  readonly properties?: Readonly<Record<string, unknown>>
  /** From 0 to 1. */
  readonly confidence?: number
  readonly tlp?: Tlp
  readonly citations?: readonly Citation[]
}

export interface ProposedRelation {
  /** Natural keys of both ends. */
  readonly from: string
  readonly to: string
  readonly type: string
  readonly confidence?: number
  readonly citations?: readonly Citation[]
}

/**
 * What `run` may return: any JSON. `entities` and `relations` are a proposal that people see as a difference and accept by row;
 * nothing is written before.
 */
export interface RunResult {
  readonly ok: boolean
  readonly entities?: readonly ProposedEntity[]
  readonly relations?: readonly ProposedRelation[]
  readonly [other: string]: unknown
}

/** `module.exports.run = …` in CommonJS, `export async function run …` in an ES module. */
export type Run = (args: RunArgs, api: PluginApi) => Promise<unknown>
