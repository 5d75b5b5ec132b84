import type { Reader } from '../../kernel/db/index.ts'
import type { WitnessPeer } from './witness-list.ts'
import { readCosignatures, readWitnessStates } from './witness-store.ts'
import type { CosignatureRow, WitnessStateRow } from './witness-store.ts'

export interface WitnessStatus {
  readonly name: string
  readonly state: 'witnessed' | 'behind' | 'unreachable' | 'refused'
  /** Entries of the checkpoint that it cosigned last; 0 for none. */
  readonly size: number
  /** When it did, in milliseconds; 0 for never. */
  readonly at: number
  /** What the state means, in words; empty when there is nothing to say. */
  readonly why: string
}

export interface LogClaims {
  /** Whether as many witnesses as are needed vouch for this log, and none of them knows another one. */
  readonly witnessed: boolean
  /** Empty, or why this log is not the one that a witness cosigned. */
  readonly conflict: string
  /** The newest checkpoint with as many cosignatures as are needed, as one note; empty when there is none. */
  readonly cosigned: { readonly note: string; readonly size: number }
  readonly witnesses: readonly WitnessStatus[]
}

/**
 * What may be said of a log. Nothing is claimed that was not heard since this start: a store that was put back to
 * yesterday remembers yesterday's answers.
 *
 * @param isAsked whether a witness has answered about this log since the start.
 */
export async function readClaims(options: {
  readonly db: Reader
  readonly log: { readonly number: number; readonly organisation: string }
  readonly newestSize: number
  readonly peers: readonly WitnessPeer[]
  readonly needed: number
  isAsked(vkey: string): boolean
}): Promise<LogClaims> {
  const { db, log, newestSize, peers, needed, isAsked } = options
  const states = await readWitnessStates(db, log.organisation, log.number)
  const witnesses = peers.map((peer) => {
    const row = states.find(({ witness }) => witness === peer.vkey)
    return { peer, row, status: statusOf(peer, row, newestSize, isAsked(peer.vkey)) }
  })
  const conflicts = witnesses.flatMap(({ row }) =>
    row?.state === 'refused' && row.conflict !== null ? [`${row.conflict}: ${row.why}`] : [],
  )
  const vouching = witnesses.filter(
    ({ peer, row }) => row?.state === 'cosigned' && row.size > 0 && isAsked(peer.vkey),
  )
  const newest = newestCosigned(await readCosignatures(db, log.organisation, log.number), peers, needed)
  const witnessed = conflicts.length === 0 && newest !== undefined && vouching.length >= needed
  return {
    witnessed,
    conflict: conflicts.join('; '),
    cosigned: newest !== undefined && conflicts.length === 0 ? newest : { note: '', size: 0 },
    witnesses: witnesses.map(({ status }) => status),
  }
}

/** The newest checkpoint that as many of these witnesses cosigned as are needed. */
export function newestCosigned(
  rows: readonly CosignatureRow[],
  peers: readonly WitnessPeer[],
  needed: number,
): { readonly note: string; readonly size: number } | undefined {
  const trusted = rows.filter(({ witness }) => peers.some(({ vkey }) => vkey === witness))
  const bySize = Map.groupBy(trusted, ({ size }) => size)
  const size = Math.max(...[...bySize].filter(([, of]) => of.length >= needed).map(([key]) => key))
  const cosignatures = bySize.get(size)
  const [first] = cosignatures ?? []
  if (cosignatures === undefined || first === undefined) return undefined
  return { size, note: `${first.note}${cosignatures.map(({ line }) => `${line}\n`).join('')}` }
}

function statusOf(
  { name }: WitnessPeer,
  row: WitnessStateRow | undefined,
  newestSize: number,
  asked: boolean,
): WitnessStatus {
  const { size = 0, cosigned_at: at = 0, why = '' } = row ?? {}
  if (row?.state === 'refused')
    return { name, state: 'refused', size, at, why: row.conflict === null ? why : `${row.conflict}: ${why}` }
  if (!asked) return { name, state: 'behind', size, at, why: 'it has not answered since this server started' }
  if (row?.state === 'unreachable') return { name, state: 'unreachable', size, at, why }
  const newer = newestSize - size
  if (newer <= 0) return { name, state: 'witnessed', size, at, why: '' }
  return { name, state: 'behind', size, at, why: `${newer} entries are newer than its last cosignature` }
}
