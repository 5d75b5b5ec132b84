import { hash, randomBytes } from 'node:crypto'
import type { Id, ReceiptId } from '../../kernel/ids.ts'
import { encodeReceipt } from '../receipt/entry.ts'
import type { ReceiptDraft } from '../receipt/receipt-draft.ts'
import { receiptRowOf } from '../receipt/receipt-store.ts'
import type { ReceiptRow } from '../receipt/receipt-row.ts'
import { saltEpoch, saltKeyFrom } from '../receipt/salt.ts'
import type { SaltKey } from '../receipt/salt.ts'

/** Numbers that look random and are the same each time: mulberry32. */
export function dice(seed: number) {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    below,
    pick: <T>(from: readonly T[]): T => from[below(from.length)] as T,
    /** Few large values and many small ones, as durations and sizes are. */
    skewed: (typical: number): number => Math.round(typical * Math.exp(2 * (next() + next() + next() - 1.5))),
  }
}
export type Dice = ReturnType<typeof dice>

/**
 * Receipts as an organisation at work makes them: people who sign in, look at cases and run plugins whose calls nest,
 * several at once, with denials between. Digests, traces and ids are random; nothing repeats that would not.
 */
export function* realisticDrafts(
  seed: number,
  organisation: string,
  beganAt: number,
): Generator<ReceiptDraft, never> {
  const d = dice(seed)
  let now = beganAt
  const id = <P extends string>(prefix: P): Id<P> => `${prefix}_${uuid(now)}`
  const hex = (bytes: number): string => randomBytes(bytes).toString('hex')
  const digest = (): string => hash('sha256', randomBytes(16), 'hex')
  const people = Array.from({ length: 40 }, (_, at) => ({
    user: id('usr'),
    name: `Analyst ${at}`,
    roles: at % 9 === 0 ? ['analyst', 'approver'] : ['analyst'],
    session: id('ses'),
  }))
  const packages = ['enrich-ip', 'whois', 'passive-dns', 'triage', 'yara-match', 'summary', 'sightings'].map(
    (name, at) => ({ package: name, version: `1.${at}.0`, digest: digest() }),
  )
  const cases = Array.from({ length: 60 }, () => id('case'))
  const policyDigest = digest()
  const reads = ['graph.search', 'graph.entity', 'graph.neighbours', 'data.lookup', 'kv.get', 'kv.set']
  const active: { steps: ReceiptDraft[] }[] = []

  const base = (person: (typeof people)[number], operation: string, traceId: string) => ({
    traceId,
    at: now,
    organisation,
    costMicros: BigInt(d.below(4) === 0 ? d.skewed(120) : 0),
    parts: {
      actor: {
        organisation,
        user: person.user,
        name: person.name,
        roles: person.roles,
        session: person.session,
      } as Record<string, unknown>,
      subject: { operation } as Record<string, unknown>,
      policy: {
        effect: 'permit',
        engine: 'cedar',
        rules: [`analysts-${operation.replace('.', '-')}`],
        digest: policyDigest,
      } as Record<string, unknown>,
      place: { region: 'eu-1', tlp: d.pick(['GREEN', 'AMBER', 'AMBER', 'CLEAR']) } as Record<string, unknown>,
      input: { sha256: digest(), bytes: d.skewed(180) } as Record<string, unknown>,
      output: { sha256: digest(), bytes: d.skewed(900) } as Record<string, unknown>,
    },
  })
  const counted = (draft: ReturnType<typeof base>, calls: number) => ({
    calls,
    rows: d.below(20),
    bytesIn: Number(draft.parts.input['bytes']),
    bytesOut: Number(draft.parts.output['bytes'] ?? 0),
    wallMicros: d.skewed(2_000),
    cpuMicros: d.skewed(700),
  })

  function effect(): ReceiptDraft {
    const person = d.pick(people)
    const operation = d.pick([
      'case.read',
      'case.add_note',
      'case.add_entities',
      'case.set_tlp',
      'session.create',
    ])
    const draft = base(person, operation, hex(16))
    draft.parts.subject['case'] = d.pick(cases)
    let decision: ReceiptDraft['decision'] = 'allowed'
    if (d.below(12) === 0) {
      decision = 'denied'
      const denial = { code: 'not_permitted', params: { operation, rule: 'nobody-else' } }
      draft.parts.policy = { ...draft.parts.policy, effect: 'forbid', denial }
      const message = `${operation} is not permitted for ${person.name}.`
      draft.parts.output = { denial: { ...denial, category: 'forbidden', message, change: 'Ask an owner.' } }
    }
    return { ...draft, id: id('rct'), phase: 'effect', decision, level: 'none', counts: counted(draft, 0) }
  }

  function run(): ReceiptDraft[] {
    const person = d.pick(people)
    const used = d.pick(packages)
    const traceId = hex(16)
    const runId = id('run')
    const intent = base(person, 'plugin.run', traceId)
    intent.parts.subject = { operation: 'plugin.run', ...used, case: d.pick(cases), run: runId }
    const output = intent.parts.output
    const draft: ReceiptDraft = {
      ...intent,
      costMicros: 0n,
      parts: { ...intent.parts, output: { pending: true } },
      id: id('rct'),
      phase: 'intent',
      decision: 'allowed',
      level: 'none',
      counts: { ...counted(intent, 0), bytesOut: 0, wallMicros: 0 },
    }
    const calls = 2 + d.below(14)
    const steps = [draft]
    for (let call = 0; call < calls; call += 1) {
      const operation = d.pick(reads)
      const nested = base(person, operation, traceId)
      nested.parts.actor['via'] = { ...used, run: runId }
      nested.parts.subject = { operation, package: used.package }
      steps.push({
        ...nested,
        id: id('rct'),
        parent: draft.id,
        phase: 'effect',
        decision: 'allowed',
        level: 'none',
        counts: counted(nested, 0),
      })
    }
    steps.push({
      ...intent,
      parts: {
        ...intent.parts,
        subject: { ...intent.parts.subject, recording: digest() },
        output,
      },
      id: id('rct'),
      parent: draft.id,
      phase: 'outcome',
      decision: 'allowed',
      level: 'full',
      counts: counted(intent, calls),
    })
    return steps.map((step) => ({ ...step }))
  }

  for (;;) {
    now += d.below(3) === 0 ? d.skewed(40) : d.below(3)
    if (active.length < 12 && d.below(10) === 0) active.push({ steps: run() })
    const going = active.length > 0 && d.below(8) > 0 ? d.pick(active) : undefined
    const step = going?.steps.shift()
    if (going !== undefined && going.steps.length === 0) active.splice(active.indexOf(going), 1)
    const draft = step ?? effect()
    const receiptId: ReceiptId = draft.phase === 'intent' ? draft.id : id('rct')
    yield { ...draft, id: receiptId, at: draft.phase === 'outcome' ? draft.at : now }
  }
}

function uuid(at: number): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(at, 0, 6)
  bytes[6] = 0x70 | ((bytes[6] as number) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f)
  return bytes.toString('hex')
}

/** Rows as the store holds them, with keys of their salts. */
export function rowsOf(drafts: Iterable<ReceiptDraft>) {
  const keys = new Map<string, SaltKey>()
  const nameOf = (row: Pick<ReceiptRow, 'organisation' | 'actor' | 'at'>): string =>
    `${row.organisation}\n${row.actor}\n${saltEpoch(row.at)}`
  const rows: ReceiptRow[] = []
  for (const draft of drafts) {
    // insertReceipt takes it from there as well.
    const actor = String(draft.parts.actor['user'])
    const name = nameOf({ organisation: draft.organisation, actor, at: draft.at })
    let key = keys.get(name)
    if (key === undefined) {
      key = saltKeyFrom(randomBytes(32))
      keys.set(name, key)
    }
    rows.push(receiptRowOf(draft, encodeReceipt(draft, key)))
  }
  return { rows, keyOf: (row: ReceiptRow): SaltKey | undefined => keys.get(nameOf(row)) }
}
