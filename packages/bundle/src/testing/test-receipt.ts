import type { OpenedPart } from '../group-writer.ts'
import type { RetentionClass } from '../manifest.ts'
import { canonicalJson } from '../canonical.ts'
import { commitmentsAt, entryBytes, hashBytes, partNames } from '../entry-fields.ts'
import type { PartName } from '../entry-fields.ts'
import { leafHash, sha256 } from './test-tree.ts'

export type TestPhase = 'effect' | 'intent' | 'outcome'
export type TestDecision = 'allowed' | 'denied' | 'parked' | 'failed' | 'unknown'

/** What a test says of a receipt; everything has a plausible value when left out. */
export interface TestReceiptFacts {
  readonly class?: RetentionClass
  readonly operation?: string
  readonly user?: string
  /** Milliseconds; a second after the receipt before when left out. */
  readonly at?: number
  readonly phase?: TestPhase
  readonly decision?: TestDecision
  readonly parent?: TestReceipt
  readonly sandboxLevel?: number
  readonly counts?: Partial<
    Record<'calls' | 'rows' | 'bytesIn' | 'bytesOut' | 'wallMicros' | 'cpuMicros' | 'costMicros', number>
  >
  /** Members of parts, beside those that follow from the other facts. */
  readonly parts?: { readonly [name in PartName]?: Readonly<Record<string, unknown>> }
}

export interface TestReceipt {
  readonly class: RetentionClass
  readonly index: number
  /** `rct_` and 32 hexadecimal digits. */
  readonly id: string
  readonly traceId: Buffer
  readonly at: number
  readonly phase: TestPhase
  readonly decision: TestDecision
  readonly entry: Buffer
  readonly leaf: Buffer
  readonly parts: Readonly<Record<PartName, OpenedPart>>
  readonly values: Readonly<Record<PartName, Readonly<Record<string, unknown>>>>
}

const phases = { effect: 1, intent: 2, outcome: 3 } as const
const decisions = { allowed: 1, denied: 2, parked: 3, failed: 4, unknown: 5 } as const
const classes = { standard: 1, short: 2, long: 3 } as const

export function makeReceipt(
  facts: TestReceiptFacts,
  place: {
    readonly class: RetentionClass
    readonly index: number
    readonly at: number
    readonly organisation: string
  },
  random: (bytes: number) => Buffer,
): TestReceipt {
  const { phase = 'effect', decision = 'allowed', counts = {}, parent } = facts
  const { at } = place
  const traceId = parent?.traceId ?? random(16)
  const id = uuid(at, random(10))
  const entry = Buffer.alloc(entryBytes)
  entry.write('SBR\x01', 'latin1')
  id.copy(entry, 4)
  traceId.copy(entry, 20)
  if (parent !== undefined) entry.write(parent.id.slice(4), 36, 'hex')
  entry.writeBigUInt64BE(BigInt(at), 52)
  entry.set([phases[phase], decisions[decision], facts.sandboxLevel ?? 0, classes[place.class]], 60)
  entry.writeUInt32BE(counts.calls ?? 0, 64)
  entry.writeUInt32BE(counts.rows ?? 0, 68)
  const wide = [counts.bytesIn, counts.bytesOut, counts.wallMicros, counts.cpuMicros, counts.costMicros]
  for (const [at8, value] of wide.entries()) entry.writeBigUInt64BE(BigInt(value ?? 0), 72 + 8 * at8)

  const values = valuesOf(facts, place.organisation)
  const parts: Partial<Record<PartName, OpenedPart>> = {}
  for (const [at6, name] of partNames.entries()) {
    const part = { salt: random(32), json: canonicalJson(values[name]) }
    parts[name] = part
    commitment(at6 + 1, part.salt, Buffer.from(part.json)).copy(entry, commitmentsAt + at6 * hashBytes)
  }
  return {
    class: place.class,
    index: place.index,
    id: `rct_${id.toString('hex')}`,
    traceId,
    at,
    phase,
    decision,
    entry,
    leaf: leafHash(entry),
    // The loop above has made each of them.
    parts: parts as Record<PartName, OpenedPart>,
    values,
  }
}

/** SHA256("switchboard/part/v1" ‖ 0 ‖ part ‖ salt ‖ JCS). */
export function commitment(part: number, salt: Uint8Array, json: Uint8Array): Buffer {
  return sha256(Buffer.from('switchboard/part/v1\0', 'latin1'), Buffer.of(part), salt, json)
}

function valuesOf(facts: TestReceiptFacts, organisation: string): TestReceipt['values'] {
  const { parts = {}, decision = 'allowed' } = facts
  return {
    actor: { organisation, user: facts.user ?? 'usr_ana', roles: ['analyst'], ...parts.actor },
    subject: { operation: facts.operation ?? 'graph.search', ...parts.subject },
    policy: {
      effect: decision === 'denied' || decision === 'parked' ? 'forbid' : 'permit',
      rules: ['analysts-read'],
      digest: 'ab'.repeat(32),
      engine: 'cedar',
      ...parts.policy,
    },
    place: { region: 'eu-1', tlp: 'GREEN', ...parts.place },
    input: { sha256: 'aa'.repeat(32), bytes: 40, ...parts.input },
    output: parts.output ?? outputOf(facts),
  }
}

function outputOf({ phase, decision = 'allowed' }: TestReceiptFacts): Readonly<Record<string, unknown>> {
  if (phase === 'intent') return { pending: true }
  switch (decision) {
    case 'allowed':
      return { sha256: 'bb'.repeat(32), bytes: 300 }
    case 'denied':
    case 'parked':
      return {
        denial: {
          code: 'not_permitted',
          category: 'forbidden',
          message: 'No rule permits it.',
          change: 'Ask for it.',
          params: {},
        },
      }
    case 'failed':
    case 'unknown':
      return { fault: { code: 'disk_full', message: 'The disk is full.' } }
  }
}

function uuid(at: number, random: Buffer): Buffer {
  const id = Buffer.alloc(16)
  id.writeUIntBE(at, 0, 6)
  random.copy(id, 6)
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x70
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80
  return id
}
