import { randomBytes } from 'node:crypto'

export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** The header that carries the trace on, with a span of our own. */
  readonly traceparent: string
}

/** Joins the caller's W3C trace, or begins one when the header is missing or malformed. */
export function traceOf(header: string | undefined): TraceContext {
  const match =
    /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:-.*)?$/.exec(
      header ?? '',
    )
  const traceId = match?.[1] ?? randomBytes(16).toString('hex')
  return { traceId, traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-${match?.[2] ?? '01'}` }
}
