import type { GivenTrust, Root } from '@switchboard/verifier/worker-client'
import { useMemo, useState } from 'react'

export interface TrustGiven {
  readonly roots: readonly GivenRoot[]
  readonly witnessesNeeded: number
  readonly trust: GivenTrust
  has(kind: Root['kind']): boolean
  add(roots: readonly Root[], from: GivenRoot['from']): void
  remove(root: GivenRoot): void
  /** A package may name its publisher, so the name that the reader gives a key is part of what they trust. */
  rename(root: GivenRoot, name: string): void
  needWitnesses(count: number): void
}

export type GivenRoot = Root & {
  /** Whether the reader brought it, or had it from the very server that it would prove. */
  readonly from: 'reader' | 'server'
}

/** What a reader trusts while this screen is open, in memory alone: what was kept would be trusted unseen the next time. */
export function useTrust(): TrustGiven {
  const [roots, setRoots] = useState<readonly GivenRoot[]>([])
  const [witnessesNeeded, setNeeded] = useState(0)
  const trust = useMemo(() => trustOf(roots, witnessesNeeded), [roots, witnessesNeeded])
  return {
    roots,
    witnessesNeeded,
    trust,
    has: (kind) => roots.some((root) => root.kind === kind),
    add: (found, from) =>
      setRoots((before) => {
        const known = new Set(before.map(identityOf))
        const added = found.filter((root) => !known.has(identityOf(root)))
        return [...before, ...added.map((root) => ({ ...root, from }))]
      }),
    remove: (root) => setRoots((before) => before.filter((kept) => kept !== root)),
    rename: (root, name) =>
      setRoots((before) => before.map((kept) => (kept === root ? { ...root, name } : kept))),
    needWitnesses: (count) => setNeeded(Math.max(0, Math.trunc(count) || 0)),
  }
}

export function identityOf(root: Root): string {
  if (root.kind === 'checkpoint') return root.note
  return root.kind === 'publisher_key' ? root.id : root.vkey
}

export function trustOf(roots: readonly Root[], witnessesNeeded: number): GivenTrust {
  const keys = (kind: 'log_key' | 'witness_key') =>
    roots.flatMap((root) => (root.kind === kind ? [root.vkey] : []))
  return {
    logKeys: keys('log_key'),
    witnessKeys: keys('witness_key'),
    witnessesNeeded,
    publisherKeys: roots.flatMap((root) =>
      root.kind === 'publisher_key' ? [{ keyId: root.id, spkiPem: root.pem, publisher: root.name }] : [],
    ),
    savedCheckpoints: roots.flatMap((root) => (root.kind === 'checkpoint' ? [root.note] : [])),
  }
}
