import CachePolicy from 'http-cache-semantics'

export interface CachedAnswer {
  readonly url: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly encoding: 'utf8' | 'base64'
}

interface Asked {
  readonly organisation: string
  readonly package: string
  /** All that tells one question from another: address, and which secret in which version went with it. */
  readonly question: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Answers to GET as their hosts allow (RFC 9111), as a private cache of one package in one organisation: what one was
 * told, another is not. In memory only: it ends with the process, and an uninstall empties it.
 */
export function createAnswerCache(deps: {
  readonly clock: () => number
  readonly longestMs: number
  readonly bytesPerPackage: number
  /** Of all packages together. */
  readonly bytesInAll: number
}) {
  /** By organisation and package, then by question, the one used longest ago first. */
  const kept = new Map<string, { bytes: number; readonly answers: Map<string, Kept> }>()
  let epoch = 0

  return {
    find(asked: Asked): CachedAnswer | undefined {
      const shelf = kept.get(shelfOf(asked.organisation, asked.package))
      const known = shelf?.answers.get(asked.question)
      if (shelf === undefined || known === undefined) return undefined
      const isFresh =
        known.until > deps.clock() && known.policy.satisfiesWithoutRevalidation(requestOf(asked))
      shelf.answers.delete(asked.question)
      if (!isFresh) {
        shelf.bytes -= known.bytes
        return undefined
      }
      shelf.answers.set(asked.question, known)
      return known.answer
    },
    /** Another one after each time that anything was forgotten. */
    epoch: (): number => epoch,
    /** @param askedIn the epoch in which it was asked: what comes after its package has gone is not kept. */
    keep(asked: Asked, answer: CachedAnswer, askedIn: number): void {
      if (askedIn !== epoch) return
      const policy = new CachePolicy(
        requestOf(asked),
        { status: answer.status, headers: answer.headers },
        { shared: false },
      )
      const forMs = policy.storable() ? Math.min(policy.timeToLive(), deps.longestMs) : 0
      const bytes = Buffer.byteLength(JSON.stringify(answer)) + asked.question.length
      if (forMs <= 0 || bytes > deps.bytesPerPackage / 4) return
      const name = shelfOf(asked.organisation, asked.package)
      const shelf = kept.get(name) ?? { bytes: 0, answers: new Map<string, Kept>() }
      kept.delete(name)
      kept.set(name, shelf)
      shelf.bytes += bytes - (shelf.answers.get(asked.question)?.bytes ?? 0)
      shelf.answers.delete(asked.question)
      shelf.answers.set(asked.question, { answer, policy, bytes, until: deps.clock() + forMs })
      for (const [question, oldest] of shelf.answers) {
        if (shelf.bytes <= deps.bytesPerPackage) break
        shelf.answers.delete(question)
        shelf.bytes -= oldest.bytes
      }
      // The package that was told something longest ago gives way as a whole.
      let all = [...kept.values()].reduce((sum, one) => sum + one.bytes, 0)
      for (const [oldest, { bytes: freed }] of kept) {
        if (all <= deps.bytesInAll) break
        kept.delete(oldest)
        all -= freed
      }
    },
    /** Forgets what one package was told, or all of an organisation's; answers how many answers that were. */
    forget(organisation: string, packageName?: string): number {
      let count = 0
      epoch += 1
      for (const [name, shelf] of kept) {
        const [of, pack] = name.split(' ')
        if (of !== organisation || (packageName !== undefined && pack !== packageName)) continue
        count += shelf.answers.size
        kept.delete(name)
      }
      return count
    },
  }
}

interface Kept {
  readonly answer: CachedAnswer
  readonly policy: CachePolicy
  readonly bytes: number
  readonly until: number
}

/** Neither an organisation's id nor a package's name holds a space. */
function shelfOf(organisation: string, packageName: string): string {
  return `${organisation} ${packageName}`
}

function requestOf({ url, headers }: Asked) {
  return { url, method: 'GET', headers }
}
