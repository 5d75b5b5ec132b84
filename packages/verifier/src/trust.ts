import type { PublisherKey } from './package/index.ts'

/** Everything that is trusted. All of it comes from the person who verifies, nothing from the file. */
export interface Trust {
  /** Verifier keys (`name+hash+key`) of the log. Without any, the file is red. */
  readonly logKeys: readonly string[]
  readonly publisherKeys?: readonly PublisherKey[]
  /** Signed checkpoints that were kept from earlier days, of the logs in the file. */
  readonly savedCheckpoint?: string | readonly string[]
  /** Verifier keys of witnesses (C2SP tlog-cosignature). */
  readonly witnessKeys?: readonly string[]
  /** How many of them must have cosigned each checkpoint; 0 when absent. */
  readonly witnessesNeeded?: number
  /** Time of the verification, ms since 1970. Absent: times of cosignatures are not held against it. */
  readonly now?: number
}
