/**
 * The world failed: disk, network, another process. Thrown, never returned.
 * An expected "no" is a denial; an impossible state is an assertion.
 */
export class Fault extends Error {
  override readonly name = 'Fault'
  /** Stable and public, such as `store_unavailable`. */
  readonly code: string
  /** Whether the same call may succeed later. */
  readonly retryable: boolean

  constructor(code: string, message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable
  }
}
