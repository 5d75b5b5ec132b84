import { deny, surfaceDenials } from '@switchboard/api'

/** A stream under way. */
export interface OpenStream {
  close(): void
  /** Aborted once its reader has taken, or lost, what waited for it. */
  readonly gone: AbortSignal
}

export interface StreamShares {
  /** Streams of all callers together. */
  readonly streams: number
  /** Of those, what one organisation may have open, so that nobody can take them from the others. */
  readonly streamsOfOne: number
}

/** Who has how many streams open. One that was ended counts until its reader has taken, or lost, what waits for it. */
export function createOpenStreams({ streams, streamsOfOne }: StreamShares) {
  const open = new Map<OpenStream, string>()
  const openOf = (organisation: string) => [...open.values()].filter((whose) => whose === organisation).length
  return {
    size: () => open.size,
    add(stream: OpenStream, organisation: string): void {
      open.set(stream, organisation)
      stream.gone.addEventListener('abort', () => void open.delete(stream), { once: true })
    },
    /** Why there is none for this organisation now; its own share is looked at first, for that it can mend itself. */
    fullFor(organisation: string) {
      if (openOf(organisation) >= streamsOfOne)
        return deny(surfaceDenials, 'organisation_streams_exhausted', { allowed: streamsOfOne }).denial
      return open.size < streams
        ? undefined
        : deny(surfaceDenials, 'streams_exhausted', { allowed: streams }).denial
    },
    closeAll(): void {
      for (const stream of open.keys()) stream.close()
    },
  }
}
